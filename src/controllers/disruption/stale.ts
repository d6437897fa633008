// A pod that was to be evicted and lives on is no target any more after a while.
import { refOfKey } from "../../client/key.ts";
import type { Action } from "../../control/action.ts";
import { ownKey, source, startController } from "../../control/controller.ts";
import { pods } from "../../schema/resources.ts";
import { printTime, timeMs } from "../../schema/time.ts";
import type { Pod, PodCondition } from "../../schema/types/core-v1.ts";
import { conditionOf } from "../conditions.ts";
import type { Parts, Running } from "../parts.ts";
import { isTerminal } from "../pods.ts";

const staleMs = 2 * 60_000;

/** The condition that says so, unless the pod is on its way out or its node ends it when it likes. */
function targetOf(pod: Pod): PodCondition | undefined {
  const condition = conditionOf(pod.status?.conditions, "DisruptionTarget");
  const isTarget = condition?.status === "True" && condition.reason !== "TerminationByKubelet";
  return isTarget && !pod.metadata.deletionTimestamp && !isTerminal(pod) ? condition : undefined;
}

function reconcile({ pod, now }: { pod: Pod; now: number }): Action[] {
  const target = targetOf(pod);
  if (!target) return [];
  const leftMs = (timeMs(target.lastTransitionTime) ?? 0) + staleMs - now;
  if (leftMs > 0) return [{ do: "again", afterMs: leftMs }];
  const condition: PodCondition = {
    type: "DisruptionTarget",
    ...(pod.metadata.generation ? { observedGeneration: pod.metadata.generation } : {}),
    status: "False",
    lastTransitionTime: printTime(now),
  };
  const conditions = pod.status?.conditions?.map((c) => (c === target ? condition : c));
  return [{ do: "setStatus", resource: pods, object: pod, status: { ...pod.status, conditions } }];
}

export function startStaleDisruptions(parts: Parts): Running {
  const cache = parts.caches.of(pods);
  return startController({
    ...parts,
    name: "stale disruptions",
    sources: [
      source(cache, (change) => (change.next && targetOf(change.next) ? ownKey(change) : [])),
    ],
    observe(key) {
      const pod = cache.get(refOfKey(key));
      return pod && { pod, now: parts.clock.now() };
    },
    reconcile,
  });
}
