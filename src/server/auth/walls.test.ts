// Two teams in two namespaces: what each may, what it is told, and how nobody gives himself more.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { ApiServer } from "../../../test/kit/api-server.ts";
import { guardedServer } from "../../../test/kit/guarded-server.ts";

const rbac = "/apis/rbac.authorization.k8s.io/v1";
const apiGroup = "rbac.authorization.k8s.io";
const rules = (verbs: string, resources: string, group = "") => ({
  verbs: verbs.split(" "),
  apiGroups: [group],
  resources: resources.split(" "),
});
const roleRef = (name: string, kind = "Role") => ({ apiGroup, kind, name });
const users = (...names: string[]) => names.map((name) => ({ apiGroup, kind: "User", name }));

let server: ApiServer;

before(async () => {
  server = guardedServer();
  const { done } = server;
  for (const team of ["red", "blue"]) {
    await done("POST /api/v1/namespaces", { metadata: { name: team } });
    const inside = `/api/v1/namespaces/${team}`;
    await done(`POST ${inside}/configmaps`, { metadata: { name: "same" }, data: { of: team } });
    await done(`POST ${inside}/serviceaccounts`, { metadata: { name: "deployer" } });
    await done(`POST ${rbac}/namespaces/${team}/roles`, {
      metadata: { name: "member" },
      rules: [
        rules("get list watch create update patch delete", "configmaps serviceaccounts"),
        rules("create", "serviceaccounts/token"),
        rules("get list create update patch delete", "roles rolebindings", apiGroup),
      ],
    });
    await done(`POST ${rbac}/namespaces/${team}/rolebindings`, {
      metadata: { name: "members" },
      roleRef: roleRef("member"),
      subjects: users(`${team}-ann`),
    });
  }
  await done(`POST ${rbac}/clusterroles`, {
    metadata: { name: "reader" },
    rules: [rules("get list watch", "configmaps secrets")],
  });
  await done(`POST ${rbac}/namespaces/blue/roles`, {
    metadata: { name: "binder" },
    rules: [
      { ...rules("bind", "clusterroles", apiGroup), resourceNames: ["reader"] },
      { ...rules("escalate", "roles", apiGroup), resourceNames: ["grown"] },
    ],
  });
  await done(`POST ${rbac}/namespaces/blue/rolebindings`, {
    metadata: { name: "binders" },
    roleRef: roleRef("binder"),
    subjects: users("blue-ann"),
  });
});

/** `200`, or the message of the refusal. */
async function as(user: string, what: string, body?: object, groups = ""): Promise<string> {
  const { status, body: said } = await server.ask(what, body, { user, groups });
  return status < 300 ? String(status) : said.message;
}

const cannot = (user: string, verb: string, what: string, where: string, group = ""): string =>
  `User "${user}" cannot ${verb} resource "${what}" in API group "${group}" ${where}`;
const inRed = 'in the namespace "red"';

test("each team sees its own and only that", async () => {
  const configMaps = "/api/v1/namespaces/red/configmaps";
  const rows: [user: string, what: string, answer: string][] = [
    ["red-ann", `GET ${configMaps}/same`, "200"],
    ["red-ann", `GET ${configMaps}`, "200"],
    [
      "blue-ann",
      `GET ${configMaps}/same`,
      `configmaps "same" is forbidden: ${cannot("blue-ann", "get", "configmaps", inRed)}`,
    ],
    [
      "blue-ann",
      `GET ${configMaps}/not-there`,
      `configmaps "not-there" is forbidden: ${cannot("blue-ann", "get", "configmaps", inRed)}`,
    ],
    [
      "blue-ann",
      `GET ${configMaps}`,
      `configmaps is forbidden: ${cannot("blue-ann", "list", "configmaps", inRed)}`,
    ],
    [
      "blue-ann",
      `GET ${configMaps}?watch=1`,
      `configmaps is forbidden: ${cannot("blue-ann", "watch", "configmaps", inRed)}`,
    ],
    [
      "blue-ann",
      `DELETE ${configMaps}`,
      `configmaps is forbidden: ${cannot("blue-ann", "deletecollection", "configmaps", inRed)}`,
    ],
    [
      "red-ann",
      "GET /api/v1/configmaps",
      `configmaps is forbidden: ${cannot("red-ann", "list", "configmaps", "at the cluster scope")}`,
    ],
    [
      "red-ann",
      "GET /api/v1/namespaces/red",
      `namespaces "red" is forbidden: ${cannot("red-ann", "get", "namespaces", inRed)}`,
    ],
    [
      "red-ann",
      "GET /api/v1/namespaces/red/pods/x/log",
      `pods "x" is forbidden: ${cannot("red-ann", "get", "pods/log", inRed)}`,
    ],
    ["red-ann", "GET /metrics", 'forbidden: User "red-ann" cannot get path "/metrics"'],
  ];
  for (const [user, what, answer] of rows) {
    assert.equal(await as(user, what), answer, `${user} ${what}`);
  }
});

test("path tricks lead nowhere", async () => {
  for (const path of [
    "/api/v1/namespaces/blue/../red/configmaps/same",
    "/api/v1/namespaces/blue%2f..%2fred/configmaps/same",
    "/api/v1/namespaces/blue//configmaps/../../red/configmaps/same",
    "/api/v1//namespaces/red/configmaps/same",
    "//api/v1/namespaces/red/configmaps/same",
    "/api/v1/namespaces/red/configmaps/same/",
    "/api/v1/./namespaces/red/configmaps/same",
    "/api/v1/namespaces/%72ed/configmaps/same",
    "/api/v1/watch/namespaces/red/configmaps/same",
    "/api/v1/namespaces/red/configmaps/%2e%2e",
  ]) {
    const { status, text } = await server.ask(`GET ${path}`, undefined, { user: "blue-ann" });
    assert.ok(status === 403 || status === 404 || status === 400, `${path}: ${status}`);
    assert.ok(!text.includes('"of":"red"'), path);
  }
});

const grow = (more: object): object => ({ metadata: { name: "more" }, rules: [more] });

test("nobody grants more than he has", async () => {
  const red = `${rbac}/namespaces/red`;
  const secrets = grow(rules("get", "secrets"));
  const missing = `user "red-ann" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:
{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}`;
  const held = grow(rules("get list", "configmaps"));
  assert.equal(await as("red-ann", `POST ${red}/roles?dryRun=All`, held), "201");
  assert.equal(
    await as("red-ann", `POST ${red}/roles`, secrets),
    `roles.rbac.authorization.k8s.io "more" is forbidden: ${missing}`,
  );
  const bind = (role: object) => ({
    metadata: { name: "own" },
    roleRef: role,
    subjects: users("red-ann"),
  });
  const reader = bind(roleRef("reader", "ClusterRole"));
  assert.equal(
    await as("red-ann", `POST ${red}/rolebindings`, reader),
    `rolebindings.rbac.authorization.k8s.io "own" is forbidden: user "red-ann" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:
{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list" "watch"]}`,
  );
  const lost = bind(roleRef("nowhere", "ClusterRole"));
  assert.match(await as("red-ann", `POST ${red}/rolebindings`, lost), /not found/);
  assert.match(
    await as("red-ann", `POST ${rbac}/clusterrolebindings`, reader),
    /cannot create resource "clusterrolebindings"/,
  );
});

test("the verbs bind and escalate lift that for what they name", async () => {
  const blue = `${rbac}/namespaces/blue`;
  const bind = (name: string) => ({
    metadata: { name: "own" },
    roleRef: roleRef(name, "ClusterRole"),
    subjects: users("blue-ann"),
  });
  assert.equal(await as("blue-ann", `POST ${blue}/rolebindings?dryRun=All`, bind("reader")), "201");
  assert.match(await as("blue-ann", `POST ${blue}/rolebindings`, bind("nowhere")), /not found/);
  const role = { metadata: { name: "grown" }, rules: [rules("*", "*")] };
  assert.match(await as("blue-ann", `POST ${blue}/roles`, role), /not currently held/);
  await server.done(`POST ${blue}/roles`, { metadata: { name: "grown" }, rules: [] });
  assert.equal(await as("blue-ann", `PUT ${blue}/roles/grown?dryRun=All`, role), "200");
});

test("a service account's token acts in its namespace's name", async () => {
  const tokens = "/api/v1/namespaces/red/serviceaccounts/deployer/token";
  const request = { spec: { expirationSeconds: 600 } };
  const answer = await server.ask(`POST ${tokens}`, request, { user: "red-ann" });
  assert.equal(answer.status, 201);
  const { token, expirationTimestamp } = answer.body.status;
  assert.equal(Date.parse(expirationTimestamp) - server.clock.now(), 600_000);
  const reviews = "/apis/authentication.k8s.io/v1/tokenreviews";
  const reviewed = async (audiences: string[]) =>
    (await server.done(`POST ${reviews}`, { spec: { token, audiences } })).status;
  const here = await reviewed([]);
  assert.equal(here.user.username, "system:serviceaccount:red:deployer");
  assert.deepEqual(here.user.groups, [
    "system:serviceaccounts",
    "system:serviceaccounts:red",
    "system:authenticated",
  ]);
  assert.equal((await reviewed(["vault"])).authenticated, undefined);
  assert.match(
    await as("blue-ann", `POST ${tokens}`, request),
    /cannot create resource "serviceaccounts\/token"/,
  );
  assert.match(
    await as("red-ann", `POST ${tokens}`, { spec: { expirationSeconds: 5 } }),
    /may not specify a duration less than 10 minutes/,
  );
});

test("reviews answer as the server would", async () => {
  const group = "/apis/authorization.k8s.io/v1";
  const resourceAttributes = (namespace: string) => ({
    verb: "get",
    resource: "configmaps",
    namespace,
  });
  const ask = async (kind: string, spec: object, namespace = "") => {
    const inside = namespace === "" ? "" : `/namespaces/${namespace}`;
    const metadata = namespace === "" ? {} : { namespace };
    return (await server.done(`POST ${group}${inside}/${kind}`, { metadata, spec })).status;
  };
  const red = { user: "red-ann", resourceAttributes: resourceAttributes("red") };
  assert.equal((await ask("subjectaccessreviews", red)).allowed, true);
  assert.equal((await ask("localsubjectaccessreviews", red, "red")).allowed, true);
  const blue = { user: "red-ann", resourceAttributes: resourceAttributes("blue") };
  assert.equal((await ask("subjectaccessreviews", blue)).allowed, false);
  const page = { user: "red-ann", nonResourceAttributes: { verb: "get", path: "/healthz" } };
  assert.equal((await ask("subjectaccessreviews", page)).allowed, false);
  const nobody = await server.ask(`POST ${group}/subjectaccessreviews`, { spec: {} });
  assert.equal(nobody.status, 422);
  const mine = await server.ask(
    `POST ${group}/selfsubjectaccessreviews`,
    { spec: { resourceAttributes: resourceAttributes("red") } },
    { user: "red-ann" },
  );
  // Without the default roles not even that is for everybody.
  assert.equal(mine.status, 403);
});
