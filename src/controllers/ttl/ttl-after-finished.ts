// Deletes Jobs some time after they have finished, when they say so.
import { refOfKey } from "../../client/key.ts";
import type { Action } from "../../control/action.ts";
import { ownKey, source, startController } from "../../control/controller.ts";
import { jobs } from "../../schema/resources.ts";
import { timeMs } from "../../schema/time.ts";
import type { Job } from "../../schema/types/batch-v1.ts";
import type { Parts, Running } from "../parts.ts";

function reconcile({ job, now }: { job: Job; now: number }): Action[] {
  const { namespace, name = "", uid = "", deletionTimestamp, resourceVersion } = job.metadata;
  const { ttlSecondsAfterFinished } = job.spec;
  const finished = timeMs(
    job.status?.conditions?.find(
      (c) => (c.type === "Complete" || c.type === "Failed") && c.status === "True",
    )?.lastTransitionTime,
  );
  if (deletionTimestamp || ttlSecondsAfterFinished === undefined || finished === undefined)
    return [];
  const leftMs = finished + ttlSecondsAfterFinished * 1000 - now;
  if (leftMs > 0) return [{ do: "again", afterMs: leftMs }];
  // The version makes sure that the time to live is the latest.
  return [
    {
      do: "delete",
      resource: jobs,
      ref: { namespace, name },
      uid,
      resourceVersion,
      propagation: "Foreground",
    },
  ];
}

export function startTtlAfterFinished(parts: Parts): Running {
  const cache = parts.caches.of(jobs);
  return startController({
    ...parts,
    name: "ttl-after-finished",
    sources: [source(cache, ownKey)],
    observe(key) {
      const job = cache.get(refOfKey(key));
      return job && { job, now: parts.clock.now() };
    },
    reconcile,
  });
}
