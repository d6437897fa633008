// A node that runs short says so, makes room, and takes nobody who would be the next to go.
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeCaches } from "../../src/client/cache.ts";
import { silent } from "../../src/lib/log.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { startCluster } from "../../src/main/testing.ts";
import { startAgent } from "../../src/node/agent.ts";
import type { Signals } from "../../src/node/pressure/signals.ts";
import { simulatedHost } from "../../src/node/simulated/host.ts";
import { LogStore } from "../../src/node/simulated/logs.ts";
import { simulatedRuntime } from "../../src/node/simulated/runtime.ts";
import { nodes, pods } from "../../src/schema/resources.ts";

const namespace = "default";
const gibi = 2 ** 30;
const plenty: Signals = {
  memory: { available: 4 * gibi, capacity: 8 * gibi },
  disk: { available: 50 * gibi, capacity: 100 * gibi },
  inodes: { available: 500, capacity: 1000 },
  processes: { available: 30_000, capacity: 32_768 },
};

test("a node short of memory ends pods one by one, the least important first", async () => {
  await using cluster = await startCluster({ clock: "virtual", simulatedNodes: 0 });
  const [nodeCache, podCache] = [await cluster.cache(nodes), await cluster.cache(pods)];
  const { client, clock } = cluster;
  const random = seededRandom(1);
  const caches = makeCaches({ client, clock, random, log: silent });
  const logs = new LogStore();
  let signals = plenty;
  const agent = await startAgent({
    nodeName: "small",
    client,
    caches,
    runtime: simulatedRuntime({ clock, logs, idPrefix: "s", podCidr: () => "100.64.0.0/24" }),
    host: simulatedHost({ name: "small", ip: "172.16.0.1", signals: () => signals }, logs),
    clock,
    random,
    log: silent,
  });
  const create = (name: string, priority: number) =>
    client.create(pods, {
      metadata: { name, namespace },
      spec: {
        nodeName: "small",
        priority,
        containers: [{ name: "c", image: "busybox", command: ["sh", "-c", "serve"] }],
      },
    });
  const status = (name: string) => podCache.get({ namespace, name })?.status;
  const pressure = () =>
    nodeCache.get({ name: "small" })?.status?.conditions?.find((c) => c.type === "MemoryPressure");
  await create("a", 0);
  await create("b", 0);
  await cluster.until(() => ["a", "b"].every((name) => status(name)?.phase === "Running"));
  await clock.advance(60_000);
  assert.equal(pressure()?.status, "False");

  signals = { ...plenty, memory: { available: gibi / 100, capacity: 8 * gibi } };
  await cluster.until(() => ["a", "b"].some((name) => status(name)?.phase === "Failed"));
  await cluster.until(() => pressure()?.status === "True");
  assert.equal(pressure()?.reason, "KubeletHasInsufficientMemory");
  const gone = ["a", "b"].find((name) => status(name)?.phase === "Failed") ?? "";
  const kept = gone === "a" ? "b" : "a";
  assert.equal(status(kept)?.phase, "Running");
  signals = plenty;
  assert.equal(status(gone)?.reason, "Evicted");
  assert.match(status(gone)?.message ?? "", /^The node was low on resource: memory\. Threshold/);
  const target = status(gone)?.conditions?.find((c) => c.type === "DisruptionTarget");
  assert.deepEqual([target?.status, target?.reason], ["True", "TerminationByKubelet"]);

  await create("late", 0);
  await cluster.until(() => status("late")?.phase === "Failed");
  assert.deepEqual(
    [status("late")?.reason, status("late")?.message],
    ["Evicted", "Pod was rejected: The node had condition: [MemoryPressure]. "],
  );
  await clock.advance(6 * 60_000);
  await cluster.until(() => pressure()?.status === "False");
  assert.equal(status(kept)?.phase, "Running");
  await agent.stop();
  await caches.stop();
});
