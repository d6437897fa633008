// Whether this node takes a pod, by what it has and what already runs on it.
import type { Cache } from "../client/cache.ts";
import type { Client } from "../client/client.ts";
import { nodes } from "../schema/resources.ts";
import type { Node, Pod } from "../schema/types/core-v1.ts";
import { isOfLabels, type Refusal, refusalOf } from "./pod/admission.ts";
import { type PressureType, refusedUnder } from "./pressure/signals.ts";
import type { PodWorker } from "./worker.ts";

export type AdmissionOptions = {
  readonly nodeName: string;
  readonly client: Client;
  readonly nodes: Cache<Node>;
  readonly workers: ReadonlyMap<string, PodWorker>;
  readonly pressures: () => readonly PressureType[];
};

export type Admission = (pod: Pod) => Promise<Refusal | undefined>;

export function admission(options: AdmissionOptions): Admission {
  const { nodeName, client, workers, pressures } = options;
  const others = (pod: Pod): Pod[] =>
    [...workers.values()]
      .filter((worker) => worker.isActive && worker.uid !== pod.metadata.uid)
      .map((worker) => worker.pod);
  return async (pod) => {
    const judge = (node: Node): Refusal | undefined =>
      refusedUnder(pressures(), pod) ?? refusalOf({ pod, node, others: others(pod) });
    const known = options.nodes.get({ name: nodeName });
    const refusal = known && judge(known);
    if (known && !(refusal && isOfLabels(refusal))) return refusal;
    // Its labels may be newer than what is known of them.
    return judge(await client.get(nodes, { name: nodeName }));
  };
}
