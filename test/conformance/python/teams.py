"""Two teams and a viewer with the Python client: each by its own kubeconfig. Prints one line a step."""
import json
import sys
from kubernetes import client, config
from kubernetes.client.rest import ApiException


def api_of(file):
    return config.new_client_from_config(config_file=file)


apis = {name: api_of(file) for name, file in zip(("pia", "rex", "val"), sys.argv[1:4])}
core = {name: client.CoreV1Api(api) for name, api in apis.items()}
rbac = {name: client.RbacAuthorizationV1Api(api) for name, api in apis.items()}
review = {name: client.AuthorizationV1Api(api) for name, api in apis.items()}
home = {"pia": "pink", "rex": "rust"}


def step(text):
    print(text, flush=True)


def refused(call, status, *texts):
    """The call is answered with `status`, and each text stands in the message."""
    try:
        call()
    except ApiException as error:
        assert error.status == status, (error.status, error.body)
        message = json.loads(error.body)["message"]
        for text in texts:
            assert text in message, message
        return
    raise AssertionError(f"not refused: {texts}")


def meta(name):
    return client.V1ObjectMeta(name=name)


def pod(name, cpu=None):
    requests = None if cpu is None else client.V1ResourceRequirements(requests={"cpu": cpu})
    container = client.V1Container(name="a", image="example.com/a", resources=requests)
    return client.V1Pod(metadata=meta(name), spec=client.V1PodSpec(containers=[container]))


def may(who, verb, resource, namespace):
    asked = client.V1ResourceAttributes(verb=verb, resource=resource, namespace=namespace)
    spec = client.V1SelfSubjectAccessReviewSpec(resource_attributes=asked)
    body = client.V1SelfSubjectAccessReview(spec=spec)
    return review[who].create_self_subject_access_review(body).status.allowed


for who, info in ((w, client.AuthenticationV1Api(apis[w])) for w in apis):
    user = info.create_self_subject_review(client.V1SelfSubjectReview()).status.user_info
    assert user.username == who, user
step("each is who the certificate says")

for who, team in home.items():
    core[who].create_namespaced_config_map(team, client.V1ConfigMap(metadata=meta("same"), data={"of": team}))
for who, team in home.items():
    assert core[who].read_namespaced_config_map("same", team).data == {"of": team}
    other = "rust" if team == "pink" else "pink"
    cannot = f'User "{who}" cannot %s resource "%s" in API group "" in the namespace "{other}"'
    refused(lambda: core[who].list_namespaced_config_map(other), 403, cannot % ("list", "configmaps"))
    refused(lambda: core[who].read_namespaced_config_map("same", other), 403, cannot % ("get", "configmaps"))
    refused(lambda: core[who].delete_namespaced_config_map("same", other), 403, cannot % ("delete", "configmaps"))
    refused(lambda: core[who].create_namespaced_pod(other, pod("p")), 403, cannot % ("create", "pods"))
    refused(lambda: core[who].list_pod_for_all_namespaces(), 403, "at the cluster scope")
    assert may(who, "create", "pods", team) and not may(who, "get", "pods", other)
step("the same names in both namespaces, and neither sees the other's")

for team in home.values():
    assert core["val"].read_namespaced_config_map("same", team).data == {"of": team}
    refused(lambda: core["val"].delete_namespaced_config_map("same", team), 403, "cannot delete")
    refused(lambda: core["val"].list_namespaced_secret(team), 403, 'cannot list resource "secrets"')
step("the viewer reads both and changes neither")

made = core["pia"].create_namespaced_pod("pink", pod("p1"))
assert made.spec.containers[0].resources.requests == {"cpu": "100m"}, made.spec.containers[0].resources
core["pia"].create_namespaced_pod("pink", pod("p2", "2"))
core["pia"].create_namespaced_pod("pink", pod("p3", "1"))
refused(
    lambda: core["pia"].create_namespaced_pod("pink", pod("p4", "1")),
    403,
    'pods "p4" is forbidden: exceeded quota: team, requested: requests.cpu=1, used: requests.cpu=3100m, limited: requests.cpu=4',
)
for i in range(4, 11):
    core["pia"].create_namespaced_pod("pink", pod(f"p{i}", "10m"))
refused(
    lambda: core["pia"].create_namespaced_pod("pink", pod("p11", "10m")),
    403,
    'pods "p11" is forbidden: exceeded quota: team, requested: pods=1, used: pods=10, limited: pods=10',
)
step("limits fill in what was not said, quotas stop the 5th CPU and the 11th pod")

every = [client.V1PolicyRule(verbs=["*"], api_groups=["*"], resources=["*"])]
role = client.V1Role(metadata=meta("all"), rules=every)
refused(lambda: rbac["rex"].create_namespaced_role("rust", role), 403, "not currently held")
ref = client.V1RoleRef(api_group="rbac.authorization.k8s.io", kind="ClusterRole", name="cluster-admin")
subject = client.RbacV1Subject(api_group="rbac.authorization.k8s.io", kind="User", name="rex")
binding = client.V1RoleBinding(metadata=meta("root"), role_ref=ref, subjects=[subject])
refused(lambda: rbac["rex"].create_namespaced_role_binding("rust", binding), 403, "not currently held")
step("nobody gives himself more")
step("done")
