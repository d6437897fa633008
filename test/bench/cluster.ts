// Whole clusters of ours: at rest, with a thousand simulated nodes, with a real one.
import { fleetOf, post } from "./bodies.ts";
import type { Measure } from "./figure.ts";
import { load } from "./load.ts";
import { connections, type Measured, pause, startMeasured } from "./process.ts";
import { createToRunning } from "./run-pod.ts";

const deployments = "/apis/apps/v1/namespaces/default/deployments";

export const idle: Measure = async function* (subject) {
  const server = await subject.start();
  await pause(10_000);
  const before = server.cpuMs();
  const seconds = 30;
  await pause(seconds * 1000);
  const share = (server.cpuMs() - before) / (seconds * 10);
  yield { what: "idle control plane, CPU of a core", value: share, unit: "%", target: "≤ 0.5" };
  const value = server.rssMb();
  yield { what: "idle control plane, memory", value, unit: "MB", target: "≤ 150" };
  await server.stop();
};

export const fleet: Measure = async function* () {
  const since = performance.now();
  const server = await startMeasured({ flags: ["--node", "none", "--simulated-nodes", "1000"] });
  await load(server, 1, 1, () => post(deployments, fleetOf(10_000)));
  for (let ready = 0; ready < 10_000; await pause(250)) {
    ready = await readyReplicas(server);
    if (performance.now() - since > 600_000) break;
  }
  const value = (performance.now() - since) / 1000;
  yield { what: "1,000 simulated nodes, 10,000 pods ready", value, unit: "s", target: "≤ 60" };
  yield { what: "memory then", value: server.rssMb(), unit: "MB", target: "-" };
  await server.stop();
};

const realNode = { flags: ["--node", "real"], folder: "/tmp/cox-bench-node" };

export const node: Measure = async function* () {
  const first = await startMeasured(realNode);
  await first.stop();
  const again = await startMeasured(realNode);
  const what = "warm start to a Ready node with containerd";
  yield { what, value: again.upMs, unit: "ms", target: "≤ 1500" };
  await again.stop();
};

export const run: Measure = async function* () {
  const server = await startMeasured(realNode);
  const times = (await createToRunning(server, 20)).sort((a, b) => a - b);
  const what = "create to Running of one pod, image there";
  yield { what: `${what}, median`, value: times[10] ?? 0, unit: "ms", target: "≤ 1000" };
  yield { what: `${what}, worst of 20`, value: times[19] ?? 0, unit: "ms", target: "≤ 1000" };
  await server.stop();
};

async function readyReplicas(server: Measured): Promise<number> {
  const [one] = connections(server.target, 1);
  if (!one) return 0;
  const { body } = await one.api({
    method: "GET",
    path: `${deployments}/fleet`,
    query: "",
    headers: {},
    body: () => Promise.resolve(new Uint8Array()),
    peer: { address: "" },
    signal: new AbortController().signal,
  });
  const parts: Uint8Array[] = [];
  if (body.is === "stream") for await (const chunks of body.batches) parts.push(...chunks);
  one.close();
  return JSON.parse(Buffer.concat(parts).toString()).status?.readyReplicas ?? 0;
}
