// Whom a node ends that has no room for a critical pod. Pure; the rule is upstream's (kubelet's preemption): rather pods
// that asked for nothing than those that are guaranteed what they asked for, and as few as possible.
import { qosClass } from "../../schema/kinds/core/pod/qos.ts";
import { type Amounts, requestsOf } from "../../schema/pod-requests.ts";
import type { Pod } from "../../schema/types/core-v1.ts";
import type { Missing } from "./admission.ts";
import { isCriticalPod } from "./critical.ts";

type Candidate = { readonly pod: Pod; readonly requests: Amounts };

/** The pods to end so that nothing is missing for `pod`; undefined when even all that may be ended are too few. */
export function makeWay(
  pod: Pod,
  others: readonly Pod[],
  missing: readonly Missing[],
): Pod[] | undefined {
  const may = others.filter((other) => mayEnd(pod, other));
  const candidates = may.map((other) => ({ pod: other, requests: requestsOf(other) }));
  if (without(missing, candidates).length > 0) return undefined;
  const of = (wanted: string) => candidates.filter((c) => qosClass(c.pod.spec) === wanted);
  const [bestEffort, burstable, guaranteed] = [of("BestEffort"), of("Burstable"), of("Guaranteed")];
  // Each group gives what the lesser groups together cannot, and what the greater ones do not give already.
  const first = fewest(guaranteed, without(missing, [...bestEffort, ...burstable]));
  const second = fewest(burstable, without(missing, [...bestEffort, ...first]));
  const third = fewest(bestEffort, without(missing, [...second, ...first]));
  return [...third, ...second, ...first].map((candidate) => candidate.pod);
}

const mayEnd = (pod: Pod, other: Pod): boolean =>
  !isCriticalPod(other) || (pod.spec.priority ?? 0) > (other.spec.priority ?? 0);

/** The nearest to what is missing, again and again until nothing is; `from` has enough. */
function fewest(from: readonly Candidate[], missing: readonly Missing[]): Candidate[] {
  const left = [...from];
  const chosen: Candidate[] = [];
  for (let still = missing; still.length > 0; ) {
    left.sort((a, b) => distance(still, a) - distance(still, b) || bySize(a, b));
    const [nearest] = left.splice(0, 1);
    if (!nearest) return chosen;
    chosen.push(nearest);
    still = without(still, [nearest]);
  }
  return chosen;
}

const requestOf = ({ requests }: Candidate, resource: string): number => {
  switch (resource) {
    case "pods":
      return 1;
    case "cpu":
      return requests.cpuMilli;
    case "memory":
      return requests.memoryBytes;
    case "ephemeral-storage":
      return requests.ephemeralBytes;
    default:
      return requests.extended.get(resource) ?? 0;
  }
};

/** What would still be missing without these pods. */
function without(missing: readonly Missing[], gone: readonly Candidate[]): Missing[] {
  return missing
    .map(({ resource, amount }) => ({
      resource,
      amount: gone.reduce((left, candidate) => left - requestOf(candidate, resource), amount),
    }))
    .filter(({ amount }) => amount > 0);
}

/** 0: the pod's end gives all; each resource that it gives nothing of counts 1. */
function distance(missing: readonly Missing[], candidate: Candidate): number {
  return missing.reduce((sum, { resource, amount }) => {
    const left = Math.max(amount - requestOf(candidate, resource), 0);
    return sum + (left / amount) ** 2;
  }, 0);
}

const bySize = (a: Candidate, b: Candidate): number =>
  a.requests.memoryBytes - b.requests.memoryBytes || a.requests.cpuMilli - b.requests.cpuMilli;
