// Which pod goes first when a node runs short. Pure; the order is upstream's: those that use more than they asked for,
// then the lower priority, then how far they are above what they asked for.

import { requestsOf } from "../../schema/pod-requests.ts";
import { parseQuantity, wholeValue } from "../../schema/quantity.ts";
import type { Pod } from "../../schema/types/core-v1.ts";
import { isCriticalPod } from "../pod/critical.ts";
import { quantity, type Shortage, shortageText } from "./signals.ts";

export type ContainerUse = { readonly name: string; readonly bytes: number };

export type Candidate = {
  readonly pod: Pod;
  /** What its containers use of the resource; for pids: processes, when known. */
  readonly uses: readonly ContainerUse[];
};

export type Victim = { readonly pod: Pod; readonly message: string };

/** The pod to end, undefined when none may be. */
export function victimOf(shortage: Shortage, candidates: readonly Candidate[]): Victim | undefined {
  const [worst] = candidates
    .filter(({ pod }) => !isCriticalPod(pod))
    .map((candidate) => ({ ...candidate, above: above(shortage, candidate) }))
    .sort(
      (a, b) =>
        Number(b.above > 0) - Number(a.above > 0) ||
        (a.pod.spec.priority ?? 0) - (b.pod.spec.priority ?? 0) ||
        b.above - a.above,
    );
  return worst && { pod: worst.pod, message: messageOf(shortage, worst) };
}

function above({ resource }: Shortage, { pod, uses }: Candidate): number {
  const used = uses.reduce((sum, { bytes }) => sum + bytes, 0);
  const requests = requestsOf(pod);
  if (resource === "memory") return used - requests.memoryBytes;
  return resource === "ephemeral-storage" ? used - requests.ephemeralBytes : used;
}

function messageOf(shortage: Shortage, { pod, uses }: Candidate): string {
  const { resource } = shortage;
  const texts = uses.map(({ name, bytes }) => {
    const container = pod.spec.containers.find((c) => c.name === name);
    const asked = container?.resources?.requests?.[resource];
    const parsed = asked === undefined ? undefined : parseQuantity(asked);
    if (bytes <= (parsed ? wholeValue(parsed) : 0)) return "";
    return `Container ${name} was using ${quantity(bytes)}, request is ${asked ?? "0"}, has larger consumption of ${resource}. `;
  });
  return shortageText(shortage) + texts.join("");
}
