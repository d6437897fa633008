import assert from "node:assert/strict";
import { test } from "node:test";
import { openView } from "../../../test/kit/views.ts";
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  RoleRef,
  Subject,
} from "../../schema/types/rbac-v1.ts";
import type { Attributes } from "../context.ts";
import { firstOpinion, named, refusal, superusers } from "./authorize.ts";
import { rbac } from "./rbac.ts";

const rule = (verbs: string, groups: string, resources: string, names?: string): PolicyRule => ({
  verbs: verbs.split(" "),
  apiGroups: groups.split(" ").map((g) => (g === "core" ? "" : g)),
  resources: resources.split(" "),
  ...(names === undefined ? {} : { resourceNames: names.split(" ") }),
});
const paths = (verbs: string, urls: string): PolicyRule => ({
  verbs: verbs.split(" "),
  nonResourceURLs: urls.split(" "),
});

const user = (name: string): Subject => ({ kind: "User", name });
const group = (name: string): Subject => ({ kind: "Group", name });
const account = (name: string, namespace?: string): Subject => ({
  kind: "ServiceAccount",
  name,
  ...(namespace === undefined ? {} : { namespace }),
});
const ref = (kind: string, name: string): RoleRef => ({
  apiGroup: "rbac.authorization.k8s.io",
  kind,
  name,
});
const clusterRole = (name: string, ...rules: PolicyRule[]): ClusterRole => ({
  metadata: { name },
  rules,
});
const role = (namespace: string, name: string, ...rules: PolicyRule[]): Role => ({
  metadata: { name, namespace },
  rules,
});
const bindCluster = (name: string, to: RoleRef, ...subjects: Subject[]): ClusterRoleBinding => ({
  metadata: { name },
  roleRef: to,
  subjects,
});
const bind = (
  namespace: string,
  name: string,
  to: RoleRef,
  ...subjects: Subject[]
): RoleBinding => ({ metadata: { name, namespace }, roleRef: to, subjects });

function policy() {
  return {
    clusterRoles: openView<ClusterRole>(
      clusterRole("view", rule("get list watch", "core apps", "pods deployments")),
      clusterRole("discover", paths("get", "/api /api/* /healthz")),
      clusterRole("all", rule("*", "*", "*"), paths("*", "*")),
      clusterRole("scalers", rule("update", "*", "*/scale")),
      clusterRole("logs", rule("get", "core", "pods/log")),
      clusterRole("one-secret", rule("get update", "core", "secrets", "a b")),
    ),
    clusterRoleBindings: openView<ClusterRoleBinding>(
      bindCluster("discovery", ref("ClusterRole", "discover"), group("system:authenticated")),
      bindCluster("root", ref("ClusterRole", "all"), user("root"), account("ops", "infra")),
      bindCluster("scalers", ref("ClusterRole", "scalers"), group("scalers")),
      bindCluster("lost", ref("ClusterRole", "nowhere"), user("lost")),
      bindCluster("no-namespace", ref("ClusterRole", "all"), account("default")),
    ),
    roles: openView<Role>(role("dev", "writer", rule("create delete", "apps", "deployments"))),
    roleBindings: openView<RoleBinding>(
      bind("dev", "view", ref("ClusterRole", "view"), group("devs"), user("ann")),
      bind("dev", "writer", ref("Role", "writer"), account("bot")),
      bind("dev", "logs", ref("ClusterRole", "logs"), account("bot", "ci")),
      bind("dev", "secret", ref("ClusterRole", "one-secret"), user("ann")),
      bind("ops", "writer", ref("Role", "writer"), user("ann")),
    ),
  };
}

/** `get pods/log dev/a`, `list deployments.apps dev/`, `get /healthz`. */
function ask(text: string): Attributes {
  const [verb = "", what = "", where = "/"] = text.split(" ");
  const isResource = !what.startsWith("/");
  const [resource = "", subresource = ""] = isResource ? what.split("/") : [];
  const [plural = "", ...groupParts] = resource.split(".");
  const [namespace = "", name = ""] = where.split("/");
  return {
    verb,
    isResource,
    path: isResource ? "" : what,
    group: groupParts.join("."),
    version: isResource ? "v1" : "",
    plural,
    subresource,
    namespace,
    name,
  };
}

const everybody = "system:authenticated";
const rows: [who: string, groups: string, what: string, answer: string][] = [
  ["ann", "devs", "get pods dev/a", 'RoleBinding "view/dev" of ClusterRole "view" to Group "devs"'],
  ["ann", "", "get pods dev/a", 'RoleBinding "view/dev" of ClusterRole "view" to User "ann"'],
  [
    "bob",
    "devs",
    "list deployments.apps dev/",
    'RoleBinding "view/dev" of ClusterRole "view" to Group "devs"',
  ],
  ["bob", "devs", "list deployments.extensions dev/", "-"],
  ["bob", "devs", "list pods ops/", "-"],
  ["bob", "devs", "list pods", "-"],
  ["bob", "devs", "delete pods dev/a", "-"],
  ["bob", "devs", "get pods/log dev/a", "-"],
  [
    "bob",
    "devs,scalers",
    "update deployments.apps/scale x/a",
    'ClusterRoleBinding "scalers" of ClusterRole "scalers" to Group "scalers"',
  ],
  ["bob", "scalers", "update deployments.apps x/a", "-"],
  [
    "bob",
    "scalers",
    "update things.example.com/scale x/a",
    'ClusterRoleBinding "scalers" of ClusterRole "scalers" to Group "scalers"',
  ],
  [
    "system:serviceaccount:dev:bot",
    "",
    "create deployments.apps dev/",
    'RoleBinding "writer/dev" of Role "writer" to ServiceAccount "bot/dev"',
  ],
  ["system:serviceaccount:ci:bot", "", "create deployments.apps dev/", "-"],
  [
    "system:serviceaccount:ci:bot",
    "",
    "get pods/log dev/a",
    'RoleBinding "logs/dev" of ClusterRole "logs" to ServiceAccount "bot/ci"',
  ],
  [
    "system:serviceaccount:infra:ops",
    "",
    "delete nodes /n",
    'ClusterRoleBinding "root" of ClusterRole "all" to ServiceAccount "ops/infra"',
  ],
  ["system:serviceaccount::default", "", "get pods x/a", "-"],
  [
    "ann",
    "",
    "get secrets dev/a",
    'RoleBinding "secret/dev" of ClusterRole "one-secret" to User "ann"',
  ],
  ["ann", "", "get secrets dev/c", "-"],
  ["ann", "", "list secrets dev/", "-"],
  ["ann", "", "list secrets dev/b", "-"],
  [
    "ann",
    "",
    "update secrets dev/b",
    'RoleBinding "secret/dev" of ClusterRole "one-secret" to User "ann"',
  ],
  [
    "ann",
    "",
    "create deployments.apps ops/",
    '- RBAC: role.rbac.authorization.k8s.io "writer" not found',
  ],
  [
    "lost",
    "",
    "get pods dev/a",
    '- RBAC: clusterrole.rbac.authorization.k8s.io "nowhere" not found',
  ],
  [
    "lost",
    everybody,
    "get /healthz",
    'ClusterRoleBinding "discovery" of ClusterRole "discover" to Group "system:authenticated"',
  ],
  [
    "x",
    everybody,
    "get /api/v1",
    'ClusterRoleBinding "discovery" of ClusterRole "discover" to Group "system:authenticated"',
  ],
  ["x", everybody, "get /apis", "-"],
  ["x", everybody, "post /healthz", "-"],
  ["x", everybody, "get /healthz/ping", "-"],
  ["x", "", "get /healthz", "-"],
  ["root", "", "post /anything", 'ClusterRoleBinding "root" of ClusterRole "all" to User "root"'],
  [
    "root",
    "",
    "impersonate users",
    'ClusterRoleBinding "root" of ClusterRole "all" to User "root"',
  ],
  ["system:serviceaccount:dev:default", "", "get pods dev/a", "-"],
];

test("a decision follows bindings, roles and names", () => {
  const { authorize } = rbac(policy());
  for (const [who, groups, what, answer] of rows) {
    const identity = { user: who, groups: groups === "" ? [] : groups.split(",") };
    // The second answer comes from the memory of the first.
    for (const turn of ["first", "again"]) {
      const { says, reason } = authorize(identity, ask(what));
      const shown =
        says === "allow" ? reason.replace("RBAC: allowed by ", "") : `- ${reason}`.trim();
      assert.equal(shown, answer, `${who} [${groups}] ${what} (${turn})`);
    }
  }
});

test("a changed rule or binding is followed at once", () => {
  const views = policy();
  const { authorize } = rbac(views);
  const ann = { user: "ann", groups: [] };
  const says = (what: string): string => authorize(ann, ask(what)).says;
  assert.equal(says("delete pods dev/a"), "no opinion");
  views.clusterRoles.put(clusterRole("view", rule("delete", "core", "pods")));
  assert.equal(says("delete pods dev/a"), "allow");
  assert.equal(says("get pods dev/a"), "no opinion");
  views.roleBindings.drop("dev", "view", undefined);
  assert.equal(says("delete pods dev/a"), "no opinion");
  views.roleBindings.put(bind("dev", "view", ref("ClusterRole", "view"), user("ann"), user("eve")));
  assert.equal(says("delete pods dev/a"), "allow");
  views.roleBindings.put(bind("dev", "view", ref("ClusterRole", "view"), user("eve")));
  assert.equal(says("delete pods dev/a"), "no opinion");
  views.roles.put(role("ops", "writer", rule("create", "apps", "deployments")));
  assert.equal(says("create deployments.apps ops/"), "allow");
});

test("a refusal says who may not do what and where", () => {
  const say = (text: string, reason = ""): string =>
    refusal({ user: "u", groups: [] }, ask(text), reason).message;
  assert.equal(
    say("list pods y/"),
    'pods is forbidden: User "u" cannot list resource "pods" in API group "" in the namespace "y"',
  );
  assert.equal(
    say("get deployments.apps/scale y/d"),
    'deployments.apps "d" is forbidden: User "u" cannot get resource "deployments/scale" in API group "apps" in the namespace "y"',
  );
  assert.equal(
    say("list nodes", "why"),
    'nodes is forbidden: User "u" cannot list resource "nodes" in API group "" at the cluster scope: why',
  );
  assert.equal(say("get /x<y"), 'forbidden: User "u" cannot get path "/x&lt;y"');
});

test("who has no opinion may say why, each under a name", () => {
  const lost = { user: "lost", groups: ["system:nodes"] };
  const node = named("node", () => ({ says: "no opinion", reason: "unknown node" }));
  const authorize = firstOpinion([node, named("rbac", rbac(policy()).authorize)]);
  assert.deepEqual(authorize(lost, ask("get pods dev/a")), {
    says: "no opinion",
    reason:
      'node: unknown node\nrbac: RBAC: clusterrole.rbac.authorization.k8s.io "nowhere" not found',
  });
});

test("members of system:masters are never asked for rules", () => {
  const authorize = firstOpinion([superusers, rbac(policy()).authorize]);
  const masters = { user: "admin", groups: ["system:masters"] };
  assert.equal(authorize(masters, ask("delete nodes /n")).says, "allow");
  assert.equal(authorize({ user: "admin", groups: [] }, ask("delete nodes /n")).says, "no opinion");
});
