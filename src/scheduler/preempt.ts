// Which pods of lower priority have to go so that a pod fits: as few and as unimportant ones as possible.
import type { LabelSelector } from "../schema/types/meta-v1.ts";
import type { PodDisruptionBudget } from "../schema/types/policy-v1.ts";
import type { Cluster } from "./cluster.ts";
import { type Misfit, prepareChecks, refuse } from "./decide.ts";
import type { World } from "./filter.ts";
import { labelMatch } from "./labels.ts";
import type { NodeInfo } from "./node-info.ts";
import type { PodAsk } from "./pod-ask.ts";

export type Victims = {
  node: NodeInfo;
  pods: readonly PodAsk[];
  /** How many of them a disruption budget would keep. */
  violations: number;
};

export type Preemption = {
  victims: Victims | undefined;
  /** Why the pod would not fit on a node even without the pods that could be displaced. */
  failures: ReadonlyMap<NodeInfo, readonly string[]>;
};

/** Nodes that are looked at in one attempt, so that a full cluster of thousands does not stall (upstream: 10 %, at least 100). */
const candidatesMin = 100;

const noVictims = ["No preemption victims found for incoming pod"];

/**
 * The cheapest set of pods on one node whose end makes room; without one, why each node that was looked at has
 * none.
 */
export function chooseVictims(
  ask: PodAsk,
  misfits: ReadonlyMap<NodeInfo, Misfit>,
  cluster: Cluster,
  world: World,
): Preemption {
  const curable = [...misfits].filter(([, m]) => m.isCurable).map(([node]) => node);
  const looked = curable.slice(0, Math.max(candidatesMin, Math.trunc(curable.length / 10)));
  const failures = new Map<NodeInfo, readonly string[]>();
  let best: Victims | undefined;
  for (const node of looked) {
    const found = victimsOn(node, ask, cluster, world);
    if ("reasons" in found) failures.set(node, found.reasons);
    else if (!best || isCheaper(found, best)) best = found;
  }
  return { victims: best, failures };
}

/**
 * Removes everything of lower priority, then gives back what can stay: first the pods that a budget
 * keeps, then the others, the important ones first.
 */
function victimsOn(
  node: NodeInfo,
  ask: PodAsk,
  cluster: Cluster,
  world: World,
): Victims | { reasons: readonly string[] } {
  const lower = [...node.pods.values()].filter((p) => p.priority < ask.priority).sort(byImportance);
  if (lower.length === 0) return { reasons: noVictims };
  const refused = () => refuse(prepareChecks(ask, cluster, world), node, ask);
  const kept = keptByBudgets(lower, world.budgets());
  for (const pod of lower) cluster.forget(pod.key);
  const misfit = refused();
  const pods: PodAsk[] = [];
  for (const pod of [...kept, ...lower.filter((p) => !kept.has(p))]) {
    cluster.assume(pod, node.name);
    if (misfit || !refused()) continue;
    cluster.forget(pod.key);
    pods.push(pod);
  }
  for (const pod of pods) cluster.assume(pod, node.name);
  if (misfit) return { reasons: misfit.reasons };
  return {
    node,
    pods: pods.sort(byImportance),
    violations: pods.filter((p) => kept.has(p)).length,
  };
}

/** Pods whose end a budget does not allow any more, when those before them in `pods` have gone. */
function keptByBudgets(
  pods: readonly PodAsk[],
  budgets: readonly PodDisruptionBudget[],
): Set<PodAsk> {
  const left = budgets.map(({ metadata, spec, status }) => ({
    namespace: metadata.namespace,
    // A selector without a rule selects nothing here.
    selects: hasRule(spec?.selector) ? labelMatch(spec?.selector) : () => false,
    gone: status?.disruptedPods ?? {},
    allowed: status?.disruptionsAllowed ?? 0,
  }));
  const isKept = ({ namespace, labels, pod }: PodAsk): boolean => {
    for (const budget of left) {
      if (budget.namespace !== namespace || !budget.selects(labels)) continue;
      if (budget.gone[pod.metadata.name ?? ""] !== undefined) continue;
      if (--budget.allowed < 0) return true;
    }
    return false;
  };
  return new Set(pods.filter(isKept));
}

const hasRule = (selector: LabelSelector | undefined): boolean =>
  Object.keys(selector?.matchLabels ?? {}).length + (selector?.matchExpressions?.length ?? 0) > 0;

/**
 * Whether victims of the pod are still ending on the node that is kept for it: no more are displaced
 * meanwhile.
 */
export const isWaitingForVictims = (ask: PodAsk, node: NodeInfo): boolean =>
  [...node.pods.values()].some(
    ({ priority, pod }) =>
      priority < ask.priority &&
      pod.metadata.deletionTimestamp !== undefined &&
      pod.status?.conditions?.some(
        (c) =>
          c.type === "DisruptionTarget" &&
          c.status === "True" &&
          c.reason === "PreemptionByScheduler",
      ),
  );

const startOf = (p: PodAsk): string => p.pod.status?.startTime ?? "";

/** Higher priority first, then who has run longer. */
function byImportance(a: PodAsk, b: PodAsk): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  return startOf(a) < startOf(b) ? -1 : 1;
}

/** Upstream's order: fewest that a budget keeps, lowest highest priority, lowest sum, fewest pods, the latest start. */
function isCheaper(a: Victims, b: Victims): boolean {
  const cost = ({ pods, violations }: Victims) => {
    const highest = Math.max(...pods.map((p) => p.priority));
    const sum = pods.reduce((total, p) => total + p.priority + 2 ** 31, 0);
    const most = pods.filter((p) => p.priority === highest).map(startOf);
    return { violations, highest, sum, count: pods.length, start: most.sort()[0] ?? "" };
  };
  const [x, y] = [cost(a), cost(b)];
  if (x.violations !== y.violations) return x.violations < y.violations;
  if (x.highest !== y.highest) return x.highest < y.highest;
  if (x.sum !== y.sum) return x.sum < y.sum;
  if (x.count !== y.count) return x.count < y.count;
  return x.start > y.start;
}
