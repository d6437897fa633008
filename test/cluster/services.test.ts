import assert from "node:assert/strict";
import { test } from "node:test";
import { startCluster, type TestCluster } from "../../src/main/testing.ts";
import {
  configMaps,
  deployments,
  endpointSlices,
  endpoints,
  namespaces,
  pods,
  secrets,
  serviceAccounts,
  services,
} from "../../src/schema/resources.ts";
import type { ServiceSpec } from "../../src/schema/types/core-v1.ts";
import type { Endpoint } from "../../src/schema/types/discovery-v1.ts";
import { deployment, listed, namespace } from "../kit/workloads.ts";

async function start(spec: Partial<ServiceSpec> = {}, replicas = 2): Promise<TestCluster> {
  const cluster = await startCluster({ clock: "virtual", simulatedNodes: 2 });
  const ports = [{ name: "http", port: 80, targetPort: 8080 }];
  await cluster.client.create(services, {
    metadata: { name: "web", namespace },
    spec: { selector: { app: "web" }, ports, ...spec },
  });
  await cluster.client.create(deployments, deployment("web", { replicas }));
  return cluster;
}

const slices = async (cluster: TestCluster) =>
  (await listed(cluster, endpointSlices)).filter(
    (s) => s.metadata.labels?.["kubernetes.io/service-name"] === "web",
  );

const ready = async (cluster: TestCluster): Promise<Endpoint[]> =>
  (await slices(cluster)).flatMap((s) => s.endpoints ?? []).filter((e) => e.conditions?.ready);

test("ready pods are in a slice, with node and pod; those that leave are out", async () => {
  await using cluster = await start();
  await cluster.until(async () => (await ready(cluster)).length === 2);
  const [slice] = await slices(cluster);
  assert.deepEqual(slice?.ports, [{ name: "http", port: 8080, protocol: "TCP" }]);
  assert.equal(slice?.addressType, "IPv4");
  const [endpoint] = await ready(cluster);
  const pod = (await listed(cluster, pods)).find(
    (p) => p.metadata.name === endpoint?.targetRef?.name,
  );
  assert.deepEqual(endpoint, {
    addresses: [pod?.status?.podIP],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: pod?.spec.nodeName,
    targetRef: { kind: "Pod", namespace, name: pod?.metadata.name, uid: pod?.metadata.uid },
  });
  const old = await cluster.client.get(endpoints, { namespace, name: "web" });
  assert.deepEqual(
    old.subsets?.[0]?.addresses?.map((a) => a.ip).sort(),
    (await ready(cluster)).map((e) => e.addresses[0]).sort(),
  );
  await cluster.client.patch(
    deployments,
    { namespace, name: "web" },
    { spec: { replicas: 0 } },
    { type: "merge" },
  );
  await cluster.until(async () => (await ready(cluster)).length === 0);
  assert.equal((await slices(cluster)).length, 1, "an empty slice shows that the Service was seen");
});

test("200 pods are spread over slices of at most 100", async () => {
  await using cluster = await start({}, 200);
  await cluster.until(async () => (await ready(cluster)).length === 200);
  const sizes = (await slices(cluster)).map((s) => s.endpoints?.length ?? 0);
  assert.ok(sizes.every((size) => size <= 100) && sizes.length <= 4, `${sizes}`);
});

test("a service that goes takes its slices and endpoints with it", async () => {
  await using cluster = await start();
  await cluster.until(async () => (await ready(cluster)).length === 2);
  await cluster.client.delete(services, { namespace, name: "web" });
  await cluster.until(async () => (await slices(cluster)).length === 0);
  await cluster.until(
    async () => !(await listed(cluster, endpoints)).some((e) => e.metadata.name === "web"),
  );
});

test("endpoints that a user makes without a service stay", async () => {
  await using cluster = await start();
  await cluster.client.create(endpoints, {
    metadata: { name: "outside", namespace },
    subsets: [{ addresses: [{ ip: "192.0.2.1" }], ports: [{ port: 80 }] }],
  });
  await cluster.clock.advance(60_000);
  await cluster.client.get(endpoints, { namespace, name: "outside" });
});

test("every namespace has its service account and the server's certificate, also after they are deleted", async () => {
  await using cluster = await startCluster({ clock: "virtual" });
  const { client } = cluster;
  await client.create(namespaces, { metadata: { name: "x" }, spec: {} });
  const account = { namespace: "x", name: "default" };
  const map = { namespace: "x", name: "kube-root-ca.crt" };
  const both = async (): Promise<boolean> => {
    const accounts = await client.list(serviceAccounts, { namespace: "x" });
    const maps = await client.list(configMaps, { namespace: "x" });
    return accounts.items.length === 1 && maps.items.length === 1;
  };
  await cluster.until(both);
  const { data } = await client.get(configMaps, map);
  assert.match(data?.["ca.crt"] ?? "", /^-----BEGIN CERTIFICATE-----/);
  await client.delete(serviceAccounts, account);
  await client.delete(configMaps, map);
  await cluster.until(both);
  await client.patch(configMaps, map, { data: { "ca.crt": "tampered" } }, { type: "merge" });
  await cluster.until(async () => {
    const now = await client.get(configMaps, map);
    return now.data?.["ca.crt"] === data?.["ca.crt"];
  });
});

test("a token secret is filled in, and goes with its service account", async () => {
  await using cluster = await startCluster({ clock: "virtual" });
  const { client } = cluster;
  await client.create(serviceAccounts, { metadata: { name: "bot", namespace } });
  await client.create(secrets, {
    metadata: {
      name: "bot-token",
      namespace,
      annotations: { "kubernetes.io/service-account.name": "bot" },
    },
    type: "kubernetes.io/service-account-token",
  });
  const ref = { namespace, name: "bot-token" };
  await cluster.until(async () => !!(await client.get(secrets, ref)).data?.["namespace"]);
  const { data, metadata } = await client.get(secrets, ref);
  assert.equal(atob(data?.["namespace"] ?? ""), namespace);
  assert.match(atob(data?.["ca.crt"] ?? ""), /^-----BEGIN CERTIFICATE-----/);
  assert.ok(metadata.annotations?.["kubernetes.io/service-account.uid"]);
  await client.delete(serviceAccounts, { namespace, name: "bot" });
  await cluster.until(async () => (await listed(cluster, secrets)).length === 0);
});
