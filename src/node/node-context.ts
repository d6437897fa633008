// Makes what all pods of one node share.
import type { Log } from "../lib/log.ts";
import { runtimeClasses, services } from "../schema/resources.ts";
import { ImagePuller } from "./act/pull.ts";
import { Slots } from "./act/slots.ts";
import type { AgentOptions, AgentSettings } from "./agent-options.ts";
import { type NodeContext, podReference } from "./context.ts";
import type { Machine } from "./host.ts";
import { nodeObject } from "./node-object.ts";
import { watchedObjects } from "./objects.ts";
import { runProbe } from "./probes/run.ts";
import { ProbeTable } from "./probes/table.ts";
import { trustBundles } from "./trust/bundles.ts";
import { podCredentials } from "./trust/credentials.ts";
import type { PodWorker } from "./worker.ts";

export type ContextOptions = {
  readonly settings: AgentSettings;
  readonly machine: Machine;
  readonly log: Log;
  readonly record: NodeContext["record"];
  /** Of all pods, by uid: whose probes they are. */
  readonly workers: ReadonlyMap<string, PodWorker>;
  readonly stopped: AbortSignal;
};

export async function makeContext(
  options: AgentOptions,
  { settings, machine, log, record, workers, stopped }: ContextOptions,
): Promise<NodeContext> {
  const { nodeName, client, caches, runtime, host, clock, random } = options;
  const facts = {
    conditions: [],
    handlers: [],
    images: [],
    pressures: [],
    runtime: await runtime.version(),
  };
  const node = nodeObject({ name: nodeName, machine, settings, ...facts }, "");
  const addresses = machine.addresses.filter((a) => a.type === "InternalIP");
  return {
    ...{ nodeName, client, runtime, host, clock, random, log, settings, record, stopped },
    ...clusterObjects(options),
    probes: probeTable(options, workers, record),
    hostIps: addresses.map((a) => a.address),
    slots: new Slots(settings.startsMax),
    images: new ImagePuller(runtime, clock),
    objects: options.objects ?? watchedObjects(caches),
    bundles: trustBundles(caches),
    credentials: podCredentials({ nodeName, client, caches, clock, random, log, record }),
    machineMemoryBytes: machine.memoryBytes,
    resolver: await host.resolver(),
    allocatable: node.status?.allocatable ?? {},
  };
}

/** What pods need to know of objects that are not their own. */
function clusterObjects({
  caches,
}: AgentOptions): Pick<NodeContext, "services" | "runtimeHandler"> {
  const serviceCache = caches.of(services);
  const classes = caches.of(runtimeClasses);
  return {
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
  };
}

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
