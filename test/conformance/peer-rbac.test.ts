// Authorization beside the real kube-apiserver: default roles, random policies, reviews, and what is refused to those who
// want more than they have.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { randomInteger, seededRandom } from "../../src/lib/random.ts";
import { askedBy, deciders, decisionPolicy, decisionQuestions } from "../kit/decisions.ts";
import { type Answer, type Side, startOurs, startPeer, type Who, whyNoPeer } from "./peer.ts";

const policies = 100;
const questionsEach = 100;
const seed = Number(process.env["SEED"] ?? 1);

const rbac = "/apis/rbac.authorization.k8s.io/v1";
const reviews = "/apis/authorization.k8s.io/v1/subjectaccessreviews";

/** Lists of rules come in any order. */
function sortedRules(value: unknown): unknown {
  const { status } = value as { status?: Record<string, unknown> };
  if (status?.["resourceRules"] === undefined) return value;
  const text = (rule: unknown): string => JSON.stringify(rule);
  const sorted = (list: unknown): unknown =>
    [...(list as unknown[])].sort((a, b) => (text(a) < text(b) ? -1 : 1));
  const { resourceRules, nonResourceRules, ...rest } = status;
  return {
    ...(value as object),
    status: {
      ...rest,
      resourceRules: sorted(resourceRules),
      nonResourceRules: sorted(nonResourceRules),
    },
  };
}

/** Answers that come at different times are equal but for these. */
function stripped(value: unknown): unknown {
  // Of several bindings that allow it, either may be told.
  if (typeof value === "string") return value.replace(/^RBAC: allowed by .*/, "RBAC: allowed");
  if (Array.isArray(value)) return value.map(stripped);
  if (typeof value !== "object" || value === null) return value;
  const own = ["uid", "resourceVersion", "creationTimestamp", "managedFields"];
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !own.includes(key))
      .map(([key, inner]) => [key, stripped(inner)]),
  );
}

describe("authorization beside kube-apiserver", { skip: whyNoPeer }, () => {
  let peer: Side;
  let ours: Side;
  before(async () => {
    peer = await startPeer();
    ours = await startOurs();
  });
  after(async () => {
    await peer?.[Symbol.asyncDispose]();
    await ours?.[Symbol.asyncDispose]();
  });

  const both = async (what: string, body?: object, who?: Who): Promise<[Answer, Answer]> =>
    Promise.all([peer.ask(what, body, who), ours.ask(what, body, who)]);
  const same = async (what: string, body?: object, who?: Who): Promise<void> => {
    const [theirs, own] = await both(what, body, who);
    const shown = ({ status, body: answer }: Answer) => ({
      status,
      body: sortedRules(stripped(answer)),
    });
    assert.deepEqual(shown(own), shown(theirs), `${what} by ${JSON.stringify(who)}`);
  };

  test("default roles and bindings are the same, every rule of them", async () => {
    // What is summed up needs a controller, which neither has.
    for (const plural of ["clusterrolebindings", "rolebindings", "roles", "clusterroles"]) {
      const [theirs, own] = await both(`GET ${rbac}/${plural}`);
      const byName = (answer: Answer): Record<string, unknown> =>
        Object.fromEntries(
          answer.body.items
            .filter((item: { aggregationRule?: object }) => item.aggregationRule === undefined)
            .map((item: { metadata: { name: string; namespace?: string } }) => [
              `${item.metadata.namespace ?? ""}/${item.metadata.name}`,
              stripped(item),
            ]),
        );
      const [expected, found] = [byName(theirs), byName(own)];
      assert.ok(Object.keys(expected).length > 3, plural);
      assert.deepEqual(found, expected, plural);
    }
  });

  test(`${policies * questionsEach} random questions about random policies`, async () => {
    const dice = makeDice(seed);
    let allowed = 0;
    for (let i = 0; i < policies; i++) {
      const policy = dice.policy(`p${i}`);
      for (const { path, object } of policy.objects) {
        const [a, b] = await both(`POST ${path}`, object);
        assert.deepEqual([a.status, b.status], [201, 201], JSON.stringify(a.body));
      }
      await settled(peer, policy.last);
      const questions = Array.from({ length: questionsEach }, () => policy.question());
      const answers = await Promise.all(
        questions.map((spec) => both(`POST ${reviews}`, review(spec))),
      );
      for (const [index, [theirs, own]] of answers.entries()) {
        const told = `seed ${seed}, policy ${i}: ${JSON.stringify(questions[index])}`;
        assert.equal(own.body.status.allowed, theirs.body.status.allowed, told);
        assert.equal(own.body.status.denied, theirs.body.status.denied, told);
        if (theirs.body.status.allowed) allowed++;
        else assert.deepEqual(problems(own), problems(theirs), told);
      }
    }
    const all = policies * questionsEach;
    assert.ok(allowed > all / 20 && allowed < all / 2, `${allowed} of ${all} allowed`);
  });

  test("each decision of the table is the peer's", async () => {
    for (const [path, object] of decisionPolicy) {
      const { status, body } = await peer.ask(`POST ${path}`, object);
      assert.equal(status, 201, body.message);
    }
    await settled(
      peer,
      { user: "lou", resourceAttributes: { verb: "get", resource: "none", namespace: "ops" } },
      /role.rbac.*"deployer"/,
    );
    const found: Record<string, Record<string, boolean>> = {};
    for (const [user, groups] of Object.entries(deciders)) {
      const told: Record<string, boolean> = {};
      for (const text of decisionQuestions) {
        const { body } = await peer.ask(`POST ${reviews}`, review(specOf(user, groups, text)));
        told[text] = body.status.allowed;
      }
      found[user] = told;
    }
    if (process.env["RECORD"] === "1") writeFileSync(table, `${JSON.stringify(found, null, 1)}\n`);
    assert.deepEqual(found, JSON.parse(readFileSync(table, "utf8")));
  });

  test("who wants more than he has is refused in the same words", async () => {
    const eve: Who = { user: "eve", groups: ["dev"] };
    const role = (name: string, ...rules: object[]) => ({ metadata: { name }, rules });
    const rule = (verbs: string, apiGroups: string, resources: string, names?: string) => ({
      verbs: verbs.split(" "),
      apiGroups: apiGroups.split(" ").map((g) => (g === "core" ? "" : g)),
      resources: resources.split(" "),
      ...(names === undefined ? {} : { resourceNames: names.split(" ") }),
    });
    const binding = (name: string, kind: string, to: string) => ({
      metadata: { name },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name: to },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "eve" }],
    });
    const manage = rule(
      "*",
      "rbac.authorization.k8s.io",
      "roles clusterroles rolebindings clusterrolebindings",
    );
    const cannot = { ...manage, verbs: ["create", "update", "get", "patch"] };
    await same("POST /api/v1/namespaces", { metadata: { name: "walls" } });
    await same(
      `POST ${rbac}/clusterroles`,
      role("eve", cannot, rule("get list", "core", "pods"), rule("get", "core", "secrets", "a b"), {
        verbs: ["get"],
        nonResourceURLs: ["/logs/*"],
      }),
    );
    await same(`POST ${rbac}/clusterrolebindings`, binding("eve", "ClusterRole", "eve"));
    await settled(peer, { user: "eve", resourceAttributes: { verb: "get", resource: "pods" } });
    const wishes = [
      role("a", rule("get", "core", "pods")),
      role("b", rule("get", "core", "secrets")),
      role("c", rule("get", "core", "secrets", "a")),
      role(
        "d",
        rule("get", "core", "secrets", "a c"),
        rule("delete create", "core apps", "pods deployments"),
      ),
      role("e", rule("*", "*", "*")),
      role("f", rule("escalate bind", "rbac.authorization.k8s.io", "roles")),
      role("g", rule("get", "core", "pods/log pods"), rule("get list watch", "core", "pods")),
    ];
    for (const wish of wishes) {
      await same(`POST ${rbac}/namespaces/walls/roles`, wish, eve);
      await same(`POST ${rbac}/clusterroles`, wish, eve);
    }
    for (const urls of ["/logs/a", "/logs/*", "/metrics", "*"])
      await same(
        `POST ${rbac}/clusterroles`,
        role("urls", { verbs: ["get"], nonResourceURLs: [urls] }),
        eve,
      );
    for (const [kind, to] of [
      ["ClusterRole", "cluster-admin"],
      ["ClusterRole", "a"],
      ["ClusterRole", "nobody"],
      ["Role", "a"],
      ["Role", "nobody"],
      ["Strange", "a"],
    ] as const) {
      await same(
        `POST ${rbac}/namespaces/walls/rolebindings`,
        binding(`x-${kind.toLowerCase()}-${to}`, kind, to),
        eve,
      );
      await same(
        `POST ${rbac}/clusterrolebindings`,
        binding(`x-${kind.toLowerCase()}-${to}`, kind, to),
        eve,
      );
    }
    await same("GET /api/v1/namespaces/walls/secrets", undefined, eve);
    await same("GET /api/v1/namespaces/walls/secrets/c", undefined, eve);
    await same("GET /api/v1/nodes", undefined, eve);
    await same("GET /metrics", undefined, eve);
    await same("DELETE /apis/apps/v1/namespaces/walls/deployments/a", undefined, eve);
  });

  test("reviews of one's own rights and identity are the same", async () => {
    const eve: Who = { user: "eve", groups: ["dev"] };
    const self = "/apis/authorization.k8s.io/v1";
    await same(
      `POST ${self}/selfsubjectrulesreviews`,
      { spec: { namespace: "walls" } },
      { user: "nobody" },
    );
    await same(`POST ${self}/selfsubjectrulesreviews`, { spec: {} }, eve);
    await same("POST /apis/authentication.k8s.io/v1/selfsubjectreviews", {}, eve);
    const asks: object[] = [
      { resourceAttributes: { verb: "get", resource: "pods" } },
      { resourceAttributes: { verb: "get", resource: "pods", namespace: "walls", name: "a" } },
      {
        resourceAttributes: {
          verb: "list",
          resource: "pods",
          fieldSelector: { rawSelector: "a=b" },
        },
      },
      {
        resourceAttributes: {
          verb: "list",
          resource: "pods",
          fieldSelector: { rawSelector: "a=b,c" },
        },
      },
      { resourceAttributes: { verb: "list", resource: "pods", fieldSelector: {} } },
      {
        resourceAttributes: {
          verb: "list",
          resource: "pods",
          labelSelector: { requirements: [{ key: "a", operator: "Near" }] },
        },
      },
      {
        resourceAttributes: {
          verb: "list",
          resource: "pods",
          labelSelector: { requirements: [{ key: "a b", operator: "Exists" }] },
        },
      },
      { nonResourceAttributes: { verb: "get", path: "/logs/a" } },
      { nonResourceAttributes: { verb: "get", path: "/metrics" } },
      {},
      { nonResourceAttributes: { verb: "get" }, resourceAttributes: { verb: "get" } },
    ];
    for (const spec of asks) {
      await same(`POST ${self}/selfsubjectaccessreviews`, { spec }, eve);
      await same(`POST ${reviews}`, { spec: { ...spec, user: "eve" } });
      await same(`POST ${reviews}`, { spec });
      await same(`POST ${self}/namespaces/walls/localsubjectaccessreviews`, {
        spec: { ...spec, user: "eve" },
      });
    }
  });
});

const review = (spec: object) => ({ spec });

/** The answers to the table's questions; RECORD=1 writes them anew. */
const table = new URL("../kit/decisions.json", import.meta.url);

function specOf(user: string, groups: readonly string[], text: string): object {
  const { verb, isResource, path, group, plural, subresource, namespace, name } = askedBy(text);
  if (!isResource) return { user, groups, nonResourceAttributes: { verb, path } };
  const resourceAttributes = { verb, group, resource: plural, subresource, namespace, name };
  return { user, groups, resourceAttributes };
}

/** Roles that are bound and do not exist, in any order. */
const problems = ({ body }: Answer): string[] =>
  (String(body.status.reason ?? "").match(/[a-z.0-9]+ "[^"]*" not found/g) ?? []).sort();

/** The peer's authorizer follows by watches: what was written last must be seen. */
async function settled(peer: Side, spec: object, reason?: RegExp): Promise<void> {
  for (let i = 0; i < 500; i++) {
    const { body } = await peer.ask(`POST ${reviews}`, review(spec));
    if (body.status?.allowed === true || reason?.test(body.status?.reason ?? "")) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("the peer does not see its own policy");
}

const words = {
  verbs: ["get", "list", "create", "use"],
  groups: ["", "apps", "x.io"],
  plurals: ["pods", "secrets", "things"],
  subresources: ["", "", "log", "scale"],
  names: ["", "a", "b"],
  paths: ["/a", "/a/b", "/healthz/x", "/", "/a/"],
  urls: ["/a", "/a/*", "/a*", "*", "/healthz/x"],
};

/** Everything of a policy carries its name, so that policies do not touch each other. */
function makeDice(from: number) {
  const random = seededRandom(from);
  const below = (n: number): number => randomInteger(random, n);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const some = <T>(list: readonly T[], most: number): T[] =>
    Array.from({ length: 1 + below(most) }, () => pick(list));
  const orAll = (list: readonly string[]): string[] => (below(3) === 0 ? ["*"] : some(list, 2));
  const resource = (): string => {
    const plural = pick([...words.plurals, "*"]);
    const subresource = pick(words.subresources);
    return subresource === "" ? plural : `${plural}/${subresource}`;
  };
  const resourceRule = () => ({
    verbs: orAll(words.verbs),
    apiGroups: orAll(words.groups),
    resources: Array.from({ length: 1 + below(2) }, resource),
    ...(below(3) === 0 ? { resourceNames: some(words.names.slice(1), 2) } : {}),
  });
  const urlRule = () => ({ verbs: orAll(words.verbs), nonResourceURLs: some(words.urls, 2) });
  const rules = (urls: boolean) =>
    Array.from({ length: 1 + below(2) }, () =>
      urls && below(4) === 0 ? urlRule() : resourceRule(),
    );

  const policy = (name: string) => {
    const namespaces = [`${name}-n1`, `${name}-n2`];
    const users = [
      `${name}-u1`,
      `${name}-u2`,
      ...namespaces.map((n) => `system:serviceaccount:${n}:s`),
    ];
    const groups = [`${name}-g1`, `${name}-g2`];
    const roles = ["r1", "r2", "r3"].map((r) => `${name}-${r}`);
    const rbacGroup = "rbac.authorization.k8s.io";
    const subject = () => {
      const kind = pick(["User", "Group", "ServiceAccount"]);
      if (kind === "ServiceAccount") return { kind, name: "s", namespace: pick(namespaces) };
      return { apiGroup: rbacGroup, kind, name: pick(kind === "User" ? users : groups) };
    };
    const subjects = () => Array.from({ length: 1 + below(2) }, subject);
    const ref = (kind: string, to = pick(roles)) => ({ apiGroup: rbacGroup, kind, name: to });
    const objects: { path: string; object: object }[] = [];
    const add = (path: string, object: object): void => void objects.push({ path, object });
    for (const namespace of namespaces)
      add("/api/v1/namespaces", { metadata: { name: namespace } });
    for (const role of roles.slice(0, 2))
      add(`${rbac}/clusterroles`, { metadata: { name: role }, rules: rules(true) });
    for (const namespace of namespaces)
      add(`${rbac}/namespaces/${namespace}/roles`, {
        metadata: { name: pick(roles) },
        rules: rules(false),
      });
    for (const b of ["b1", "b2"].slice(0, 1 + below(2)))
      add(`${rbac}/clusterrolebindings`, {
        metadata: { name: `${name}-${b}` },
        roleRef: ref("ClusterRole"),
        subjects: subjects(),
      });
    for (const namespace of namespaces)
      for (const b of ["b1", "b2"])
        add(`${rbac}/namespaces/${namespace}/rolebindings`, {
          metadata: { name: b },
          roleRef: ref(pick(["Role", "ClusterRole"])),
          subjects: subjects(),
        });
    // Written last, one of each kind: when they are seen, all the others are.
    const end = `${name}-end`;
    const own = [{ apiGroup: rbacGroup, kind: "User", name: end }];
    const endRule = (plural: string) => [{ verbs: ["end"], apiGroups: [""], resources: [plural] }];
    const at = `${rbac}/namespaces/${namespaces[1]}`;
    add(`${rbac}/clusterroles`, { metadata: { name: end }, rules: endRule("a") });
    add(`${rbac}/clusterrolebindings`, {
      metadata: { name: end },
      roleRef: ref("ClusterRole", end),
      subjects: own,
    });
    add(`${at}/roles`, { metadata: { name: end }, rules: endRule("b") });
    add(`${at}/rolebindings`, {
      metadata: { name: end },
      roleRef: ref("Role", end),
      subjects: own,
    });
    const question = (): object => {
      const who = { user: pick(users), groups: below(2) === 0 ? some(groups, 2) : [] };
      if (below(5) === 0)
        return {
          ...who,
          nonResourceAttributes: { verb: pick(words.verbs), path: pick(words.paths) },
        };
      const resourceAttributes = {
        verb: pick(words.verbs),
        group: pick(words.groups),
        resource: pick(words.plurals),
        subresource: pick(words.subresources),
        namespace: pick(["", ...namespaces, ...namespaces]),
        name: pick(words.names),
      };
      return { ...who, resourceAttributes };
    };
    const last = {
      user: end,
      resourceAttributes: { verb: "end", resource: "b", namespace: namespaces[1] },
    };
    return { objects, question, last };
  };
  return { policy };
}
