// Addresses and node ports of Services: no two get the same, and what is given up is free again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type ApiServer, turn } from "../kit/api-server.ts";
import { guardedServer } from "../kit/guarded-server.ts";

const path = "/api/v1/namespaces/default/services";
const addresses = "/apis/networking.k8s.io/v1/ipaddresses";
const blocks = "/apis/networking.k8s.io/v1/servicecidrs";

async function server(): Promise<ApiServer> {
  const api = guardedServer();
  await api.done("POST /api/v1/namespaces", { metadata: { name: "default" } });
  return api;
}

const service = (name: string, spec: object = {}) => ({
  metadata: { name },
  spec: { ports: [{ port: 80 }], ...spec },
});

/** What follows a write waits for nothing but its turn. */
async function settled(): Promise<void> {
  for (let i = 0; i < 50; i++) await turn();
}

async function known(api: ApiServer): Promise<Record<string, string>> {
  await settled();
  const { items } = await api.done(`GET ${addresses}`);
  return Object.fromEntries(
    items.map(({ metadata, spec }: { metadata: { name: string }; spec: { parentRef: object } }) => [
      metadata.name,
      Object.values(spec.parentRef).join("/"),
    ]),
  );
}

test("the address of a Service has an object that names it, as long as it is there", async () => {
  const api = await server();
  const made = await api.done(`POST ${path}`, service("a"));
  const address = made.spec.clusterIP;
  const { metadata, spec } = await api.done(`GET ${addresses}/${address}`);
  assert.deepEqual(metadata.labels, {
    "ipaddress.kubernetes.io/ip-family": "IPv4",
    "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
  });
  assert.deepEqual(spec.parentRef, { resource: "services", namespace: "default", name: "a" });
  await api.done(`POST ${path}`, service("none", { clusterIP: "None" }));
  await api.done(`POST ${path}`, service("other", { type: "ExternalName", externalName: "x.y" }));
  assert.deepEqual(Object.keys(await known(api)), [address]);
  await api.done(`DELETE ${path}/a`);
  assert.deepEqual(await known(api), {});
});

test("a Service that becomes a name gives its address up", async () => {
  const api = await server();
  await api.done(`POST ${path}`, service("a", { clusterIP: "10.96.5.5" }));
  await api.done(`PATCH ${path}/a`, {
    spec: { type: "ExternalName", externalName: "x.y", clusterIP: null, clusterIPs: null },
  });
  assert.deepEqual(await known(api), {});
  await api.done(`POST ${path}`, service("b", { clusterIP: "10.96.5.5" }));
});

test("an address that a crash left behind amid the write of a Service is that Service's still", async () => {
  const api = await server();
  await api.done(`POST ${path}`, service("first"));
  const labels = {
    "ipaddress.kubernetes.io/ip-family": "IPv4",
    "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
  };
  const parentRef = { resource: "services", namespace: "default", name: "mine" };
  const metadata = { name: "10.96.5.6", labels };
  await api.done(`POST ${addresses}`, { metadata, spec: { parentRef } });
  const other = await api.ask(`POST ${path}`, service("other", { clusterIP: "10.96.5.6" }));
  assert.equal(other.status, 422);
  const mine = await api.done(`POST ${path}`, service("mine", { clusterIP: "10.96.5.6" }));
  assert.equal(mine.spec.clusterIP, "10.96.5.6");
  await api.done(`DELETE ${path}/mine`);
  assert.equal((await known(api))["10.96.5.6"], undefined);
});

const refused: { title: string; before?: string; address: string; message: RegExp }[] = [
  {
    title: "that a Service has",
    before: "service",
    address: "10.96.5.5",
    message: /failed to allocate IP 10.96.5.5: provided IP is already allocated/,
  },
  {
    title: "that somebody reserved",
    before: "object",
    address: "10.96.5.5",
    message: /failed to allocate IP 10.96.5.5: provided IP is already allocated/,
  },
  {
    title: "of no block",
    address: "192.0.2.1",
    message: /the provided network does not match the current range/,
  },
  {
    title: "of the network itself",
    address: "10.96.0.0",
    message: /the provided network does not match the current range/,
  },
];

for (const { title, before, address, message } of refused)
  test(`an address ${title} is not given`, async () => {
    const api = await server();
    if (before === "service") await api.done(`POST ${path}`, service("a", { clusterIP: address }));
    if (before === "object")
      await api.done(`POST ${addresses}`, {
        metadata: { name: address },
        spec: { parentRef: { resource: "services", namespace: "default", name: "later" } },
      });
    const answer = await api.ask(`POST ${path}`, service("b", { clusterIP: address }));
    assert.equal(answer.status, 422);
    assert.match(answer.body.message, message);
  });

test("a dry run tells of the server's own block", async () => {
  const api = await server();
  const away = service("a", { clusterIP: "192.0.2.1" });
  const { status, body } = await api.ask(`POST ${path}?dryRun=All`, away);
  assert.equal(status, 422);
  assert.match(body.message, /not in the valid range. The range of valid IPs is 10.96.0.0\/12/);
});

test("what a refused or a dry write took is free again", async () => {
  const api = await server();
  const wrong = service("a", { clusterIP: "10.96.5.5", ports: [{ port: 800_000 }] });
  assert.equal((await api.ask(`POST ${path}`, wrong)).status, 422);
  assert.deepEqual(await known(api), {});
  const right = service("a", { clusterIP: "10.96.5.5" });
  await api.done(`POST ${path}?dryRun=All`, right);
  assert.deepEqual(await known(api), {});
  await api.done(`POST ${path}`, right);
  assert.equal((await api.ask(`POST ${path}`, service("a"))).status, 409);
  assert.deepEqual(await known(api), { "10.96.5.5": "services/default/a" });
});

test("Services that are made at the same time get addresses and ports of their own", async () => {
  const api = await server();
  const made = await Promise.all(
    Array.from({ length: 40 }, (_, i) =>
      api.done(`POST ${path}`, service(`s${i}`, { type: "NodePort" })),
    ),
  );
  const of = (field: (one: (typeof made)[number]) => unknown): number =>
    new Set(made.map(field)).size;
  assert.equal(
    of(({ spec }) => spec.clusterIP),
    40,
  );
  assert.equal(
    of(({ spec }) => spec.ports[0].nodePort),
    40,
  );
  assert.equal(Object.keys(await known(api)).length, 40);
});

test("of many who ask for one address, one gets it", async () => {
  const api = await server();
  const asked = Array.from({ length: 10 }, (_, i) =>
    api.ask(`POST ${path}`, service(`s${i}`, { clusterIP: "10.96.5.5" })),
  );
  const codes = (await Promise.all(asked)).map(({ status }) => status);
  assert.deepEqual(codes.sort(), [201, ...Array.from({ length: 9 }, () => 422)]);
});

test("an object that somebody deletes comes back, one that no Service has goes", async () => {
  const api = await server();
  const { spec } = await api.done(`POST ${path}`, service("a"));
  await api.done(`DELETE ${addresses}/${spec.clusterIP}`);
  assert.deepEqual(await known(api), { [spec.clusterIP]: "services/default/a" });
});

test("a block that is ready gives addresses, one on its way out does not", async () => {
  const api = await server();
  const block = { metadata: { name: "extra" }, spec: { cidrs: ["10.200.0.0/24"] } };
  await api.done(`POST ${blocks}`, block);
  const ask = (name: string) => api.ask(`POST ${path}`, service(name, { clusterIP: "10.200.0.9" }));
  assert.equal((await ask("a")).status, 422);
  const ready = (status: string) => ({
    status: {
      conditions: [
        {
          type: "Ready",
          status,
          reason: "R",
          message: "",
          lastTransitionTime: "2026-01-01T00:00:00Z",
        },
      ],
    },
  });
  await api.done(`PATCH ${blocks}/extra/status`, ready("True"));
  await settled();
  assert.equal((await ask("a")).status, 201);
  await api.done(`DELETE ${path}/a`);
  await api.done(`PATCH ${blocks}/extra/status`, ready("False"));
  await settled();
  assert.equal((await ask("b")).status, 422);
});

const claimed = ({ store }: ApiServer): string[] => {
  const range = store.range("/registry/ranges/servicenodeports/");
  assert.ok(range.ok);
  return range.entries.map(({ key }) => key.split("/").at(-1)!);
};

test("two servers on one store never give the same twice", async () => {
  const one = await server();
  const other = guardedServer({ store: one.store });
  const made = await Promise.all(
    Array.from({ length: 40 }, (_, i) =>
      [one, other][i % 2]!.done(`POST ${path}`, service(`s${i}`, { type: "NodePort" })),
    ),
  );
  assert.equal(new Set(made.map(({ spec }) => spec.clusterIP)).size, 40);
  assert.equal(new Set(made.map(({ spec }) => spec.ports[0].nodePort)).size, 40);
  const named = (name: string) =>
    service(name, { type: "NodePort", ports: [{ port: 80, nodePort: 30_080 }] });
  const answers = await Promise.all([
    one.ask(`POST ${path}`, named("a")),
    other.ask(`POST ${path}`, named("b")),
  ]);
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 422]);
});

test("a node port is claimed as long as a Service has it", async () => {
  const api = await server();
  const ports = [{ port: 80, nodePort: 30_080 }];
  await api.done(`POST ${path}`, service("a", { type: "NodePort", ports }));
  await settled();
  assert.deepEqual(claimed(api), ["30080"]);
  const taken = await api.ask(`POST ${path}`, service("b", { type: "NodePort", ports }));
  assert.match(taken.body.message, /provided port is already allocated/);
  await api.done(`PATCH ${path}/a`, { spec: { type: "ClusterIP" } });
  await settled();
  assert.deepEqual(claimed(api), []);
  const wrong = service("c", { type: "NodePort", ports: [...ports, { port: 800_000 }] });
  assert.equal((await api.ask(`POST ${path}`, wrong)).status, 422);
  assert.deepEqual(claimed(api), []);
  await api.done(`POST ${path}`, service("d", { type: "NodePort", ports }));
  await api.done(`DELETE ${path}/d`);
  await settled();
  assert.deepEqual(claimed(api), []);
});

test("what a server that ended amid a write left is free again after a while", async () => {
  const first = await server();
  await first.server.core.claims("servicenodeports").take("30080");
  const later = guardedServer({ store: first.store });
  await later.clock.advance(120_000);
  await later.done(`POST ${path}`, service("a"));
  await settled();
  assert.deepEqual(claimed(later), []);
});
