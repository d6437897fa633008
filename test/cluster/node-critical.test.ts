// A node that is full makes room for a pod that the cluster needs: others end first, and say why.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startCluster } from "../../src/main/testing.ts";
import { events, nodes, pods } from "../../src/schema/resources.ts";
import type { Pod } from "../../src/schema/types/core-v1.ts";

type Ask = { cpu: number; critical?: boolean; graceSeconds?: number };

async function fullNode() {
  const cluster = await startCluster({ clock: "virtual", simulatedNodes: 1 });
  const [node] = (await cluster.client.list(nodes)).items;
  const nodeName = node?.metadata.name ?? "";
  const cpu = Number(node?.status?.allocatable?.["cpu"]);
  const cache = await cluster.cache(pods);
  const namespace = "kube-system";
  return {
    cluster,
    cpu,
    namespace,
    /** Bound by hand: the scheduler would not have chosen a node that is full. */
    create: (name: string, { cpu: share, critical = false, graceSeconds = 1 }: Ask) =>
      cluster.client.create(pods, {
        metadata: { name, namespace },
        spec: {
          nodeName,
          terminationGracePeriodSeconds: graceSeconds,
          ...(critical ? { priorityClassName: "system-node-critical" } : {}),
          containers: [
            {
              name: "c",
              image: "busybox",
              command: ["serve"],
              resources: { requests: { cpu: `${share}` } },
            },
          ],
        },
      }),
    status: (name: string) => cache.get({ namespace, name })?.status,
    phase: (name: string) => cache.get({ namespace, name })?.status?.phase,
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

const conditionOf = (status: Pod["status"], type: string) =>
  status?.conditions?.find((c) => c.type === type);

test("a critical pod gets the room of the pod that is nearest to what it needs", async () => {
  await using node = await fullNode();
  const { cluster, cpu, create, phase, status } = node;
  await create("large", { cpu: cpu - 1 });
  await create("small", { cpu: 1 });
  await cluster.until(() => phase("large") === "Running" && phase("small") === "Running");
  await create("needed", { cpu: 1, critical: true });
  await cluster.until(() => phase("needed") === "Running");
  assert.equal(phase("large"), "Running");
  assert.equal(phase("small"), "Failed");
  const { reason, message } = status("small") ?? {};
  assert.deepEqual([reason, message], ["Preempting", "Preempted in order to admit critical pod"]);
  const target = conditionOf(status("small"), "DisruptionTarget");
  assert.deepEqual(
    [target?.status, target?.reason, target?.message],
    ["True", "TerminationByKubelet", "Pod was preempted by Kubelet to accommodate a critical pod."],
  );
  await cluster.clock.advance(1000);
  const said = (await cluster.client.list(events, { namespace: node.namespace })).items;
  assert.ok(said.some((e) => e.reason === "Preempting" && e.involvedObject?.name === "small"));
});

test("where nobody may be ended, a critical pod is refused in upstream's words", async () => {
  await using node = await fullNode();
  const { cluster, cpu, create, phase, status } = node;
  await create("first", { cpu, critical: true });
  await cluster.until(() => phase("first") === "Running");
  await create("second", { cpu: 1, critical: true });
  await cluster.until(() => phase("second") === "Failed");
  assert.equal(status("second")?.reason, "UnexpectedAdmissionError");
  assert.match(
    status("second")?.message ?? "",
    /no set of running pods found to reclaim resources: \[\(res: cpu, q: 1000\), \]$/,
  );
  assert.equal(phase("first"), "Running");
});

test("a pod that is not critical is refused, and nobody ends for it", async () => {
  await using node = await fullNode();
  const { cluster, cpu, create, phase, status } = node;
  await create("first", { cpu });
  await cluster.until(() => phase("first") === "Running");
  await create("second", { cpu: 1 });
  await cluster.until(() => phase("second") === "Failed");
  assert.equal(status("second")?.reason, "OutOfcpu");
  assert.equal(phase("first"), "Running");
});

test("room is given once, whoever asks for it at the same moment", async () => {
  await using node = await fullNode();
  const { cluster, cpu, create, phase } = node;
  const names = ["a", "b", "c", "d"];
  await Promise.all(names.map((name) => create(name, { cpu })));
  await cluster.until(() =>
    names.every((name) => ["Running", "Failed"].includes(phase(name) ?? "")),
  );
  assert.equal(names.filter((name) => phase(name) === "Running").length, 1);
});
