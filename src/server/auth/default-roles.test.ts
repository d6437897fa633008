import assert from "node:assert/strict";
import { test } from "node:test";
import { openView } from "../../../test/kit/views.ts";
import type { Identity } from "../../schema/api-request.ts";
import type {
  ClusterRole,
  ClusterRoleBinding,
  Role,
  RoleBinding,
} from "../../schema/types/rbac-v1.ts";
import type { Attributes } from "../context.ts";
import {
  defaultBindings,
  defaultRoles,
  gatheredRules,
  updatedBinding,
  updatedRole,
} from "./default-roles.ts";
import { rbac } from "./rbac.ts";

/** The default roles and bindings, and in the namespace `dev` somebody for each of the three roles for people. */
function freshCluster() {
  const clusterRoles = openView<ClusterRole>();
  const roles = openView<Role>();
  for (const role of defaultRoles()) {
    if (role.kind === "Role") roles.put(role as Role);
    else clusterRoles.put(role as ClusterRole);
  }
  // `edit` gathers from `view`, and `admin` from both.
  for (const name of ["view", "edit", "admin"]) {
    const role = clusterRoles.get("", name)!;
    clusterRoles.put({ ...role, rules: gatheredRules(role, clusterRoles.list())! });
  }
  const clusterRoleBindings = openView<ClusterRoleBinding>();
  const roleBindings = openView<RoleBinding>();
  for (const binding of defaultBindings()) {
    if (binding.kind === "RoleBinding") roleBindings.put(binding as RoleBinding);
    else clusterRoleBindings.put(binding as ClusterRoleBinding);
  }
  const people = { viewer: "view", editor: "edit", administrator: "admin" };
  for (const [name, role] of Object.entries(people)) {
    roleBindings.put({
      metadata: { name, namespace: "dev" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
      subjects: [{ kind: "User", name }],
    });
  }
  return rbac({ roles, clusterRoles, roleBindings, clusterRoleBindings });
}

const read = "get list watch".split(" ");
const change = "create update patch delete deletecollection".split(" ");
const others = "impersonate escalate bind".split(" ");
const everyVerb = [...read, ...change, ...others];

const verbsOf = (text: string): string[] =>
  text.split(" ").flatMap((word) => {
    if (word === "") return [];
    return word === "all"
      ? [...read, ...change]
      : word === "read"
        ? read
        : word === "change"
          ? change
          : [word];
  });

const people: Record<string, Identity> = {
  node: { user: "system:node:n1", groups: ["system:nodes", "system:authenticated"] },
  anybody: { user: "joe", groups: ["system:authenticated"] },
  nobody: { user: "system:anonymous", groups: ["system:unauthenticated"] },
  joining: { user: "system:bootstrap:abcdef", groups: ["system:bootstrappers"] },
  scheduler: { user: "system:kube-scheduler", groups: [] },
  manager: { user: "system:kube-controller-manager", groups: [] },
  proxy: { user: "system:kube-proxy", groups: [] },
};

function identityOf(who: string): Identity {
  if (!who.startsWith("sa:")) return people[who] ?? { user: who, groups: ["system:authenticated"] };
  const user = `system:serviceaccount:kube-system:${who.slice(3)}`;
  return { user, groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system"] };
}

/** `pods/log`, `deployments.apps/scale`. */
function question(verb: string, what: string, namespace: string): Attributes {
  const [resource = "", subresource = ""] = what.split("/");
  const [plural = "", ...group] = resource.split(".");
  return {
    verb,
    isResource: true,
    path: "",
    group: group.join("."),
    version: "v1",
    plural,
    subresource,
    namespace,
    name: "",
  };
}

/** As kube-apiserver 1.37 answers SubjectAccessReviews of these. */
const rows: [who: string, what: string, namespace: string, allowed: string][] = [
  ["viewer", "pods", "dev", "read"],
  ["viewer", "pods", "other", ""],
  ["viewer", "pods/log", "dev", "read"],
  ["viewer", "pods/exec", "dev", ""],
  ["viewer", "pods/status", "dev", "read"],
  ["viewer", "secrets", "dev", ""],
  ["viewer", "configmaps", "dev", "read"],
  ["viewer", "deployments.apps", "dev", "read"],
  ["viewer", "deployments.apps/scale", "dev", "read"],
  ["viewer", "roles.rbac.authorization.k8s.io", "dev", ""],
  ["viewer", "resourcequotas", "dev", "read"],
  ["viewer", "namespaces", "dev", "read"],
  ["viewer", "nodes", "", ""],
  ["viewer", "events.events.k8s.io", "dev", "read"],
  ["editor", "pods", "dev", "all"],
  ["editor", "pods/exec", "dev", "all"],
  ["editor", "pods/attach", "dev", "all"],
  ["editor", "pods/eviction", "dev", "create"],
  ["editor", "secrets", "dev", "all"],
  ["editor", "serviceaccounts", "dev", "all impersonate"],
  ["editor", "serviceaccounts/token", "dev", "create"],
  ["editor", "deployments.apps", "dev", "all"],
  ["editor", "deployments.apps/scale", "dev", "all"],
  ["editor", "jobs.batch", "dev", "all"],
  ["editor", "roles.rbac.authorization.k8s.io", "dev", ""],
  ["editor", "rolebindings.rbac.authorization.k8s.io", "dev", ""],
  ["editor", "networkpolicies.networking.k8s.io", "dev", "all"],
  ["editor", "ingresses.networking.k8s.io", "dev", "all"],
  ["editor", "poddisruptionbudgets.policy", "dev", "all"],
  ["editor", "horizontalpodautoscalers.autoscaling", "dev", "all"],
  ["editor", "endpoints", "dev", "read"],
  ["editor", "endpointslices.discovery.k8s.io", "dev", "read"],
  ["editor", "events", "dev", "all"],
  ["editor", "resourcequotas", "dev", "read"],
  ["editor", "limitranges", "dev", "read"],
  ["editor", "leases.coordination.k8s.io", "dev", "all"],
  ["editor", "persistentvolumes", "", ""],
  ["editor", "persistentvolumeclaims", "dev", "all"],
  ["editor", "customresourcedefinitions.apiextensions.k8s.io", "", ""],
  ["administrator", "pods", "dev", "all"],
  ["administrator", "secrets", "other", ""],
  ["administrator", "roles.rbac.authorization.k8s.io", "dev", "all"],
  ["administrator", "rolebindings.rbac.authorization.k8s.io", "dev", "all"],
  ["administrator", "clusterroles.rbac.authorization.k8s.io", "", ""],
  ["administrator", "localsubjectaccessreviews.authorization.k8s.io", "dev", "create"],
  ["administrator", "subjectaccessreviews.authorization.k8s.io", "", ""],
  ["administrator", "resourcequotas", "dev", "read"],
  ["administrator", "limitranges", "dev", "read"],
  ["administrator", "namespaces", "dev", "read"],
  ["administrator", "nodes", "", ""],
  ["administrator", "endpoints", "dev", "read"],
  ["scheduler", "pods", "other", "read delete"],
  ["scheduler", "pods/binding", "other", "create"],
  ["scheduler", "pods/status", "other", "update patch"],
  ["scheduler", "bindings", "other", "create"],
  ["scheduler", "nodes", "", "read"],
  ["scheduler", "secrets", "kube-system", ""],
  ["scheduler", "leases.coordination.k8s.io", "kube-system", "read create update"],
  ["scheduler", "persistentvolumeclaims", "other", "read update patch"],
  ["scheduler", "storageclasses.storage.k8s.io", "", "read"],
  ["scheduler", "resourceclaims.resource.k8s.io", "other", "read create update patch delete"],
  ["manager", "secrets", "other", "read create update delete"],
  ["manager", "serviceaccounts/token", "other", "list watch create"],
  ["manager", "serviceaccounts", "other", "read create update"],
  ["manager", "pods", "other", "list watch"],
  ["manager", "tokenreviews.authentication.k8s.io", "", "list watch create"],
  ["proxy", "nodes", "", "read"],
  ["proxy", "services", "other", "list watch"],
  ["proxy", "endpointslices.discovery.k8s.io", "other", "list watch"],
  ["proxy", "events", "other", "create update patch"],
  ["proxy", "secrets", "other", ""],
  // What nodes may do, the Node authorizer says.
  ["node", "pods", "other", ""],
  ["node", "secrets", "other", ""],
  ["anybody", "selfsubjectaccessreviews.authorization.k8s.io", "", "create"],
  ["anybody", "selfsubjectrulesreviews.authorization.k8s.io", "", "create"],
  ["anybody", "selfsubjectreviews.authentication.k8s.io", "", "create"],
  ["anybody", "subjectaccessreviews.authorization.k8s.io", "", ""],
  ["anybody", "pods", "default", ""],
  ["anybody", "namespaces", "", ""],
  ["nobody", "selfsubjectaccessreviews.authorization.k8s.io", "", ""],
  ["nobody", "pods", "default", ""],
  ["joining", "certificatesigningrequests.certificates.k8s.io", "", ""],
  ["joining", "nodes", "", ""],
  ["sa:deployment-controller", "replicasets.apps", "other", "read create update patch delete"],
  ["sa:deployment-controller", "deployments.apps", "other", "read update"],
  ["sa:deployment-controller", "deployments.apps/status", "other", "update"],
  ["sa:deployment-controller", "deployments.apps/finalizers", "other", "update"],
  ["sa:deployment-controller", "pods", "other", "read update"],
  ["sa:deployment-controller", "secrets", "other", ""],
  ["sa:job-controller", "pods", "other", "list watch create patch delete"],
  ["sa:job-controller", "jobs.batch/status", "other", "update"],
  ["sa:namespace-controller", "configmaps", "other", "read delete deletecollection"],
  ["sa:namespace-controller", "namespaces/finalize", "", "read update delete deletecollection"],
  ["sa:generic-garbage-collector", "secrets", "other", "read update patch delete"],
  ["sa:horizontal-pod-autoscaler", "deployments.apps/scale", "other", "get update"],
  ["sa:horizontal-pod-autoscaler", "deployments.apps", "other", ""],
  ["sa:node-controller", "nodes/status", "", "update patch"],
  ["sa:node-controller", "pods", "other", "read delete"],
  [
    "sa:clusterrole-aggregation-controller",
    "clusterroles.rbac.authorization.k8s.io",
    "",
    "read update patch escalate",
  ],
  [
    "sa:certificate-controller",
    "certificatesigningrequests.certificates.k8s.io/approval",
    "",
    "update",
  ],
  ["sa:bootstrap-signer", "secrets", "kube-system", "read"],
  ["sa:bootstrap-signer", "secrets", "kube-public", ""],
  ["sa:bootstrap-signer", "configmaps", "kube-public", "read"],
  ["sa:token-cleaner", "secrets", "kube-system", "read delete"],
  ["sa:default", "pods", "kube-system", ""],
];

test("the default roles allow what they are for and nothing else", () => {
  const { authorize } = freshCluster();
  let decisions = 0;
  for (const [who, what, namespace, allowed] of rows) {
    const said = everyVerb.filter((verb) => {
      decisions++;
      return authorize(identityOf(who), question(verb, what, namespace)).says === "allow";
    });
    assert.deepEqual(said, verbsOf(allowed), `${who} ${what} ${namespace}`);
  }
  assert.ok(decisions > 1000);
});

test("pages without a resource", () => {
  const { authorize } = freshCluster();
  const allowed = (who: string, path: string): boolean => {
    const page = { ...question("get", "", ""), isResource: false, path };
    return authorize(identityOf(who), page).says === "allow";
  };
  const forEverybody = ["/healthz", "/livez", "/readyz", "/version", "/version/"];
  const forKnown = ["/api", "/api/v1", "/apis", "/apis/apps/v1", "/openapi/v3", "/openapi/v2"];
  const forNobody = ["/metrics", "/logs", "/debug/pprof/", "/healthz/etcd", "/"];
  for (const path of forEverybody) assert.equal(allowed("nobody", path), true, path);
  for (const path of [...forEverybody, ...forKnown]) assert.equal(allowed("anybody", path), true);
  for (const path of forKnown) assert.equal(allowed("nobody", path), false, path);
  for (const path of forNobody) assert.equal(allowed("anybody", path), false, path);
});

test("a start adds what a default role lacks and keeps what was added", () => {
  const [expected] = defaultRoles().filter(({ metadata }) => metadata.name === "system:discovery");
  const own = { verbs: ["get"], nonResourceURLs: ["/mine"] };
  const labels = { "kubernetes.io/bootstrapping": "no", team: "a" };
  const changed: ClusterRole = {
    ...expected!,
    metadata: { ...expected!.metadata, labels },
    rules: [own],
  };
  const next = updatedRole(changed, expected!);
  assert.deepEqual(next?.metadata.labels, labels);
  const pages = (expected!.rules ?? []).flatMap((rule) => rule.nonResourceURLs ?? []);
  const lacking = pages.map((page) => ({ verbs: ["get"], nonResourceURLs: [page] }));
  assert.deepEqual(next?.rules, [own, ...lacking]);
  assert.equal(updatedRole(next!, expected!), undefined);
  const annotations = { "rbac.authorization.kubernetes.io/autoupdate": "false" };
  const left = { ...changed, metadata: { ...changed.metadata, annotations } };
  assert.equal(updatedRole(left, expected!), undefined);
});

test("a start binds default subjects again, and anew what binds another role", () => {
  const [expected] = defaultBindings().filter((b) => b.metadata.name === "system:discovery");
  const own = { kind: "User", name: "ann", apiGroup: "rbac.authorization.k8s.io" };
  const changed = { ...expected!, subjects: [own] };
  const next = updatedBinding(changed, expected!);
  assert.notEqual(next, "recreate");
  const subjects = next === "recreate" ? [] : next?.subjects;
  assert.deepEqual(subjects, [own, ...(expected!.subjects ?? [])]);
  const roleRef = { ...expected!.roleRef, name: "cluster-admin" };
  assert.equal(updatedBinding({ ...expected!, roleRef }, expected!), "recreate");
});
