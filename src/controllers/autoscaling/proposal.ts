// How many replicas a measured use asks for: pure arithmetic of upstream's replica calculator.

import { timeMs } from "../../schema/time.ts";
import type { Pod } from "../../schema/types/core-v1.ts";
import { conditionOf } from "../conditions.ts";
import type { Sample, Samples } from "./samples.ts";

/** Shares of the target by which the use may be off before anything is done. */
export type Tolerance = { down: number; up: number };

export type Proposal = {
  replicas: number;
  /** Average use of a pod, in thousandths. */
  averageMilli: number;
  /** The same in percent of what the pods ask for; only where the target is such a share. */
  percent?: number;
};

export type PodUse = {
  pods: readonly Pod[];
  samples: Samples;
  current: number;
  tolerance: Tolerance;
  now: number;
  /** A pod that has just started uses more CPU than it will, so its start counts for this resource. */
  isCpu: boolean;
  target: UseTarget;
};

/** What a pod shall use on average: an amount, or a share of what it asks for (by name of the pod). */
export type UseTarget =
  | { milli: number }
  | { percent: number; requests: ReadonlyMap<string, number> };

/** Upstream's defaults: how long a pod counts as starting, and until when its first readiness may come. */
const startingMs = 300_000;
const firstReadyMs = 30_000;

/** Least and most that 32 bits hold, as the API's counts. */
const replicasMax = 2 ** 31 - 1;

const isWithin = ({ down, up }: Tolerance, ratio: number): boolean =>
  1 - down <= ratio && ratio <= 1 + up;

const countOf = (replicas: number): number => Math.min(Math.ceil(replicas), replicasMax);

/** Throws with upstream's words when the samples tell nothing. */
export function proposeByPods(use: PodUse): Proposal {
  const { pods, current, tolerance, target } = use;
  if (pods.length === 0) throw new Error(noPods);
  const { ready, unready, missing, ignored } = group(use);
  const counted = new Map([...use.samples].map(([name, { milli }]) => [name, milli]));
  for (const name of [...ignored, ...unready]) counted.delete(name);
  if (counted.size === 0)
    throw new Error("did not receive metrics for targeted pods (pods might be unready)");
  const { ratio, ...measured } = measure(counted, target);
  const same = { replicas: current, ...measured };
  const growsUnready = unready.length > 0 && ratio > 1;
  if (!growsUnready && missing.length === 0)
    return isWithin(tolerance, ratio) ? same : { replicas: countOf(ratio * ready), ...measured };
  // What is not known is taken as what speaks against a change.
  if (ratio !== 1)
    for (const name of missing) counted.set(name, ratio < 1 ? atTarget(target, name) : 0);
  if (growsUnready) for (const name of unready) counted.set(name, 0);
  const careful = measure(counted, target).ratio;
  const isTurned = (ratio < 1 && careful > 1) || (ratio > 1 && careful < 1);
  if (isTurned || isWithin(tolerance, careful)) return same;
  const replicas = countOf(careful * counted.size);
  const isAgainst = (careful < 1 && replicas > current) || (careful > 1 && replicas < current);
  return isAgainst ? same : { replicas, ...measured };
}

export const noPods = "no pods returned by selector while calculating replica count";

type Measured = { ratio: number; averageMilli: number; percent?: number };

function measure(counted: ReadonlyMap<string, number>, target: UseTarget): Measured {
  if ("milli" in target) {
    const sum = [...counted.values()].reduce((total, milli) => total + milli, 0);
    const averageMilli = Math.trunc(sum / counted.size);
    return { ratio: averageMilli / target.milli, averageMilli };
  }
  const known = [...counted].filter(([name]) => target.requests.has(name));
  const used = known.reduce((total, [, milli]) => total + milli, 0);
  const asked = known.reduce((total, [name]) => total + (target.requests.get(name) ?? 0), 0);
  if (asked === 0) throw new Error("no metrics returned matched known pods");
  const percent = Math.trunc((used * 100) / asked);
  return {
    ratio: percent / target.percent,
    averageMilli: Math.trunc(used / known.length),
    percent,
  };
}

const atTarget = (target: UseTarget, name: string): number =>
  "milli" in target
    ? target.milli
    : Math.trunc(((target.requests.get(name) ?? 0) * Math.max(100, target.percent)) / 100);

type Groups = { ready: number; unready: string[]; missing: string[]; ignored: string[] };

function group({ pods, samples, isCpu, now }: PodUse): Groups {
  const groups: Groups = { ready: 0, unready: [], missing: [], ignored: [] };
  for (const pod of pods) {
    const { name = "", deletionTimestamp } = pod.metadata;
    const sample = samples.get(name);
    if (deletionTimestamp || pod.status?.phase === "Failed") groups.ignored.push(name);
    else if (pod.status?.phase === "Pending") groups.unready.push(name);
    else if (!sample) groups.missing.push(name);
    else if (isCpu && isStarting(pod, sample, now)) groups.unready.push(name);
    else groups.ready++;
  }
  return groups;
}

function isStarting({ status }: Pod, sample: Sample, now: number): boolean {
  const ready = conditionOf(status?.conditions, "Ready");
  const started = timeMs(status?.startTime);
  if (!ready || started === undefined) return true;
  const isUnready = ready.status === "False";
  const changed = timeMs(ready.lastTransitionTime) ?? 0;
  if (started + startingMs > now) return isUnready || sample.atMs < changed + sample.windowMs;
  return isUnready && started + firstReadyMs > changed;
}

/** For a figure that is not of the pods: `ratio` of use to target. `ready`: of pods that run and are ready. */
export function proposeByRatio(use: {
  ratio: number;
  current: number;
  ready: () => number;
  tolerance: Tolerance;
}): number {
  const { ratio, current, tolerance } = use;
  if (current === 0) return countOf(ratio);
  return isWithin(tolerance, ratio) ? current : countOf(ratio * use.ready());
}

/** For a figure that is shared by all pods, each of which shall have `targetMilli` of it. */
export function proposeByShare(use: {
  milli: number;
  targetMilli: number;
  /** Replicas that there are. */
  actual: number;
  tolerance: Tolerance;
}): Proposal {
  const { milli, targetMilli, actual, tolerance } = use;
  const isKept = isWithin(tolerance, milli / (targetMilli * actual));
  return {
    replicas: isKept ? actual : countOf(milli / targetMilli),
    averageMilli: actual === 0 ? milli : Math.ceil(milli / actual),
  };
}
