// Sizes what an autoscaler names by what is measured. Every autoscaler is looked at each 15 s and when its spec changes;
// it asks other servers for metrics and writes the scale itself, so its steps are not plain actions.
import type { Cache } from "../../client/cache.ts";
import { refOfKey } from "../../client/key.ts";
import type { Action } from "../../control/action.ts";
import { source, startController } from "../../control/controller.ts";
import { horizontalPodAutoscalers, pods } from "../../schema/resources.ts";
import { matchesLabels, type Selection } from "../../schema/selectors.ts";
import type { HorizontalPodAutoscaler } from "../../schema/types/autoscaling-v2.ts";
import type { Pod } from "../../schema/types/core-v1.ts";
import type { Parts, Running } from "../parts.ts";
import { type History, newHistory, rememberScale } from "./bounds.ts";
import { hasFigureOfOthers, type Recommended, recommend, rivalAmong } from "./recommend.ts";
import { Report } from "./report.ts";
import { type Metrics, metricsOf } from "./samples.ts";
import { findTarget, resize, type Target } from "./target.ts";

/** Upstream's --horizontal-pod-autoscaler-sync-period. */
const periodMs = 15_000;

type Observed = { key: string; autoscaler: HorizontalPodAutoscaler };
type Pass = Observed & { report: Report; target: Target; history: History };

export function startAutoscaling(parts: Parts): Running {
  const { caches } = parts;
  const cache = caches.of(horizontalPodAutoscalers);
  const podCache = caches.of(pods);
  const autoscaling = new Autoscaling(parts, podCache);

  return startController<Observed>({
    ...parts,
    name: "horizontal-pod-autoscaling",
    reads: [podCache],
    sources: [
      // Its own writes of the status change no generation and wake nobody.
      source(cache, ({ key, old, next }) =>
        old && next && old.metadata.generation === next.metadata.generation ? [] : [key],
      ),
    ],
    observe(key) {
      const autoscaler = cache.get(refOfKey(key));
      if (autoscaler) return { key, autoscaler };
      autoscaling.forget(key);
      return undefined;
    },
    reconcile: (observed) => autoscaling.reconcile(observed),
  });
}

/** What is remembered of each autoscaler from one look to the next, and a look. */
class Autoscaling {
  readonly #parts: Parts;
  readonly #podCache: Cache<Pod>;
  readonly #metrics: Metrics;
  readonly #histories = new Map<string, History>();
  readonly #selections = new Map<string, Selection>();

  constructor(parts: Parts, podCache: Cache<Pod>) {
    this.#parts = parts;
    this.#podCache = podCache;
    this.#metrics = metricsOf(parts.client);
  }

  forget(key: string): void {
    this.#histories.delete(key);
    this.#selections.delete(key);
  }

  async reconcile({ key, autoscaler }: Observed): Promise<Action[]> {
    const report = new Report(autoscaler, this.#parts.clock.now(), this.#parts.record);
    const target = await this.#reportedTarget(autoscaler, report);
    if (target) {
      const current = target.scale.spec?.replicas ?? 0;
      const history = this.#histories.get(key) ?? newHistory(current, this.#parts.clock.now());
      this.#histories.set(key, history);
      await this.#size({ key, autoscaler, report, target, history });
    }
    const { status } = report;
    return [
      { do: "setStatus", resource: horizontalPodAutoscalers, object: autoscaler, status },
      { do: "again", afterMs: periodMs },
    ];
  }

  #targetOf(autoscaler: HorizontalPodAutoscaler): Promise<Target> {
    return findTarget(this.#parts.client, this.#parts.objects(), autoscaler);
  }

  async #reportedTarget(
    autoscaler: HorizontalPodAutoscaler,
    report: Report,
  ): Promise<Target | undefined> {
    try {
      const target = await this.#targetOf(autoscaler);
      const able = "the HPA controller was able to get the target's current scale";
      report.set("AbleToScale", "True", "SucceededGetScale", able);
      return target;
    } catch (error) {
      const why = error instanceof Error ? error.message : `${error}`;
      report.event("Warning", "FailedGetScale", why);
      const unable = `the HPA controller was unable to get the target's current scale: ${why}`;
      report.set("AbleToScale", "False", "FailedGetScale", unable);
      return undefined;
    }
  }

  async #size(pass: Pass): Promise<void> {
    const { key, autoscaler, report, target, history } = pass;
    const { scale } = target;
    const current = scale.spec?.replicas ?? 0;
    const prefix = `${autoscaler.metadata.namespace}/`;
    const others = () => [...this.#selections].filter(([k]) => k !== key && k.startsWith(prefix));
    const recommended = await recommend({
      autoscaler,
      scale,
      history,
      report,
      metrics: this.#metrics,
      now: this.#parts.clock.now(),
      podsOf: (namespace, selection) =>
        this.#podCache
          .list(namespace)
          .filter((pod) => matchesLabels(selection, pod.metadata.labels)),
      rivalOf: (selection, chosen) => {
        this.#selections.set(key, selection);
        return rivalAmong(others(), chosen);
      },
    });
    if (!recommended) return;
    const { replicas, statuses } = recommended;
    if (replicas === current) report.sizes({ current, desired: current, statuses });
    else await this.#rescale(pass, recommended);
  }

  async #rescale(pass: Pass, { replicas, reason, statuses }: Recommended): Promise<void> {
    const { autoscaler, report, target, history } = pass;
    const { spec } = autoscaler;
    const current = target.scale.spec?.replicas ?? 0;
    const size = `New size: ${replicas}; reason: ${reason}`;
    try {
      await resize(this.#parts.client, target, replicas, () => this.#targetOf(autoscaler));
    } catch (error) {
      const why = error instanceof Error ? error.message : `${error}`;
      report.event("Warning", "FailedRescale", `${size}; error: ${why}`);
      const unable = `the HPA controller was unable to update the target scale: ${why}`;
      report.set("AbleToScale", "False", "FailedUpdateScale", unable);
      report.sizes({ current, statuses });
      return;
    }
    const done = `the HPA controller was able to update the target scale to ${replicas}`;
    report.set("AbleToScale", "True", "SucceededRescale", done);
    report.event("Normal", "SuccessfulRescale", size);
    rememberScale(history, { spec, from: current, to: replicas, nowMs: this.#parts.clock.now() });
    const isZeroed = current > 0 && replicas === 0 && spec.minReplicas === 0;
    report.scaledToZero(isZeroed && hasFigureOfOthers(autoscaler));
    report.sizes({ current, desired: replicas, statuses, isScaled: true });
  }
}
