// The node agent (upstream's kubelet): runs the pods that are bound to its node and tells the API what became of them.
import { startRecorder } from "../control/events.ts";
import { logWith } from "../lib/log.ts";
import { nodes, pods } from "../schema/resources.ts";
import { admission } from "./admit.ts";
import { type Agent, type AgentOptions, agentDefaults } from "./agent-options.ts";
import { kubeletApi } from "./api/kubelet-api.ts";
import { startChores } from "./chores.ts";
import { makeHeartbeat } from "./heartbeat.ts";
import { makeContext } from "./node-context.ts";
import { NodeKeeper } from "./node-keeper.ts";
import { podWorkers } from "./pod-workers.ts";
import { makeRoom } from "./pressure/room.ts";
import type { PodWorker } from "./worker.ts";

/** Resolves when the node is registered; rejects when its machine or runtime cannot be used. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { nodeName, client, caches, runtime, host, clock, random } = options;
  const settings = { ...agentDefaults, ...options.settings };
  const log = logWith(options.log, { node: nodeName });
  const stopping = new AbortController();
  const from = { component: "kubelet", host: nodeName };
  const recorder = startRecorder({ client, clock, random, log, ...from });
  const { record } = recorder;
  const machine = await host.machine();
  const workers = new Map<string, PodWorker>();
  const shared = { settings, machine, log, record };
  const context = await makeContext(options, { ...shared, workers, stopped: stopping.signal });
  const room = makeRoom({ context, workers, changed: () => keeper.touch() });
  const pressures = () => room.pressures;
  const nodeCache = caches.of(nodes);
  const keeper = new NodeKeeper({
    ...{ nodeName, client, runtime, clock, pressures, ...shared },
    heartbeat: options.heartbeat ?? makeHeartbeat(clock),
    shown: () => nodeCache.get({ name: nodeName }),
  });
  await keeper.register();

  const source = options.pods ?? caches.of(pods, { fieldSelector: `spec.nodeName=${nodeName}` });
  const admit = admission({ nodeName, client, nodes: nodeCache, workers, pressures });
  const podSet = podWorkers({ context, source, admit, workers });
  const stops: (() => void)[] = [];
  const ready = source.synced.then(async () => {
    if (stopping.signal.aborted) return;
    stops.push(await podSet.follow());
    stops.push(startChores({ context, workers, room, strayed: podSet.removeStrays }));
  });
  ready.catch((error: unknown) => log.error("the agent cannot begin", { error }));
  const stopWork = async (): Promise<void> => {
    stopping.abort();
    for (const stop of stops) stop();
    context.probes.stop();
    await podSet.stop();
  };
  return {
    ready,
    api: kubeletApi({ context, workers }),
    async stop() {
      await stopWork();
      await context.credentials.stop();
      await keeper.stop();
      await recorder.stop();
    },
    async stopPods(graceSecondsMax) {
      await stopWork();
      await podSet.halt(graceSecondsMax);
    },
  };
}
