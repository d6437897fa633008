// From what the metrics ask for to what is done now: recent recommendations steady it, rates and bounds limit it.
import type {
  HorizontalPodAutoscalerSpec,
  HPAScalingRules,
} from "../../schema/types/autoscaling-v2.ts";

/** What is remembered of one autoscaler. Times in ms. */
export type History = {
  recommended: { replicas: number; atMs: number }[];
  up: Change[];
  down: Change[];
};

type Change = { by: number; atMs: number };

export type Bounded = {
  replicas: number;
  /** Reasons and messages of the conditions AbleToScale and ScalingLimited. */
  able: Said;
  limited: Said & { isLimited: boolean };
};

type Said = { reason: string; message: string };

/** For how long a smaller recommendation is held back, unless the behavior says otherwise. */
const downWindowSeconds = 300;

/** Without a behavior: at most to double, and to 4 at least. */
const upFactor = 2;
const upLeast = 4;

export const newHistory = (replicas: number, nowMs: number): History => ({
  recommended: [{ replicas, atMs: nowMs }],
  up: [],
  down: [],
});

type Wish = {
  spec: HorizontalPodAutoscalerSpec;
  current: number;
  wanted: number;
  least: number;
  nowMs: number;
};

/** Remembers `wanted` in `history`. */
export function bound(history: History, wish: Wish): Bounded {
  const { spec, wanted } = wish;
  const steady = spec.behavior ? steadyBy(history, wish) : steadyDown(history, wish);
  remember(history, wish);
  const able =
    steady === wanted
      ? { reason: "ReadyForNewScale", message: "recommended size matches current size" }
      : spec.behavior && wanted >= wish.current
        ? { reason: "ScaleUpStabilized", message: recent("lower", "lowest") }
        : { reason: "ScaleDownStabilized", message: recent("higher", "highest") };
  const limit = spec.behavior
    ? limitByRates(history, { ...wish, wanted: steady })
    : limitPlainly({ ...wish, wanted: steady });
  const limited = { ...limit.said, isLimited: limit.replicas !== steady };
  return { replicas: limit.replicas, able, limited };
}

const recent = (how: string, most: string): string =>
  `recent recommendations were ${how} than current one, applying the ${most} recent recommendation`;

function steadyDown({ recommended }: History, { wanted, nowMs }: Wish): number {
  const cutoff = nowMs - downWindowSeconds * 1000;
  const held = recommended.filter(({ atMs }) => atMs >= cutoff).map((r) => r.replicas);
  return Math.max(wanted, ...held);
}

function steadyBy({ recommended }: History, { spec, current, wanted, nowMs }: Wish): number {
  const within = (seconds: number) =>
    recommended.filter(({ atMs }) => atMs > nowMs - seconds * 1000).map((r) => r.replicas);
  const { upSeconds, downSeconds } = windowsOf(spec);
  const lowest = Math.min(wanted, ...within(upSeconds));
  const highest = Math.max(wanted, ...within(downSeconds));
  return Math.min(Math.max(current, lowest), highest);
}

const windowsOf = ({ behavior }: HorizontalPodAutoscalerSpec) => ({
  upSeconds: behavior?.scaleUp?.stabilizationWindowSeconds ?? 0,
  downSeconds: behavior?.scaleDown?.stabilizationWindowSeconds ?? downWindowSeconds,
});

/** Keeps no more than can still count. */
function remember(history: History, { spec, wanted, nowMs }: Wish): void {
  const { upSeconds, downSeconds } = windowsOf(spec);
  const cutoff = nowMs - Math.max(upSeconds, downSeconds) * 1000;
  history.recommended = history.recommended.filter(({ atMs }) => atMs >= cutoff);
  history.recommended.push({ replicas: wanted, atMs: nowMs });
}

type Limit = { replicas: number; said: Said };

const inRange: Said = {
  reason: "DesiredWithinRange",
  message: "the desired count is within the acceptable range",
};
const tooMany: Said = {
  reason: "TooManyReplicas",
  message: "the desired replica count is more than the maximum replica count",
};
const tooFew: Said = {
  reason: "TooFewReplicas",
  message: "the desired replica count is less than the minimum replica count",
};
const tooFast = (reason: string, how: string): Said => ({
  reason,
  message: `the desired replica count is ${how} faster than the maximum scale rate`,
});

function limitPlainly({ spec, current, wanted, least }: Wish): Limit {
  const fastest = Math.max(upFactor * current, upLeast);
  const most = Math.min(spec.maxReplicas, fastest);
  if (wanted < least) return { replicas: least, said: tooFew };
  if (wanted <= most) return { replicas: wanted, said: inRange };
  const isRate = spec.maxReplicas > fastest;
  return { replicas: most, said: isRate ? tooFast("ScaleUpLimit", "increasing") : tooMany };
}

function limitByRates(history: History, { spec, current, wanted, least, nowMs }: Wish): Limit {
  if (wanted > current) {
    const rules = spec.behavior?.scaleUp;
    const fastest = Math.max(rateLimit(history, { rules, current, nowMs, sign: 1 }), current);
    const most = Math.min(spec.maxReplicas, fastest);
    if (wanted <= most) return { replicas: wanted, said: inRange };
    const isRate = spec.maxReplicas > fastest;
    return { replicas: most, said: isRate ? tooFast("ScaleUpLimit", "increasing") : tooMany };
  }
  if (wanted === current) return { replicas: wanted, said: inRange };
  const rules = spec.behavior?.scaleDown;
  const fastest = Math.min(rateLimit(history, { rules, current, nowMs, sign: -1 }), current);
  const bottom = Math.max(least, fastest);
  if (wanted >= bottom) return { replicas: wanted, said: inRange };
  const isRate = least < fastest;
  return { replicas: bottom, said: isRate ? tooFast("ScaleDownLimit", "decreasing") : tooFew };
}

type Rate = { rules: HPAScalingRules | undefined; current: number; nowMs: number; sign: 1 | -1 };

/** As far as the policies let the count go now. */
function rateLimit({ up, down }: History, { rules, current, nowMs, sign }: Rate): number {
  if (rules?.selectPolicy === "Disabled") return current;
  const limits = (rules?.policies ?? []).map(({ type, value, periodSeconds }) => {
    const since = nowMs - periodSeconds * 1000;
    const atStart = current - sum(up, since) + sum(down, since);
    if (type === "Pods") return atStart + sign * value;
    const share = atStart * (1 + (sign * value) / 100);
    return sign > 0 ? Math.ceil(share) : Math.trunc(share);
  });
  const isFarthest = rules?.selectPolicy !== "Min";
  // No policy at all leaves the bounds of the autoscaler alone.
  if (limits.length === 0) return sign > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  return isFarthest === sign > 0 ? Math.max(...limits) : Math.min(...limits);
}

const sum = (changes: readonly Change[], sinceMs: number): number =>
  changes.reduce((total, { by, atMs }) => (atMs > sinceMs ? total + by : total), 0);

/** Remembers that the count was changed, for the rates of the behavior. */
export function rememberScale(
  history: History,
  {
    spec,
    from,
    to,
    nowMs,
  }: { spec: HorizontalPodAutoscalerSpec; from: number; to: number; nowMs: number },
): void {
  if (!spec.behavior) return;
  const isUp = to > from;
  const rules = isUp ? spec.behavior.scaleUp : spec.behavior.scaleDown;
  const longest = Math.max(0, ...(rules?.policies ?? []).map((p) => p.periodSeconds));
  const changes = isUp ? history.up : history.down;
  const kept = changes.filter(({ atMs }) => atMs >= nowMs - longest * 1000);
  kept.push({ by: Math.abs(to - from), atMs: nowMs });
  if (isUp) history.up = kept;
  else history.down = kept;
}
