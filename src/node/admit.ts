// Whether this node takes a pod, by what it has and what already runs on it.
import type { Cache } from "../client/cache.ts";
import type { Client } from "../client/client.ts";
import { nodes } from "../schema/resources.ts";
import type { Node, Pod } from "../schema/types/core-v1.ts";
import { isOfLabels, type Judgement, judge, type Missing, type Refusal } from "./pod/admission.ts";
import { makeWay } from "./pod/preemption.ts";
import { type PressureType, refusedUnder } from "./pressure/signals.ts";
import type { PodWorker } from "./worker.ts";

export type AdmissionOptions = {
  readonly nodeName: string;
  readonly client: Client;
  readonly nodes: Cache<Node>;
  readonly workers: ReadonlyMap<string, PodWorker>;
  readonly pressures: () => readonly PressureType[];
};

/** Resolves when the pod may begin, which for a critical one may be when others have ended. */
export type Admission = (pod: Pod) => Promise<Refusal | undefined>;

export function admission(options: AdmissionOptions): Admission {
  const { nodeName, client, workers, pressures } = options;
  const others = (pod: Pod): Pod[] =>
    [...workers.values()]
      .filter((worker) => worker.isActive && worker.uid !== pod.metadata.uid)
      .map((worker) => worker.pod);
  const judged = (pod: Pod, node: Node): Judgement => {
    const refusal = refusedUnder(pressures(), pod);
    return refusal ? { is: "refused", refusal } : judge({ pod, node, others: others(pod) });
  };
  return async (pod) => {
    const known = options.nodes.get({ name: nodeName });
    let judgement = known && judged(pod, known);
    // Its labels may be newer than what is known of them.
    if (!judgement || (judgement.is === "refused" && isOfLabels(judgement.refusal)))
      judgement = judged(pod, await client.get(nodes, { name: nodeName }));
    if (judgement.is === "refused") return judgement.refusal;
    const victims = judgement.is === "short" ? makeWay(pod, others(pod), judgement.missing) : [];
    if (!victims) return noWay(judgement.is === "short" ? judgement.missing : []);
    // Who asks next must see that this room is taken, though those who had it are still ending.
    workers.get(pod.metadata.uid ?? "")?.take();
    await Promise.all(
      victims.map(({ metadata }) => {
        const victim = workers.get(metadata.uid ?? "");
        victim?.preempt();
        return victim?.ended;
      }),
    );
    return undefined;
  };
}

/** Upstream's words. */
function noWay(missing: readonly Missing[]): Refusal {
  const list = missing.map(({ resource, amount }) => `(res: ${resource}, q: ${amount}), `).join("");
  return {
    reason: "UnexpectedAdmissionError",
    message:
      "Unexpected error while attempting to recover from admission failure: preemption: error finding " +
      `a set of pods to preempt: no set of running pods found to reclaim resources: [${list}]`,
  };
}
