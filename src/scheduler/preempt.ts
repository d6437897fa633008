// Which pods of lower priority have to go so that a pod fits: as few and as unimportant ones as possible.
import type { Cluster } from "./cluster.ts";
import { type Misfit, prepareChecks, refuse } from "./decide.ts";
import type { World } from "./filter.ts";
import type { NodeInfo } from "./node-info.ts";
import type { PodAsk } from "./pod-ask.ts";

export type Victims = { node: NodeInfo; pods: readonly PodAsk[] };

/** Nodes that are looked at in one attempt, so that a full cluster of thousands does not stall (upstream: 10 %, at least 100). */
const candidatesMin = 100;

export function chooseVictims(
  ask: PodAsk,
  misfits: ReadonlyMap<NodeInfo, Misfit>,
  cluster: Cluster,
  world: World,
): Victims | undefined {
  if (ask.pod.spec.preemptionPolicy === "Never") return undefined;
  const curable = [...misfits].filter(([, m]) => m.filter.curable).map(([node]) => node);
  const looked = curable.slice(0, Math.max(candidatesMin, Math.trunc(curable.length / 10)));
  let best: Victims | undefined;
  for (const node of looked) {
    const pods = victimsOn(node, ask, cluster, world);
    if (pods && (!best || isCheaper(pods, best.pods))) best = { node, pods };
  }
  return best;
}

/** Removes everything of lower priority, then gives back what can stay, the important ones first. */
function victimsOn(
  node: NodeInfo,
  ask: PodAsk,
  cluster: Cluster,
  world: World,
): readonly PodAsk[] | undefined {
  const lower = [...node.pods.values()].filter((p) => p.priority < ask.priority).sort(byImportance);
  if (lower.length === 0) return undefined;
  const fits = (): boolean => refuse(prepareChecks(ask, cluster, world), node) === undefined;
  for (const pod of lower) cluster.forget(pod.key);
  const victims: PodAsk[] = [];
  const possible = fits();
  for (const pod of lower) {
    cluster.assume(pod, node.name);
    if (!possible || fits()) continue;
    cluster.forget(pod.key);
    victims.push(pod);
  }
  for (const pod of victims) cluster.assume(pod, node.name);
  return possible ? victims : undefined;
}

const startOf = (p: PodAsk): string => p.pod.status?.startTime ?? "";

/** Higher priority first, then who has run longer. */
function byImportance(a: PodAsk, b: PodAsk): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  return startOf(a) < startOf(b) ? -1 : 1;
}

/** Upstream's order: lowest highest priority, lowest sum, fewest pods, the latest start. */
function isCheaper(a: readonly PodAsk[], b: readonly PodAsk[]): boolean {
  const cost = (pods: readonly PodAsk[]) => {
    const highest = Math.max(...pods.map((p) => p.priority));
    const sum = pods.reduce((total, p) => total + p.priority + 2 ** 31, 0);
    return {
      highest,
      sum,
      count: pods.length,
      start: startOf(pods.find((p) => p.priority === highest) ?? pods[0]!),
    };
  };
  const [x, y] = [cost(a), cost(b)];
  if (x.highest !== y.highest) return x.highest < y.highest;
  if (x.sum !== y.sum) return x.sum < y.sum;
  if (x.count !== y.count) return x.count < y.count;
  return x.start > y.start;
}
