// The node agent (upstream's kubelet): runs the pods that are bound to its node and tells the API what became of them.
import { startRecorder } from "../control/events.ts";
import { logWith } from "../lib/log.ts";
import { nodes, pods as podResource, runtimeClasses, services } from "../schema/resources.ts";
import type { Pod } from "../schema/types/core-v1.ts";
import { ImagePuller } from "./act/pull.ts";
import { Slots } from "./act/slots.ts";
import { admission } from "./admit.ts";
import { type Agent, type AgentOptions, agentDefaults, type PodSource } from "./agent-options.ts";
import { kubeletApi } from "./api/kubelet-api.ts";
import { type NodeContext, podReference } from "./context.ts";
import { makeHeartbeat } from "./heartbeat.ts";
import { rotateLogs } from "./log-rotation.ts";
import { NodeKeeper } from "./node-keeper.ts";
import { nodeObject } from "./node-object.ts";
import { watchedObjects } from "./objects.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { orphanPods } from "./orphans.ts";
import { makeRoom, type Room } from "./pressure/room.ts";
import type { PressureType } from "./pressure/signals.ts";
import { runProbe } from "./probes/run.ts";
import { ProbeTable } from "./probes/table.ts";
import { Relist } from "./relist.ts";
import { trustBundles } from "./trust/bundles.ts";
import { podCredentials } from "./trust/credentials.ts";
import { PodWorker } from "./worker.ts";

/** Resolves when the node is registered; rejects when its machine or runtime cannot be used. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { nodeName, client, caches, runtime, host, clock, random } = options;
  const settings = { ...agentDefaults, ...options.settings };
  const log = logWith(options.log, { node: nodeName });
  const stopping = new AbortController();
  const recorder = startRecorder({
    client,
    clock,
    random,
    log,
    component: "kubelet",
    host: nodeName,
  });
  const machine = await host.machine();
  let room: Room | undefined;
  const nodeCache = caches.of(nodes);
  const keeper = new NodeKeeper({
    ...{ nodeName, client, runtime, machine, settings, clock, log },
    record: recorder.record,
    heartbeat: options.heartbeat ?? makeHeartbeat(clock),
    pressures: () => room?.pressures ?? [],
    shown: () => nodeCache.get({ name: nodeName }),
  });
  await keeper.register();

  const workers = new Map<string, PodWorker>();
  const probes = probeTable(options, workers, recorder.record);
  const serviceCache = caches.of(services);
  const classes = caches.of(runtimeClasses);
  const hostIps = machine.addresses.filter((a) => a.type === "InternalIP").map((a) => a.address);
  const facts = {
    conditions: [],
    handlers: [],
    images: [],
    pressures: [],
    runtime: await runtime.version(),
  };
  const credentials = podCredentials({
    ...{ nodeName, client, caches, clock, random, log },
    record: recorder.record,
  });
  const context: NodeContext = {
    ...{ nodeName, client, runtime, host, clock, random, log, settings, probes, hostIps },
    record: recorder.record,
    slots: new Slots(settings.startsMax),
    images: new ImagePuller(runtime, clock),
    objects: options.objects ?? watchedObjects(caches),
    bundles: trustBundles(caches),
    credentials,
    async services(namespace) {
      await serviceCache.synced;
      const api = serviceCache.get({ namespace: "default", name: "kubernetes" });
      return [...(api ? [api] : []), ...serviceCache.list(namespace)];
    },
    async runtimeHandler({ spec }) {
      if (!spec.runtimeClassName) return "";
      await classes.synced;
      const found = classes.get({ name: spec.runtimeClassName });
      if (!found) throw new Error(`runtimeclass.node.k8s.io "${spec.runtimeClassName}" not found`);
      return found.handler;
    },
    stopped: stopping.signal,
    machineMemoryBytes: machine.memoryBytes,
    resolver: await host.resolver(),
    allocatable:
      nodeObject({ name: nodeName, machine, settings, ...facts }, "").status?.allocatable ?? {},
  };

  const source: PodSource =
    options.pods ?? caches.of(podResource, { fieldSelector: `spec.nodeName=${nodeName}` });
  const pressures = (): readonly PressureType[] => room?.pressures ?? [];
  const admit = admission({ nodeName, client, nodes: nodeCache, workers, pressures });
  const begin = (pod: Pod, isOrphan = false): void => {
    const uid = pod.metadata.uid ?? "";
    const forget = (): void => void workers.delete(uid);
    const worker = new PodWorker({ context, pod, isOrphan, admit, forget });
    workers.set(uid, worker);
    worker.wake();
  };
  const takeOrphans = async (): Promise<void> => {
    const known = (): ReadonlySet<string> =>
      new Set([...workers.keys(), ...source.list().map((pod) => pod.metadata.uid ?? "")]);
    const orphans = await orphanPods(runtime, host, known);
    if (!stopping.signal.aborted) for (const pod of orphans) begin(pod, true);
  };
  const strayed = oneAtATime(takeOrphans, (error) =>
    log.warn("what is left of pods cannot be removed", { error }),
  );
  const relist = new Relist({ runtime, workers, strayed, log });
  const stops: (() => void)[] = [];
  const ready = source.synced.then(async () => {
    if (stopping.signal.aborted) return;
    await takeOrphans();
    stops.push(
      source.onChange(({ old, next }) => {
        const [before, now] = [old?.metadata.uid ?? "", next?.metadata.uid ?? ""];
        if (old && before !== now) workers.get(before)?.update(undefined);
        if (!next) return;
        const worker = workers.get(now);
        if (worker) worker.update(next);
        else begin(next);
      }),
      runtime.subscribe((event) => relist.told(event)),
    );
    if (settings.relistMs <= 0) return;
    const rotate = oneAtATime(
      () => rotateLogs(context, workers),
      (error) => log.warn("cannot rotate logs", { error }),
    );
    const own = makeRoom({ context, workers, changed: () => keeper.touch() });
    room = own;
    stops.push(
      repeat(clock, settings.relistMs, () => {
        relist.look();
        rotate();
        own.look();
      }),
      repeat(clock, imageGarbageMs, own.collect),
    );
  });
  ready.catch((error: unknown) => log.error("the agent cannot begin", { error }));
  return {
    ready,
    api: kubeletApi({ context, workers }),
    async stop() {
      stopping.abort();
      for (const stop of stops) stop();
      probes.stop();
      await Promise.all([...workers.values()].map((worker) => worker.stop()));
      await credentials.stop();
      await keeper.stop();
      await recorder.stop();
    },
    async stopPods(graceSecondsMax) {
      stopping.abort();
      for (const stop of stops) stop();
      probes.stop();
      await Promise.all([...workers.values()].map((worker) => worker.stop()));
      await Promise.all([...workers.values()].map((worker) => worker.halt(graceSecondsMax)));
    },
  };
}

/** Upstream's period. */
const imageGarbageMs = 5 * 60_000;

function probeTable(
  { runtime, host, clock, random, log }: AgentOptions,
  workers: ReadonlyMap<string, PodWorker>,
  record: NodeContext["record"],
): ProbeTable {
  const names = { liveness: "Liveness", readiness: "Readiness", startup: "Startup" } as const;
  return new ProbeTable({
    clock,
    random,
    run(probe, _kind, target) {
      const podIp = workers.get(target.pod.metadata.uid ?? "")?.podIp ?? "";
      return runProbe({ host, runtime }, probe, target, podIp);
    },
    changed: (uid) => workers.get(uid)?.wake(),
    failed: ({ container }, kind, error) =>
      log.debug("a probe could not be made", { container: container.name, kind, error }),
    refused({ pod, container }, kind, { result, output }) {
      const isWarning = result === "warning";
      record({
        about: podReference(pod, container.name),
        type: "Warning",
        reason: isWarning ? "ProbeWarning" : "Unhealthy",
        message: `${names[kind]} probe ${isWarning ? "warning" : "failed"}: ${output}`,
      });
    },
  });
}

function repeat(clock: AgentOptions["clock"], periodMs: number, run: () => void): () => void {
  let cancel = clock.after(periodMs, function again() {
    cancel = clock.after(periodMs, again);
    run();
  });
  return () => cancel();
}
