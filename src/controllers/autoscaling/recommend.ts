// How many replicas an autoscaler wants now, and why. Everything that keeps it from knowing goes into the report.
import { matchesLabels, parseLabelSelector, type Selection } from "../../schema/selectors.ts";
import type { Scale } from "../../schema/types/autoscaling-v1.ts";
import type {
  HorizontalPodAutoscaler,
  MetricSpec,
  MetricStatus,
} from "../../schema/types/autoscaling-v2.ts";
import type { Pod } from "../../schema/types/core-v1.ts";
import { bound, type History } from "./bounds.ts";
import { failedPrefix, failedReasons, type Measured, measure, toleranceOf } from "./metric.ts";
import type { Report } from "./report.ts";
import type { Metrics } from "./samples.ts";

export type Recommended = {
  replicas: number;
  /** What the event says; "" when nothing changes. */
  reason: string;
  statuses?: MetricStatus[];
};

export type Ask = {
  autoscaler: HorizontalPodAutoscaler;
  scale: Scale;
  history: History;
  report: Report;
  metrics: Metrics;
  podsOf: (namespace: string, selection: Selection) => Pod[];
  /** Remembers the selection; names another autoscaler that chooses one of these pods. */
  rivalOf: (selection: Selection, pods: readonly Pod[]) => string | undefined;
  now: number;
};

const tooFew = "Current number of replicas below Spec.MinReplicas";
const tooMany = "Current number of replicas above Spec.MaxReplicas";

/** Undefined when nothing can be said. */
export async function recommend(ask: Ask): Promise<Recommended | undefined> {
  const { autoscaler, scale, history, report, now } = ask;
  const { spec } = autoscaler;
  const current = scale.spec?.replicas ?? 0;
  const least = spec.minReplicas ?? 1;
  if (current === 0 && !mayWake(autoscaler, least)) {
    const why = "scaling is disabled since the replica count of the target is zero";
    report.set("ScalingActive", "False", "ScalingDisabled", why);
    return { replicas: 0, reason: "" };
  }
  if (current > spec.maxReplicas) return { replicas: spec.maxReplicas, reason: tooMany };
  if (current > 0 && current < least) return { replicas: least, reason: tooFew };
  const measured = await measureAll(ask);
  if (!measured) return undefined;
  const { replicas: wanted, name, statuses } = measured;
  const { replicas, able, limited } = bound(history, { spec, current, wanted, least, nowMs: now });
  report.set("AbleToScale", "True", able.reason, able.message);
  const isLimited = limited.isLimited ? "True" : "False";
  report.set("ScalingLimited", isLimited, limited.reason, limited.message);
  if (wanted > current) return { replicas, reason: `${name} above target`, statuses };
  if (wanted < current) return { replicas, reason: "All metrics below target", statuses };
  if (current === 0 && replicas < least) return { replicas: least, reason: tooFew, statuses };
  return { replicas, reason: "", statuses };
}

/** A workload at zero is left there, unless it was an autoscaler that brought it there. */
function mayWake(autoscaler: HorizontalPodAutoscaler, least: number): boolean {
  const isOwnDoing = autoscaler.status?.conditions?.some(
    ({ type, status }) => type === "ScaledToZero" && status === "True",
  );
  return isOwnDoing === true && (least !== 0 || hasFigureOfOthers(autoscaler));
}

/** Metrics that tell something even when no pod runs. */
export const hasFigureOfOthers = ({ spec }: HorizontalPodAutoscaler): boolean =>
  spec.metrics?.some(({ type }) => type === "Object" || type === "External") ?? false;

type Found = { replicas: number; name: string; statuses: MetricStatus[] };

async function measureAll(ask: Ask): Promise<Found | undefined> {
  const { autoscaler, scale, report, metrics, now } = ask;
  const selected = select(ask);
  if (!selected) return undefined;
  const wanted = scale.spec?.replicas ?? 0;
  const target = {
    ...selected,
    namespace: autoscaler.metadata.namespace ?? "",
    wanted,
    actual: scale.status?.replicas ?? 0,
    tolerance: toleranceOf(autoscaler),
    now,
  };
  const specs = autoscaler.spec.metrics ?? [];
  const statuses: MetricStatus[] = specs.map(() => ({ type: "" }));
  const failures: { spec: MetricSpec; why: string }[] = [];
  let best: Measured | undefined;
  for (const [index, spec] of specs.entries()) {
    try {
      const found = await measure(metrics, spec, target);
      statuses[index] = found.status;
      if (!best || best.replicas === 0 || found.replicas > best.replicas) best = found;
    } catch (error) {
      const why = error instanceof Error ? error.message : `${error}`;
      report.event("Warning", reasonOf(spec), why);
      failures.push({ spec, why });
    }
  }
  const [failure] = failures;
  // What is not known might keep the count where it is: only growth is safe.
  if (failure && (!best || best.replicas < wanted)) {
    const { spec, why } = failure;
    const message = `the HPA was unable to compute the replica count: ${why}`;
    report.set("ScalingActive", "False", reasonOf(spec), message);
    report.sizes({ current: wanted, statuses });
    const count = `${failures.length} invalid out of ${specs.length}`;
    const first = `${failedPrefix(spec)}: ${why}`;
    report.event(
      "Warning",
      "FailedComputeMetricsReplicas",
      `invalid metrics (${count}), first error is: ${first}`,
    );
  }
  if (!best || (failure && best.replicas < wanted)) return undefined;
  const active = `the HPA was able to successfully calculate a replica count from ${best.name}`;
  report.set("ScalingActive", "True", "ValidMetricFound", active);
  return { replicas: best.replicas, name: best.name, statuses };
}

const reasonOf = ({ type }: MetricSpec): string => failedReasons[type] ?? "InvalidMetricSourceType";

/** Which pods are meant; undefined when that is not clear, or another autoscaler means them too. */
function select(ask: Ask): { selection: Selection; pods: Pod[] } | undefined {
  const { autoscaler, scale, podsOf, rivalOf } = ask;
  const { namespace = "", name } = autoscaler.metadata;
  const text = scale.status?.selector ?? "";
  if (text === "")
    return refuse(ask, {
      reason: "SelectorRequired",
      why: "selector is required",
      condition: "InvalidSelector",
      message: "the HPA target's scale is missing a selector",
    });
  const selection = parseLabelSelector(text);
  const pods = podsOf(namespace, selection);
  const rival = rivalOf(selection, pods);
  if (rival === undefined) return { selection, pods };
  const both = `[${namespace}/${name} ${rival}]`;
  const why = `pods by selector ${text} are controlled by more than one HPA (e.g. ${both})`;
  const reason = "AmbiguousSelector";
  return refuse(ask, { reason, why, condition: reason, message: why });
}

type Refusal = { reason: string; why: string; condition: string; message: string };

function refuse({ report, scale }: Ask, refusal: Refusal): undefined {
  const { reason, why, condition, message } = refusal;
  report.event("Warning", reason, why);
  report.event("Warning", "FailedComputeMetricsReplicas", why);
  report.set("ScalingActive", "False", condition, message);
  report.sizes({ current: scale.spec?.replicas ?? 0 });
}

/** The first of `others` that chooses one of `pods`. */
export const rivalAmong = (
  others: Iterable<readonly [string, Selection]>,
  pods: readonly Pod[],
): string | undefined => {
  for (const [key, selection] of others)
    if (pods.some((pod) => matchesLabels(selection, pod.metadata.labels))) return key;
  return undefined;
};
