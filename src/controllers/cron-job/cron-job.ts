import { refOfKey } from "../../client/key.ts";
import { ownerKeys, ownKey, source, startController } from "../../control/controller.ts";
import { cronJobs, jobs } from "../../schema/resources.ts";
import { byController } from "../owner.ts";
import type { Parts, Running } from "../parts.ts";
import { type Observed, reconcile } from "./reconcile.ts";

export function startCronJob(parts: Parts): Running {
  const { caches, clock } = parts;
  const cache = caches.of(cronJobs);
  const jobCache = caches.of(jobs, { indexes: { byController } });
  return startController({
    ...parts,
    name: "cronjob",
    sources: [source(cache, ownKey), source(jobCache, ownerKeys(cronJobs))],
    observe(key): Observed | undefined {
      const cronJob = cache.get(refOfKey(key));
      if (!cronJob) return undefined;
      const children = jobCache.by("byController", cronJob.metadata.uid!);
      return { cronJob, children, now: clock.now() };
    },
    reconcile,
  });
}
