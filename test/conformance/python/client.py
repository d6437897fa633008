"""What people do with the Kubernetes Python client, against the cluster of $KUBECONFIG. Prints one line a step."""
import sys
import threading

from kubernetes import client, config, dynamic, utils, watch
from kubernetes.client.rest import ApiException
from kubernetes.stream import stream

config.load_kube_config()
core, apps, batch = client.CoreV1Api(), client.AppsV1Api(), client.BatchV1Api()
image = sys.argv[1]
namespace = "python"


def step(text):
    print(text, flush=True)


core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=namespace)))
assert namespace in [n.metadata.name for n in core.list_namespace().items]
step("typed: namespace")

seen = []
ready = threading.Event()


def look():
    events = watch.Watch()
    for event in events.stream(core.list_namespaced_pod, namespace, timeout_seconds=60):
        seen.append((event["type"], event["object"].metadata.name))
        if event["object"].status.phase == "Running":
            ready.set()
            events.stop()


watcher = threading.Thread(target=look)
watcher.start()
container = client.V1Container(name="c", image=image, command=["sh", "-c", "echo started; sleep 600"])
template = client.V1PodTemplateSpec(
    metadata=client.V1ObjectMeta(labels={"app": "py"}), spec=client.V1PodSpec(containers=[container])
)
apps.create_namespaced_deployment(
    namespace,
    client.V1Deployment(
        metadata=client.V1ObjectMeta(name="py"),
        spec=client.V1DeploymentSpec(
            replicas=1, selector=client.V1LabelSelector(match_labels={"app": "py"}), template=template
        ),
    ),
)
assert ready.wait(60), seen
watcher.join()
assert seen[0][0] == "ADDED", seen
step("typed: deployment, watch")

pod = core.list_namespaced_pod(namespace, label_selector="app=py").items[0].metadata.name
assert core.read_namespaced_pod_log(pod, namespace) == "started\n"
output = stream(
    core.connect_get_namespaced_pod_exec, pod, namespace, command=["echo", "from inside"],
    stderr=True, stdin=False, stdout=True, tty=False,
)
assert output == "from inside\n", repr(output)
step("logs, exec over WebSocket")

scaled = apps.patch_namespaced_deployment_scale("py", namespace, {"spec": {"replicas": 2}})
assert scaled.spec.replicas == 2
apps.patch_namespaced_deployment("py", namespace, {"metadata": {"labels": {"team": "a"}}})
assert apps.read_namespaced_deployment("py", namespace).metadata.labels["team"] == "a"
step("patch, scale")

utils.create_from_dict(
    client.ApiClient(),
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"k": "v"}},
    namespace=namespace,
)
assert core.read_namespaced_config_map("c", namespace).data == {"k": "v"}
step("utils.create_from_dict")

dynamic_client = dynamic.DynamicClient(client.ApiClient())
definitions = dynamic_client.resources.get(api_version="apiextensions.k8s.io/v1", kind="CustomResourceDefinition")
definitions.create(
    {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "boats.sea.example.com"},
        "spec": {
            "group": "sea.example.com",
            "scope": "Namespaced",
            "names": {"plural": "boats", "kind": "Boat"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "properties": {"spec": {"type": "object", "properties": {"oars": {"type": "integer"}}}},
                        }
                    },
                }
            ],
        },
    }
)
dynamic_client = dynamic.DynamicClient(client.ApiClient())
boats = dynamic_client.resources.get(api_version="sea.example.com/v1", kind="Boat")
boats.create(
    {"apiVersion": "sea.example.com/v1", "kind": "Boat", "metadata": {"name": "b"}, "spec": {"oars": 8}},
    namespace=namespace,
)
assert boats.get(name="b", namespace=namespace).spec.oars == 8
step("dynamic: custom resource")

try:
    core.read_namespaced_pod("absent", namespace)
    raise AssertionError("a pod that is not there was read")
except ApiException as error:
    assert error.status == 404 and '"reason":"NotFound"' in error.body, error.body
step("errors")

core.delete_namespace(namespace)
definitions.delete(name="boats.sea.example.com")
step("done")
