// The node agent over its simulated runtime, in a whole cluster under virtual time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { randomInteger, seededRandom } from "../../src/lib/random.ts";
import { startCluster, type TestCluster } from "../../src/main/testing.ts";
import { configMaps, events, leases, nodes, pods } from "../../src/schema/resources.ts";
import type { Container, Pod, PodSpec } from "../../src/schema/types/core-v1.ts";

const namespace = "default";
const sh = (script: string, more: Partial<Container> = {}): Container => ({
  name: "c",
  image: "busybox:1",
  command: ["sh", "-c", script],
  ...more,
});

async function simulated(nodeCount = 1) {
  const cluster = await startCluster({ clock: "virtual", simulatedNodes: nodeCount });
  const cache = await cluster.cache(pods);
  const get = (name: string): Pod | undefined => cache.get({ namespace, name });
  return {
    cluster,
    get,
    phase: (name: string) => get(name)?.status?.phase,
    status: (name: string) => get(name)?.status?.containerStatuses?.[0],
    create: (name: string, spec: Partial<PodSpec>) =>
      cluster.client.create(pods, {
        metadata: { name, namespace },
        spec: { containers: [sh("serve")], ...spec },
      }),
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

const secondsSince = (cluster: TestCluster, start: number): number =>
  Math.round((cluster.clock.now() - start) / 1000);

test("a pod is bound, runs, and shows where", async () => {
  await using c = await simulated();
  await c.create("a", {});
  await c.cluster.until(() => c.phase("a") === "Running");
  const status = c.get("a")?.status;
  assert.match(status?.podIP ?? "", /^100\.64\.0\.\d+$/);
  assert.equal(status?.conditions?.find((x) => x.type === "Ready")?.status, "True");
  assert.match(c.status("a")?.containerID ?? "", /^simulated:\/\//);
  const said = (await c.cluster.client.list(events, { namespace })).items
    .filter((e) => e.involvedObject.name === "a" && e.source?.component === "kubelet")
    .map((e) => e.reason);
  assert.deepEqual(said, ["Pulling", "Pulled", "Created", "Started"]);
});

test("pods end as their containers do", async () => {
  const rows: [PodSpec["restartPolicy"], string, string][] = [
    ["Never", "sleep 5; exit 0", "Succeeded"],
    ["Never", "sleep 5; exit 3", "Failed"],
    ["OnFailure", "sleep 5", "Succeeded"],
  ];
  await using c = await simulated();
  for (const [i, [restartPolicy, script]] of rows.entries()) {
    await c.create(`p${i}`, { restartPolicy, containers: [sh(script)] });
  }
  const done = (i: number): boolean => ["Succeeded", "Failed"].includes(c.phase(`p${i}`) ?? "");
  await c.cluster.until(() => rows.every((_, i) => done(i)));
  for (const [i, row] of rows.entries()) assert.equal(c.phase(`p${i}`), row[2], row.join());
  const terminated = c.status("p1")?.state?.terminated;
  assert.deepEqual([terminated?.exitCode, terminated?.reason], [3, "Error"]);
});

test("a container that ends at once is started again after 0, 10, 20, 40 seconds", async () => {
  await using c = await simulated();
  const start = c.cluster.clock.now();
  await c.create("crash", { containers: [sh("exit 1")] });
  const times: number[] = [];
  for (let restarts = 1; restarts <= 4; restarts++) {
    await c.cluster.until(() => (c.status("crash")?.restartCount ?? 0) >= restarts, 600_000);
    times.push(secondsSince(c.cluster, start));
  }
  assert.deepEqual(times, [0, 10, 30, 70]);
  await c.cluster.until(() => c.status("crash")?.state?.waiting !== undefined);
  const { reason, message } = c.status("crash")?.state?.waiting ?? {};
  assert.equal(reason, "CrashLoopBackOff");
  assert.match(message ?? "", /^back-off 1m20s restarting failed container=c pod=crash_default\(/);
  assert.equal(c.phase("crash"), "Running");
});

test("init containers and sidecars run in their order", async () => {
  await using c = await simulated();
  await c.create("ordered", {
    restartPolicy: "Never",
    initContainers: [
      sh("sleep 3", { name: "first" }),
      sh("serve", { name: "side", restartPolicy: "Always" }),
      sh("sleep 2", { name: "second" }),
    ],
    containers: [sh("sleep 4")],
  });
  const init = () =>
    (c.get("ordered")?.status?.initContainerStatuses ?? []).map(
      (s) => Object.keys(s.state ?? {})[0],
    );
  await c.cluster.until(() => init()[0] === "running");
  assert.deepEqual(init(), ["running", "waiting", "waiting"]);
  assert.equal(c.phase("ordered"), "Pending");
  await c.cluster.until(() => init()[2] === "running");
  assert.deepEqual(init(), ["terminated", "running", "running"]);
  await c.cluster.until(() => c.status("ordered")?.state?.running !== undefined);
  await c.cluster.until(() => c.phase("ordered") === "Succeeded");
  assert.deepEqual(init(), ["terminated", "terminated", "terminated"]);
});

test("a pod waits for its config map, and runs once it is there", async () => {
  await using c = await simulated();
  await c.create("waits", {
    containers: [sh("serve", { envFrom: [{ configMapRef: { name: "late" } }] })],
  });
  await c.cluster.until(
    () => c.status("waits")?.state?.waiting?.reason === "CreateContainerConfigError",
  );
  assert.equal(c.status("waits")?.state?.waiting?.message, 'configmap "late" not found');
  const start = c.cluster.clock.now();
  await c.cluster.client.create(configMaps, { metadata: { name: "late", namespace }, data: {} });
  await c.cluster.until(() => c.phase("waits") === "Running");
  assert.ok(secondsSince(c.cluster, start) <= 1, "the change itself wakes the pod");
});

test("a deleted pod is gone, and its name is free again", async () => {
  await using c = await simulated();
  await c.create("a", {});
  await c.cluster.until(() => c.phase("a") === "Running");
  await c.cluster.client.delete(pods, { namespace, name: "a" });
  await c.cluster.until(() => c.get("a") === undefined);
  await c.create("a", {});
  await c.cluster.until(() => c.phase("a") === "Running");
});

test("a pod may not be active longer than its deadline", async () => {
  await using c = await simulated();
  await c.create("slow", { activeDeadlineSeconds: 30, containers: [sh("sleep 1000")] });
  await c.cluster.until(() => c.phase("slow") === "Failed", 40_000);
  assert.equal(c.get("slow")?.status?.reason, "DeadlineExceeded");
});

test("a node renews its lease and keeps its status", async () => {
  await using c = await simulated();
  const lease = async () =>
    (await c.cluster.client.get(leases, { namespace: "kube-node-lease", name: "simulated-0" }))
      .spec;
  const before = Date.parse((await lease()).renewTime ?? "");
  await c.cluster.clock.advance(35_000);
  const after = Date.parse((await lease()).renewTime ?? "");
  assert.ok(after - before >= 20_000 && c.cluster.clock.now() - after <= 10_000);
  const version = async () =>
    (await c.cluster.client.get(nodes, { name: "simulated-0" })).metadata.resourceVersion;
  const first = await version();
  await c.cluster.clock.advance(60_000);
  assert.equal(await version(), first, "an unchanged node is not written");
});

test("whatever is created and deleted, in the end all that is left runs", async (t) => {
  const seed = Number(process.env["SEED"] ?? 7);
  t.diagnostic(`SEED=${seed}`);
  const random = seededRandom(seed);
  await using c = await simulated(3);
  const alive = new Set<string>();
  for (let step = 0; step < 120; step++) {
    const name = `p${randomInteger(random, 25)}`;
    const kind = randomInteger(random, 4);
    if (alive.has(name)) {
      const graceSeconds = [undefined, 0, 1][randomInteger(random, 3)];
      const options = graceSeconds === undefined ? {} : { graceSeconds };
      await c.cluster.client.delete(pods, { namespace, name }, options).catch(() => {});
      alive.delete(name);
    } else if (c.get(name) === undefined) {
      const script = kind === 0 ? "sleep 3; exit 1" : kind === 1 ? "sleep 8" : "serve";
      await c.create(name, { containers: [sh(script)] }).then(
        () => alive.add(name),
        () => {},
      );
    }
    await c.cluster.clock.advance(randomInteger(random, 3000));
  }
  const settled = (): boolean =>
    [...alive].every((name) => c.phase(name) === "Running") &&
    [...Array(25).keys()].every((i) => alive.has(`p${i}`) || c.get(`p${i}`) === undefined);
  await c.cluster.until(settled, 120_000);
});

test("a pod bound by hand is refused when the node has no room for it", async () => {
  await using c = await simulated();
  const ask = (cpu: string): Container => sh("serve", { resources: { requests: { cpu } } });
  await c.create("big", { nodeName: "simulated-0", containers: [ask("30")] });
  await c.cluster.until(() => c.phase("big") === "Running");
  await c.create("more", { nodeName: "simulated-0", containers: [ask("3")] });
  await c.cluster.until(() => c.phase("more") === "Failed");
  const { reason, message } = c.get("more")?.status ?? {};
  assert.equal(reason, "OutOfcpu");
  assert.equal(
    message,
    "Pod was rejected: Node didn't have enough resource: cpu, requested: 3000, used: 30000, capacity: 32000",
  );
  const said = (await c.cluster.client.list(events, { namespace })).items;
  assert.ok(said.some((e) => e.involvedObject.name === "more" && e.reason === "OutOfcpu"));
  assert.equal(c.phase("big"), "Running");
});

test("exec on a simulated node says that nothing can be run there", async () => {
  await using c = await simulated();
  await c.create("a", {});
  await c.cluster.until(() => c.phase("a") === "Running");
  for (const [sub, query] of [
    ["exec", "command=ls&stdout=true"],
    ["attach", "stdout=true"],
    ["portforward", ""],
  ] as const) {
    const { status, body } = await c.cluster.api({
      method: "POST",
      path: `/api/v1/namespaces/${namespace}/pods/a/${sub}`,
      query,
      headers: { connection: "Upgrade", upgrade: "SPDY/3.1", "x-stream-protocol-version": "v4" },
      upgradable: true,
      identity: { user: "admin", groups: ["system:masters"] },
      body: async () => new Uint8Array(),
      peer: { address: "" },
      signal: new AbortController().signal,
    });
    assert.equal(status, 405, sub);
    const said = body.is === "bytes" ? Buffer.concat(body.chunks).toString() : "";
    assert.match(said, /is not possible: containers of this node are simulated, nothing runs/);
  }
});

test("a probe of a simulated container does what its command says", async () => {
  await using c = await simulated();
  const probe = (...command: string[]) => ({ exec: { command }, periodSeconds: 1 });
  const container = { name: "c", image: "busybox", command: ["serve"] };
  const spec = (more: object) => ({ containers: [{ ...container, ...more }] });
  await c.create("well", spec({ readinessProbe: probe("sh", "-c", "echo well") }));
  await c.create("ill", spec({ readinessProbe: probe("sh", "-c", "echo ill; exit 1") }));
  await c.create("slow", spec({ readinessProbe: probe("sleep", "5") }));
  await c.create("unknown", spec({ readinessProbe: probe("cat", "/tmp/ready") }));
  await c.create("dies", spec({ livenessProbe: { ...probe("false"), failureThreshold: 1 } }));
  await c.cluster.clock.advance(20_000);
  const first = async (name: string) =>
    (await c.cluster.client.get(pods, { namespace, name })).status?.containerStatuses?.[0];
  const isReady = async (name: string) => (await first(name))?.ready;
  await c.cluster.until(() => c.phase("dies") === "Running");
  assert.deepEqual(await Promise.all(["well", "ill", "slow", "unknown"].map(isReady)), [
    true,
    false,
    false,
    true,
  ]);
  assert.ok(((await first("dies"))?.restartCount ?? 0) > 0);
});
