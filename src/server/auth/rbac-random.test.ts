// The authorizer, which indexes and remembers, beside one that reads every binding for every question.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openView } from "../../../test/kit/views.ts";
import { randomInteger, seededRandom } from "../../lib/random.ts";
import type { Identity } from "../../schema/api-request.ts";
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  Subject,
} from "../../schema/types/rbac-v1.ts";
import type { Attributes } from "../context.ts";
import { type RbacViews, rbac } from "./rbac.ts";

/** More by `PAIRS=1000000`, which take five seconds. */
const pairs = Number(process.env["PAIRS"] ?? 20_000);

function mayBy(rules: readonly PolicyRule[] | undefined, ask: Attributes): boolean {
  const has = (list: readonly string[] | undefined, ...wanted: string[]): boolean =>
    (list ?? []).some((entry) => entry === "*" || wanted.includes(entry));
  return (rules ?? []).some((rule) => {
    if (!has(rule.verbs, ask.verb)) return false;
    if (!ask.isResource) {
      return (rule.nonResourceURLs ?? []).some((url) =>
        url.endsWith("*") ? ask.path.startsWith(url.slice(0, -1)) : ask.path === url,
      );
    }
    const { plural, subresource, name } = ask;
    const resources =
      subresource === "" ? [plural] : [`${plural}/${subresource}`, `*/${subresource}`];
    const names = rule.resourceNames ?? [];
    return (
      has(rule.apiGroups, ask.group) &&
      has(rule.resources, ...resources) &&
      (names.length === 0 || names.includes(name))
    );
  });
}

function slow(views: RbacViews, who: Identity, ask: Attributes): boolean {
  const binds = (subjects: readonly Subject[] | undefined, inside = ""): boolean =>
    (subjects ?? []).some(({ kind, name, namespace = inside }) => {
      if (kind === "User") return name === who.user;
      if (kind === "Group") return who.groups.includes(name);
      return namespace !== "" && who.user === `system:serviceaccount:${namespace}:${name}`;
    });
  for (const { roleRef, subjects } of views.clusterRoleBindings.list()) {
    const role = views.clusterRoles.get("", roleRef.name);
    if (binds(subjects) && mayBy(role?.rules, ask)) return true;
  }
  if (!ask.isResource || ask.namespace === "") return false;
  for (const { roleRef, subjects } of views.roleBindings.list(ask.namespace)) {
    const role =
      roleRef.kind === "Role"
        ? views.roles.get(ask.namespace, roleRef.name)
        : views.clusterRoles.get("", roleRef.name);
    if (binds(subjects, ask.namespace) && mayBy(role?.rules, ask)) return true;
  }
  return false;
}

const words = {
  verbs: ["get", "list", "create", "use"],
  groups: ["", "apps", "x.io"],
  plurals: ["pods", "secrets", "things"],
  subresources: ["", "", "log", "scale"],
  names: ["", "a", "b"],
  namespaces: ["n1", "n2"],
  paths: ["/a", "/a/b", "/healthz", "/", "/a/"],
  urls: ["/a", "/a/*", "/a*", "*", "/healthz"],
  users: ["u1", "u2", "system:serviceaccount:n1:s", "system:serviceaccount:n2:s"],
  members: ["g1", "g2", "g3"],
  roles: ["r1", "r2", "r3", "r4"],
};

function dice(seed: number) {
  const random = seededRandom(seed);
  const below = (n: number): number => randomInteger(random, n);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const some = <T>(list: readonly T[], most: number): T[] =>
    Array.from({ length: below(most + 1) }, () => pick(list));
  const orAll = (list: readonly string[]): string[] => (below(3) === 0 ? ["*"] : some(list, 3));
  const resource = (): string => {
    const plural = pick([...words.plurals, "*"]);
    const subresource = pick(words.subresources);
    return subresource === "" ? plural : `${plural}/${subresource}`;
  };
  const rule = (): PolicyRule =>
    below(4) === 0
      ? { verbs: orAll(words.verbs), nonResourceURLs: some(words.urls, 2) }
      : {
          verbs: orAll(words.verbs),
          apiGroups: orAll(words.groups),
          resources: Array.from({ length: 1 + below(2) }, resource),
          ...(below(3) === 0 ? { resourceNames: some(words.names.slice(1), 2) } : {}),
        };
  const subject = (): Subject => {
    const kind = pick(["User", "Group", "Group", "ServiceAccount"]);
    if (kind === "User") return { kind, name: pick(words.users) };
    if (kind === "Group") return { kind, name: pick(words.members) };
    return { kind, name: "s", ...(below(4) === 0 ? {} : { namespace: pick(words.namespaces) }) };
  };
  const rules = (): PolicyRule[] => Array.from({ length: 1 + below(3) }, rule);
  const roleRef = (kind: string) => ({ apiGroup: "", kind, name: pick(words.roles) });
  const subjects = (): Subject[] => Array.from({ length: below(5) }, subject);
  const ask = (): Attributes => {
    const isResource = below(5) > 0;
    return {
      verb: pick(words.verbs),
      isResource,
      path: isResource ? "" : pick(words.paths),
      group: isResource ? pick(words.groups) : "",
      version: "v1",
      plural: isResource ? pick(words.plurals) : "",
      subresource: isResource ? pick(words.subresources) : "",
      namespace: isResource ? pick(["", ...words.namespaces]) : "",
      name: isResource ? pick(words.names) : "",
    };
  };
  return { below, pick, some, rules, roleRef, subjects, ask };
}

test("the authorizer answers as one that reads every binding", () => {
  const { below, pick, some, rules, roleRef, subjects, ask } = dice(11);
  const views = {
    clusterRoles: openView<ClusterRole>(),
    clusterRoleBindings: openView<ClusterRoleBinding>(),
    roles: openView<Role>(),
    roleBindings: openView<RoleBinding>(),
  };
  const bindingNames = ["b1", "b2", "b3", "b4"];
  const changes: (() => void)[] = [
    () => views.clusterRoles.put({ metadata: { name: pick(words.roles) }, rules: rules() }),
    () => {
      const metadata = { name: pick(words.roles), namespace: pick(words.namespaces) };
      views.roles.put({ metadata, rules: rules() });
    },
    () => {
      const binding = { roleRef: roleRef("ClusterRole"), subjects: subjects() };
      views.clusterRoleBindings.put({ metadata: { name: pick(bindingNames) }, ...binding });
    },
    () => {
      const metadata = { name: pick(bindingNames), namespace: pick(words.namespaces) };
      const ref = roleRef(pick(["Role", "ClusterRole"]));
      views.roleBindings.put({ metadata, roleRef: ref, subjects: subjects() });
    },
    () => views.clusterRoles.drop("", pick(words.roles), undefined),
    () => views.roles.drop(pick(words.namespaces), pick(words.roles), undefined),
    () => views.clusterRoleBindings.drop("", pick(bindingNames), undefined),
    () => views.roleBindings.drop(pick(words.namespaces), pick(bindingNames), undefined),
  ];
  const { authorize } = rbac(views);
  let allowed = 0;
  for (let i = 0; i < pairs; i++) {
    if (below(30) === 0) pick(changes.slice(0, below(3) === 0 ? 8 : 4))();
    const who = { user: pick(words.users), groups: some(words.members, 2) };
    const question = ask();
    const wanted = slow(views, who, question);
    if (wanted) allowed++;
    const says = authorize(who, question).says === "allow";
    assert.equal(says, wanted, `${i}: ${JSON.stringify([who, question])}`);
  }
  // Neither answer is rare.
  assert.ok(allowed > pairs / 20 && allowed < pairs / 2, `${allowed} of ${pairs} allowed`);
});
