import type { Change } from "../../client/cache.ts";
import { keyOf, refOfKey } from "../../client/key.ts";
import { ownerKeys, ownKey, source, startController } from "../../control/controller.ts";
import { apiVersionOf } from "../../schema/resource.ts";
import { jobs, pods } from "../../schema/resources.ts";
import type { Job } from "../../schema/types/batch-v1.ts";
import type { Pod } from "../../schema/types/core-v1.ts";
import { adopters, byController, controllerOf, isControlledBy, ownAndOrphans } from "../owner.ts";
import type { Parts, Running } from "../parts.ts";
import { FailureMemory } from "./backoff.ts";
import { isTracked, untrack } from "./job-pods.ts";
import { isFinished, newlyEnded, type Observed } from "./pass.ts";
import { isManagedElsewhere, reconcile } from "./reconcile.ts";

export function startJob(parts: Parts): Running {
  const jobController = startJobs(parts);
  const letGo = startLettingGo(parts);
  return {
    async stop() {
      await Promise.all([jobController.stop(), letGo.stop()]);
    },
  };
}

function startJobs(parts: Parts): Running {
  const { caches, clock } = parts;
  const cache = caches.of(jobs);
  const podCache = caches.of(pods, { indexes: { byController } });
  const memory = new FailureMemory();

  function observe(key: string): Observed | undefined {
    const job = cache.get(refOfKey(key));
    if (!job || isFinished(job)) {
      if (job) memory.forget(job.metadata.uid!);
      return undefined;
    }
    const { uid = "" } = job.metadata;
    const own = podCache.by("byController", uid);
    const { succeeded, failed } = newlyEnded(job, own);
    return {
      job,
      pods: ownAndOrphans(podCache, job),
      failures: memory.see(uid, succeeded, failed),
      now: clock.now(),
    };
  }

  const forgetDeleted = cache.onChange(({ old, next }) => {
    if (old && !next) memory.forget(old.metadata.uid!);
  });
  const controller = startController({
    ...parts,
    name: "job",
    sources: [
      source(cache, ownKey),
      source(podCache, ownerKeys(jobs)),
      source(
        podCache,
        adopters(cache, (job) => job.spec.selector),
      ),
    ],
    observe,
    reconcile,
  });
  return {
    async stop() {
      forgetDeleted();
      await controller.stop();
    },
  };
}

/** Pods whose Job is gone or finished are let go of, else they could never be deleted. */
function startLettingGo(parts: Parts): Running {
  const { caches } = parts;
  const cache = caches.of(jobs);
  const podCache = caches.of(pods, { indexes: { byController } });

  function isOrphaned(pod: Pod): boolean {
    if (!isTracked(pod)) return false;
    const owner = controllerOf(pod);
    if (!owner) return true;
    if (owner.kind !== "Job" || owner.apiVersion !== apiVersionOf(jobs)) return false;
    const job = cache.get({ namespace: pod.metadata.namespace, name: owner.name });
    if (!job || !isControlledBy(pod, job)) return true;
    return isFinished(job) && !isManagedElsewhere(job);
  }

  function podsOfEnded({ old, next }: Change<Job>): string[] {
    const job = next ?? old;
    if (!job || (next && !isFinished(next))) return [];
    return podCache.by("byController", job.metadata.uid!).filter(isTracked).map(keyOf);
  }

  return startController({
    ...parts,
    name: "job-orphans",
    sources: [
      source(podCache, ({ key, next }) => (next && isTracked(next) ? [key] : [])),
      source(cache, podsOfEnded),
    ],
    observe: (key) => podCache.get(refOfKey(key)),
    reconcile: (pod) => (isOrphaned(pod) ? [untrack(pod)] : []),
  });
}
