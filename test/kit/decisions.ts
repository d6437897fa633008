// A policy of two teams beside the default roles, and questions about it: who, and what he asks for.
import type { Attributes } from "../../src/server/context.ts";

const group = "rbac.authorization.k8s.io";
const user = (name: string) => ({ apiGroup: group, kind: "User", name });
const members = (name: string) => ({ apiGroup: group, kind: "Group", name });
const account = (namespace: string, name: string) => ({ kind: "ServiceAccount", name, namespace });
const to = (kind: string, name: string) => ({ apiGroup: group, kind, name });

type Binding = readonly [name: string, roleRef: ReturnType<typeof to>, subject: object];

const clusterRole = (name: string, ...rules: object[]) => ({ metadata: { name }, rules });
const rule = (verbs: string, groups: string, resources: string, names = "") => ({
  verbs: verbs.split(" "),
  apiGroups: groups.split(" ").map((g) => (g === "core" ? "" : g)),
  resources: resources.split(" "),
  ...(names === "" ? {} : { resourceNames: names.split(" ") }),
});

/** The parts of `view`, `edit` and `admin`: those themselves are summed up by a controller. */
const view = to("ClusterRole", "system:aggregate-to-view");
const edit = to("ClusterRole", "system:aggregate-to-edit");
const admin = to("ClusterRole", "system:aggregate-to-admin");

const clusterRoles = [
  clusterRole("scaler", rule("get update patch", "*", "*/scale")),
  clusterRole(
    "two-secrets",
    rule("get update", "core", "secrets", "a b"),
    rule("list", "core", "secrets", "a"),
  ),
  clusterRole("things", rule("*", "x.io", "things things/status")),
  clusterRole("auditor", rule("get list watch", "*", "*"), {
    verbs: ["get"],
    nonResourceURLs: ["/metrics", "/logs/*"],
  }),
  clusterRole(
    "helper",
    rule("impersonate", "core", "users groups", "ann dev"),
    rule("bind", group, "clusterroles", "admin"),
    rule("escalate", group, "roles"),
  ),
];
const clusterBindings: Binding[] = [
  ["auditors", to("ClusterRole", "auditor"), members("auditors")],
  ["helpers", to("ClusterRole", "helper"), user("hal")],
  ["viewers", view, user("vic")],
  ["lost", to("ClusterRole", "nowhere"), user("lou")],
];
const bindings: Readonly<Record<string, readonly Binding[]>> = {
  dev: [
    ["view", view, user("ann")],
    ["edit", edit, members("dev-editors")],
    ["edit-view", view, members("dev-editors")],
    ["admin", admin, user("ada")],
    ["admin-edit", edit, user("ada")],
    ["bot", to("Role", "deployer"), account("dev", "bot")],
    ["scaler", to("ClusterRole", "scaler"), account("ops", "bot")],
    ["secrets", to("ClusterRole", "two-secrets"), user("sam")],
    ["things", to("ClusterRole", "things"), user("tim")],
  ],
  ops: [
    ["view", view, members("system:serviceaccounts:dev")],
    ["deployer", to("Role", "deployer"), user("lou")],
  ],
};
const roles = {
  dev: [
    clusterRole(
      "deployer",
      rule("get list watch create update patch delete", "apps", "deployments replicasets"),
      rule("get list", "core", "pods pods/log"),
    ),
  ],
};

const rbac = "/apis/rbac.authorization.k8s.io/v1";

/** In the order in which they are to be made: where to post, and what. */
export const decisionPolicy: readonly (readonly [path: string, object: PolicyObject])[] = [
  ...["dev", "ops"].map((name) => ["/api/v1/namespaces", { metadata: { name } }] as const),
  ...clusterRoles.map((role) => [`${rbac}/clusterroles`, role] as const),
  ...clusterBindings.map((b) => [`${rbac}/clusterrolebindings`, bindingOf(b)] as const),
  ...Object.entries(roles).flatMap(([namespace, list]) =>
    list.map((role) => [`${rbac}/namespaces/${namespace}/roles`, inside(namespace, role)] as const),
  ),
  ...Object.entries(bindings).flatMap(([namespace, list]) =>
    list.map(
      (b) =>
        [`${rbac}/namespaces/${namespace}/rolebindings`, inside(namespace, bindingOf(b))] as const,
    ),
  ),
];

export type PolicyObject = {
  metadata: { name: string; namespace?: string };
  rules?: object[];
  roleRef?: object;
  subjects?: object[];
};

function bindingOf([name, roleRef, subject]: Binding): PolicyObject {
  return { metadata: { name }, roleRef, subjects: [subject] };
}

function inside(namespace: string, object: PolicyObject): PolicyObject {
  return { ...object, metadata: { ...object.metadata, namespace } };
}

const everybody = "system:authenticated";

export const deciders: Readonly<Record<string, readonly string[]>> = {
  root: ["system:masters", everybody],
  ann: [everybody],
  eve: ["dev-editors", everybody],
  ada: [everybody],
  vic: [everybody],
  sam: [everybody],
  tim: [everybody],
  hal: [everybody],
  lou: [everybody],
  amy: ["auditors", everybody],
  "system:serviceaccount:dev:bot": [
    "system:serviceaccounts",
    "system:serviceaccounts:dev",
    everybody,
  ],
  "system:serviceaccount:ops:bot": [
    "system:serviceaccounts",
    "system:serviceaccounts:ops",
    everybody,
  ],
  "system:kube-scheduler": [everybody],
  "system:kube-controller-manager": [everybody],
  "system:serviceaccount:kube-system:deployment-controller": ["system:serviceaccounts", everybody],
  "system:anonymous": ["system:unauthenticated"],
  nobody: [everybody],
};

/** `verb resource.group/subresource namespace/name`, or `verb /path`. */
export const decisionQuestions: readonly string[] = [
  "get pods dev/a",
  "list pods dev/",
  "list pods",
  "watch pods ops/",
  "create pods dev/",
  "delete pods dev/a",
  "deletecollection pods dev/",
  "get pods/log dev/a",
  "create pods/exec dev/a",
  "create pods/eviction dev/a",
  "create pods/binding dev/a",
  "update pods/status dev/a",
  "get pods/log ops/a",
  "get secrets dev/a",
  "get secrets dev/b",
  "get secrets dev/c",
  "list secrets dev/",
  "list secrets dev/a",
  "update secrets dev/b",
  "delete secrets dev/a",
  "get configmaps dev/a",
  "get configmaps kube-system/extension-apiserver-authentication",
  "create deployments.apps dev/",
  "create deployments.extensions dev/",
  "patch deployments.apps dev/a",
  "patch deployments.apps/scale dev/a",
  "update deployments.apps/status dev/a",
  "get replicasets.apps ops/a",
  "update replicasets.apps/scale dev/a",
  "update things.x.io/scale dev/a",
  "get things.x.io dev/a",
  "patch things.x.io/status dev/a",
  "delete things.x.io ops/a",
  "get nodes /n",
  "update nodes/status /n",
  "list nodes",
  "get namespaces dev/dev",
  "delete namespaces dev/dev",
  "list persistentvolumes",
  "get storageclasses.storage.k8s.io /a",
  "create roles.rbac.authorization.k8s.io dev/",
  "get rolebindings.rbac.authorization.k8s.io dev/a",
  "bind clusterroles.rbac.authorization.k8s.io /admin",
  "bind clusterroles.rbac.authorization.k8s.io /edit",
  "escalate roles.rbac.authorization.k8s.io dev/a",
  "impersonate users /ann",
  "impersonate users /eve",
  "impersonate groups /dev",
  "create serviceaccounts/token dev/bot",
  "create subjectaccessreviews.authorization.k8s.io",
  "create selfsubjectaccessreviews.authorization.k8s.io",
  "create localsubjectaccessreviews.authorization.k8s.io dev/",
  "create tokenreviews.authentication.k8s.io",
  "create selfsubjectreviews.authentication.k8s.io",
  "create certificatesigningrequests.certificates.k8s.io",
  "approve signers.certificates.k8s.io /kubernetes.io/kube-apiserver-client",
  "create events dev/",
  "patch events.events.k8s.io dev/a",
  "get leases.coordination.k8s.io kube-system/kube-scheduler",
  "update endpoints dev/a",
  "get resourcequotas dev/a",
  "get /api",
  "get /apis/apps",
  "get /healthz",
  "get /metrics",
  "get /logs/a",
  "get /version",
  "post /api",
  "get /openapi/v2",
  "get /",
];

export function askedBy(text: string): Attributes {
  const [verb = "", what = "", where = "/"] = text.split(" ");
  const isResource = !what.startsWith("/");
  const [resource = "", subresource = ""] = isResource ? what.split("/") : [];
  const [plural = "", ...groupParts] = resource.split(".");
  const cut = where.indexOf("/");
  return {
    verb,
    isResource,
    path: isResource ? "" : what,
    group: groupParts.join("."),
    version: isResource ? "v1" : "",
    plural,
    subresource,
    namespace: where.slice(0, cut),
    name: where.slice(cut + 1),
  };
}
