import assert from "node:assert/strict";
import { test } from "node:test";
import { guardedServer } from "../../test/kit/guarded-server.ts";
import { builtinKinds } from "../schema/kinds/index.ts";
import { groupPriority, newer, servedGroups, versionPriority } from "./groups.ts";

test("versions are offered the stable one first, then by number", () => {
  const order = "v10 v2 v1 v11beta2 v10beta3 v3beta1 v12alpha1 v11alpha2 foo1 foo10 v01 v1beta";
  const shuffled = "foo10 v1 v11alpha2 v01 v3beta1 v10 foo1 v12alpha1 v1beta v2 v10beta3 v11beta2";
  assert.equal(shuffled.split(" ").sort(newer).join(" "), order);
});

test("groups are offered in the order of their priority", () => {
  const names = servedGroups(builtinKinds).map(({ name }) => name);
  assert.deepEqual(names.slice(0, 5), [
    "",
    "apiregistration.k8s.io",
    "apps",
    "events.k8s.io",
    "authentication.k8s.io",
  ]);
  // A name that every object has is none of a group's.
  assert.equal(groupPriority("constructor"), groupPriority("example.com"));
  assert.ok(versionPriority("autoscaling", "v2") > versionPriority("autoscaling", "v1"));
});

const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

test("the short and the aggregated document name the same resources", async () => {
  const { ask } = guardedServer();
  for (const root of ["/api", "/apis"]) {
    const whole = await ask(`GET ${root}`, undefined, { accept: `${aggregated},application/json` });
    assert.equal(whole.headers["content-type"], aggregated);
    const short = await ask(`GET ${root}`, undefined, { accept: "application/json" });
    assert.equal(short.headers["content-type"], "application/json");
    const versions = whole.body.items.flatMap(
      (g: { metadata: { name?: string }; versions: object[] }) =>
        g.versions.map((v) => ({ group: g.metadata.name, ...v })),
    );
    assert.ok(versions.length > 0);
    for (const { group, version, resources } of versions) {
      const path = group === undefined ? `${root}/${version}` : `${root}/${group}/${version}`;
      const list = await ask(`GET ${path}`);
      const named = list.body.resources.map((r: { name: string }) => r.name).sort();
      const parts = resources.flatMap(
        (r: { resource: string; subresources?: { subresource: string }[] }) => [
          r.resource,
          ...(r.subresources ?? []).map((s) => `${r.resource}/${s.subresource}`),
        ],
      );
      assert.deepEqual(parts.sort(), named, path);
    }
  }
});

test("a document that the client has is not sent again", async () => {
  const server = guardedServer();
  const accept = { accept: aggregated };
  const first = await server.ask("GET /apis", undefined, accept);
  const etag = String(first.headers["etag"]);
  assert.match(etag, /^"[0-9A-F]{128}"$/);
  const again = { ...accept, "if-none-match": etag };
  const second = await server.ask("GET /apis", undefined, again);
  assert.deepEqual([second.status, second.text, second.headers["etag"]], [304, "", etag]);
  await defineThing(server);
  const third = await server.ask("GET /apis", undefined, again);
  assert.equal(third.status, 200);
  const last = third.body.items.at(-1);
  assert.equal(last.metadata.name, "example.com");
  assert.deepEqual(last.versions[0].resources[0].shortNames, ["th"]);
});

async function defineThing(server: ReturnType<typeof guardedServer>): Promise<void> {
  await server.done("POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
    metadata: { name: "things.example.com" },
    spec: {
      group: "example.com",
      names: { kind: "Thing", plural: "things", shortNames: ["th"] },
      scope: "Namespaced",
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object" } },
        },
      ],
    },
  });
  await server.clock.advance(1000);
}

test("what is not served is not found, and pages have their methods", async () => {
  const { ask } = guardedServer();
  const rows: [what: string, status: number][] = [
    ["GET /apis/apps", 200],
    ["GET /apis/apps/", 200],
    ["HEAD /apis/apps", 200],
    ["GET /apis/none", 404],
    ["GET /apis/apps/v2", 404],
    ["GET /apis/__proto__", 404],
    ["GET /apis/constructor/v1", 404],
    ["GET /api/v2", 404],
    ["POST /apis", 200],
    ["HEAD /api", 405],
    ["POST /", 200],
    ["GET /index.html", 200],
    ["GET /api/v1//pods", 404],
    ["GET //api/v1/pods", 404],
    ["POST /version", 405],
    ["GET /version/x", 404],
    ["GET /healthz/", 404],
    ["DELETE /api/v1", 405],
  ];
  for (const [what, status] of rows) assert.equal((await ask(what)).status, status, what);
});
