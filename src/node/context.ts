// What all pods of one node share.
import type { Client } from "../client/client.ts";
import type { Said } from "../control/action.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Random } from "../lib/random.ts";
import type { ObjectReference, Pod, Service } from "../schema/types/core-v1.ts";
import type { ImagePuller } from "./act/pull.ts";
import type { Slots } from "./act/slots.ts";
import type { AgentSettings } from "./agent-options.ts";
import type { Resolver } from "./config/resolver.ts";
import type { Host } from "./host.ts";
import type { ObjectSource } from "./objects.ts";
import type { ProbeTable } from "./probes/table.ts";
import type { Runtime } from "./runtime.ts";
import type { TrustBundles } from "./trust/bundles.ts";
import type { PodCredentials } from "./trust/credentials.ts";

export type NodeContext = {
  readonly nodeName: string;
  readonly client: Client;
  readonly runtime: Runtime;
  readonly host: Host;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly settings: AgentSettings;
  readonly record: (said: Said) => void;
  readonly slots: Slots;
  readonly images: ImagePuller;
  readonly objects: ObjectSource;
  readonly bundles: TrustBundles;
  readonly credentials: PodCredentials;
  readonly probes: ProbeTable;
  /** Those of a namespace, and the API's. */
  readonly services: (namespace: string) => Promise<readonly Service[]>;
  /** Name of the runtime's handler for a pod; rejects when its runtime class is not there. */
  readonly runtimeHandler: (pod: Pod) => Promise<string>;
  /** Aborted when the agent stops; pods then go on without it. */
  readonly stopped: AbortSignal;
  readonly machineMemoryBytes: number;
  readonly hostIps: readonly string[];
  readonly resolver: Resolver;
  /** Allocatable resources of the node, for the downward API. */
  readonly allocatable: Readonly<Record<string, string>>;
};

/** The pod, or one of its containers, as events name it. */
export function podReference(pod: Pod, container?: string): ObjectReference {
  const { name, namespace, uid, resourceVersion } = pod.metadata;
  const fieldPath = container === undefined ? undefined : containerPath(pod, container);
  return {
    apiVersion: "v1",
    kind: "Pod",
    ...(name ? { name } : {}),
    ...(namespace ? { namespace } : {}),
    ...(uid ? { uid } : {}),
    ...(resourceVersion ? { resourceVersion } : {}),
    ...(fieldPath ? { fieldPath } : {}),
  };
}

function containerPath({ spec }: Pod, name: string): string | undefined {
  for (const field of ["containers", "initContainers", "ephemeralContainers"] as const)
    if (spec[field]?.some((c) => c.name === name)) return `spec.${field}{${name}}`;
  return undefined;
}
