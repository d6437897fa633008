// Disruption budgets, and the marks of evictions that came to nothing.
import type { Change } from "../../client/cache.ts";
import { keyOf, refOfKey } from "../../client/key.ts";
import { referenceTo } from "../../control/action.ts";
import { ownKey, source, startController } from "../../control/controller.ts";
import { equal } from "../../lib/equal.ts";
import { podDisruptionBudgets, pods } from "../../schema/resources.ts";
import type { Pod } from "../../schema/types/core-v1.ts";
import type { PodDisruptionBudget } from "../../schema/types/policy-v1.ts";
import type { Parts, Running } from "../parts.ts";
import { isReady } from "../pods.ts";
import { matches } from "../selector.ts";
import { expectedOf, scalesBy } from "./expected.ts";
import { needsExpected, type Observed, reconcile } from "./reconcile.ts";
import { startStaleDisruptions } from "./stale.ts";

/** An empty selector selects all pods of the namespace. */
const selectsPod = ({ spec }: PodDisruptionBudget, pod: Pod): boolean =>
  spec?.selector !== undefined && matches(spec.selector, pod.metadata.labels);

const hasChanged = (old: Pod, next: Pod): boolean =>
  isReady(old) !== isReady(next) ||
  old.metadata.deletionTimestamp !== next.metadata.deletionTimestamp ||
  !equal(old.metadata.labels, next.metadata.labels);

export function startDisruption(parts: Parts): Running {
  const { caches, clock, record } = parts;
  const cache = caches.of(podDisruptionBudgets);
  const podCache = caches.of(pods);
  const { scaleOf, reads } = scalesBy(parts);

  function budgetsOf({ old, next }: Change<Pod>): string[] {
    if (old && next && !hasChanged(old, next)) return [];
    const all = cache.list((next ?? old)?.metadata.namespace);
    const now = next ? all.filter((budget) => selectsPod(budget, next)) : [];
    if (next && now.length > 1) warn(next, now[0]!);
    const before = old ? all.filter((budget) => selectsPod(budget, old)) : [];
    return [...now, ...before].map(keyOf);
  }

  function warn(pod: Pod, { metadata }: PodDisruptionBudget): void {
    const { namespace, name } = pod.metadata;
    record({
      about: referenceTo(pods, pod),
      type: "Warning",
      reason: "MultiplePodDisruptionBudgets",
      message: `Pod "${namespace}"/"${name}" matches multiple PodDisruptionBudgets.  Chose "${metadata.name}" arbitrarily.`,
    });
  }

  async function withExpected(observed: Omit<Observed, "expected">): Promise<Observed> {
    if (!needsExpected(observed.budget)) return { ...observed, expected: undefined };
    const found = expectedOf(observed.pods, scaleOf);
    const expected = await found.catch((error: unknown) =>
      error instanceof Error ? error : new Error(`${error}`),
    );
    return { ...observed, expected };
  }

  const budgets = startController<Omit<Observed, "expected">>({
    ...parts,
    name: "disruption",
    sources: [source(cache, ownKey), source(podCache, budgetsOf)],
    reads,
    observe(key) {
      const budget = cache.get(refOfKey(key));
      if (!budget) return undefined;
      const selected = podCache
        .list(budget.metadata.namespace)
        .filter((pod) => selectsPod(budget, pod));
      return { budget, pods: selected, now: clock.now() };
    },
    reconcile: async (observed) => reconcile(await withExpected(observed)),
  });
  const stale = startStaleDisruptions(parts);
  return {
    async stop() {
      await Promise.all([budgets.stop(), stale.stop()]);
    },
  };
}
