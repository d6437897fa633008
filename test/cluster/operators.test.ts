// Operators by `coxswain/sdk`, in process and as programs that speak HTTPS.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type ConfigMap, configMaps, type Secret, secrets } from "coxswain/client";
import { controlledBy, findConnection, operator, type World } from "coxswain/sdk";
import { startCluster, type TestCluster } from "coxswain/testing";

const namespace = "default";
const start = (): Promise<TestCluster> => startCluster({ clock: "virtual", controllers: false });

const map = (name: string): ConfigMap => ({
  metadata: { name, namespace, labels: { mirror: "yes" } },
  data: { a: "1" },
});

/** Mirrors each labelled ConfigMap into a Secret, and counts how often it was asked. */
function mirror(byItself: boolean) {
  const seen: string[] = [];
  const made = operator<ConfigMap>({
    name: "mirror",
    resource: configMaps,
    labelSelector: "mirror=yes",
    owns: [secrets],
    finalizer: "example.com/mirror",
    async reconcile({ object, owned, client }) {
      seen.push(object.metadata.name ?? "");
      if (owned(secrets).length > 0) return [];
      const secret: Secret = controlledBy(configMaps, object, {
        metadata: { generateName: `${object.metadata.name}-` },
        ...(object.data && { stringData: object.data }),
      });
      if (!byItself) return [{ do: "create", resource: secrets, object: secret }];
      await client.create(secrets, secret);
      return [];
    },
    finalize: ({ owned }) =>
      owned(secrets).map(({ metadata }) => ({
        do: "delete",
        resource: secrets,
        ref: { namespace, name: metadata.name ?? "" },
        uid: metadata.uid ?? "",
      })),
  });
  return { seen, made };
}

const mirrors = async ({ client }: TestCluster): Promise<number> =>
  (await client.list(secrets, { namespace })).items.filter((s) => s.metadata.ownerReferences)
    .length;

for (const byItself of [false, true]) {
  const how = byItself ? "by its own writes" : "by actions";
  test(`an operator makes each thing once, ${how}, and cleans up before the end`, async () => {
    await using cluster = await start();
    const { client } = cluster;
    const { made } = mirror(byItself);
    await using running = made.start(cluster);
    for (const name of ["a", "b", "c"]) await client.create(configMaps, map(name));
    await client.create(configMaps, { metadata: { name: "other", namespace } });
    await cluster.until(async () => (await mirrors(cluster)) === 3);
    await client.patch(
      configMaps,
      { namespace, name: "a" },
      { data: { b: "2" } },
      { type: "merge" },
    );
    await cluster.clock.advance(60_000);
    assert.equal(await mirrors(cluster), 3);
    assert.ok(running.isReady && running.isIdle);
    await client.delete(configMaps, { namespace, name: "a" });
    const left = async () =>
      (await client.list(configMaps, { namespace, labelSelector: "mirror=yes" })).items;
    await cluster.until(async () => (await left()).length === 2);
    assert.equal(await mirrors(cluster), 2);
  });
}

test("of two replicas one works, the other one takes over at once when it stops", async () => {
  await using cluster = await start();
  const { client } = cluster;
  const lease = { namespace, name: "mirror" };
  const world = (identity: string): World => ({ ...cluster, leader: { lease, identity } });
  const [first, second] = [mirror(false), mirror(false)];
  const one = first.made.start(world("one"));
  await cluster.until(() => one.isLeader);
  await using two = second.made.start(world("two"));
  await client.create(configMaps, map("a"));
  await cluster.until(async () => (await mirrors(cluster)) === 1);
  assert.equal(second.seen.length, 0);
  await one.stop();
  await cluster.until(() => two.isLeader, 10_000);
  await client.create(configMaps, map("b"));
  await cluster.until(async () => (await mirrors(cluster)) === 2);
});

test("a program finds its server by a kubeconfig, answers health checks, ends when asked", async () => {
  await using cluster = await startCluster({ controllers: false });
  const folder = mkdtempSync(join(tmpdir(), "cox-operator-"));
  try {
    const kubeconfig = join(folder, "kubeconfig");
    writeFileSync(kubeconfig, await cluster.kubeconfig());
    const stop = new AbortController();
    const { promise: address, resolve: listening } = Promise.withResolvers<number>();
    const log = {
      debug() {},
      info: (_: string, fields?: Readonly<Record<string, unknown>>) => {
        if (typeof fields?.["health"] === "number") listening(fields["health"]);
      },
      warn() {},
      error() {},
    };
    const options = { kubeconfig, log, healthPort: 0, leaderElection: true, signal: stop.signal };
    const done = mirror(false).made.run(options);
    const port = await Promise.race([address, done.then(() => assert.fail("ended early"))]);
    const ask = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    await cluster.until(async () => (await ask("/readyz")) === 200);
    assert.deepEqual([await ask("/healthz"), await ask("/other")], [200, 404]);
    await cluster.client.create(configMaps, map("a"));
    await cluster.until(async () => (await mirrors(cluster)) === 1);
    stop.abort();
    await done;
    await assert.rejects(ask("/healthz"));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("in a pod the token is read anew when it changes, and what is missing is named", async () => {
  const account = mkdtempSync(join(tmpdir(), "cox-account-"));
  try {
    const environment = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "6443" };
    const write = (name: string, text: string) => writeFileSync(join(account, name), text);
    const nowhere = join(account, "none");
    await assert.rejects(
      findConnection({ environment: { KUBECONFIG: nowhere }, account }),
      /no API server: not in a pod .*no kubeconfig .*none/,
    );
    write("ca.crt", "AUTHORITY");
    write("namespace", "ml\n");
    write("token", "first\n");
    const connection = await findConnection({ environment, account });
    assert.deepEqual(connection.target, {
      server: "https://[fd00::1]:6443",
      authority: "AUTHORITY",
    });
    assert.deepEqual([connection.namespace, connection.inCluster], ["ml", true]);
    assert.equal(connection.token?.(), "first");
    rmSync(join(account, "token"));
    write("token", "second\n");
    assert.equal(connection.token?.(), "second");
  } finally {
    rmSync(account, { recursive: true });
  }
});
