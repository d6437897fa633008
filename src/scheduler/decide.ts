// One decision: the node for a pod, or why there is none.
import type { Cluster } from "./cluster.ts";
import type { Check, Filter, Score, World } from "./filter.ts";
import { neighbours } from "./filters/neighbours.ts";
import { matchesAffinity, namedNodes, nodeName, schedulable, tolerates } from "./filters/node.ts";
import { exclusiveVolumes, fits, freePorts, volumes } from "./filters/room.ts";
import { spread } from "./filters/spread.ts";
import type { NodeInfo } from "./node-info.ts";
import type { PodAsk } from "./pod-ask.ts";
import { scores } from "./scores/scores.ts";

/** In upstream's order, cheap ones first; the first refusal of a node counts. */
const filters: readonly Filter[] = [
  namedNodes,
  schedulable,
  nodeName,
  tolerates,
  matchesAffinity,
  freePorts,
  fits,
  exclusiveVolumes,
  volumes,
  spread,
  neighbours,
];

export type Misfit = {
  filter: Filter;
  reasons: readonly string[];
  /** Whether the removal of other pods can help. */
  isCurable: boolean;
};

export type Decision = { fits: true; node: NodeInfo } | Refusal;

export type Refusal = {
  fits: false;
  nodes: number;
  misfits: ReadonlyMap<NodeInfo, Misfit>;
  /** Why nodes were not even looked at. */
  everywhere?: string;
};

export type Choice = {
  cluster: Cluster;
  world: World;
  /** Where the round over the nodes begins, so that sampling is fair; returns where it ended. */
  round: { start: number };
  /** 0 ≤ x < 1: chooses among nodes of equal points. */
  random: () => number;
};

/**
 * Looks at nodes until enough of them fit, beginning where the last decision ended, and takes the best of
 * these.
 */
export function decide(ask: PodAsk, choice: Choice): Decision {
  const { cluster, world, round } = choice;
  const nodes = cluster.nodes;
  const refusal = refuseEverywhere(ask, nodes, world);
  if (refusal) return refusal;
  const checks = prepareChecks(ask, cluster, world);
  const misfits = new Map<NodeInfo, Misfit>();
  const found: NodeInfo[] = [];
  const enough = sampleSize(nodes.length);
  let looked = 0;
  for (; looked < nodes.length && found.length < enough; looked++) {
    const node = nodes[(round.start + looked) % nodes.length];
    if (!node) break;
    const misfit = refuse(checks, node, ask);
    if (misfit) misfits.set(node, misfit);
    else found.push(node);
  }
  round.start = nodes.length === 0 ? 0 : (round.start + looked) % nodes.length;
  const best = found.length < 2 ? found[0] : bestOf(found, ask, choice);
  return best ? { fits: true, node: best } : { fits: false, nodes: nodes.length, misfits };
}

function refuseEverywhere(
  ask: PodAsk,
  nodes: readonly NodeInfo[],
  world: World,
): Refusal | undefined {
  for (const filter of filters) {
    const everywhere = filter.everywhere?.(ask, world);
    if (everywhere === undefined) continue;
    const misfits = new Map(
      nodes.map((node) => [node, { filter, reasons: [everywhere], isCurable: false }]),
    );
    return { fits: false, nodes: nodes.length, misfits, everywhere };
  }
  return undefined;
}

export type PreparedCheck = { filter: Filter; check: Check };

/**
 * The filters that have something to ask of a node for this pod, with what they need to know of the cluster.
 */
export function prepareChecks(ask: PodAsk, cluster: Cluster, world: World): PreparedCheck[] {
  return filters.flatMap((filter) => {
    const check = filter.prepare(ask, cluster, world);
    return check ? [{ filter, check }] : [];
  });
}

/** What the first filter that refuses the node says; undefined when the pod fits. */
export function refuse(
  checks: readonly PreparedCheck[],
  node: NodeInfo,
  ask: PodAsk,
): Misfit | undefined {
  for (const { filter, check } of checks) {
    const reasons = check(node);
    if (!reasons) continue;
    const isCurable = filter.curable && !filter.isHopeless?.(reasons, ask, node);
    return { filter, reasons, isCurable };
  }
  return undefined;
}

/** Upstream looks at all of 100 nodes, and at a share that falls from 50 % to 5 % of more. */
export function sampleSize(nodes: number): number {
  const least = 100;
  if (nodes <= least) return nodes;
  const percent = Math.max(5, 50 - Math.trunc(nodes / 125));
  return Math.max(least, Math.trunc((nodes * percent) / 100));
}

function bestOf(nodes: readonly NodeInfo[], ask: PodAsk, choice: Choice): NodeInfo | undefined {
  const totals = new Float64Array(nodes.length);
  for (const score of scores) addScore(totals, score, nodes, ask, choice);
  let best = -1;
  let ties = 0;
  for (let i = 0; i < totals.length; i++) {
    const ahead = best < 0 ? 1 : (totals[i] ?? 0) - (totals[best] ?? 0);
    if (ahead > 0) {
      best = i;
      ties = 1;
    } else if (ahead === 0 && choice.random() < 1 / ++ties) {
      best = i;
    }
  }
  return nodes[best];
}

function addScore(
  totals: Float64Array,
  score: Score,
  nodes: readonly NodeInfo[],
  ask: PodAsk,
  { cluster, world }: Choice,
): void {
  const points = score.prepare(ask, cluster, world, nodes);
  if (!points) return;
  const raw = nodes.map(points);
  const highest = raw.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const within = score.scale === "fewest" ? raw.filter((value) => value >= 0) : raw;
  const lowest = within.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  for (let i = 0; i < raw.length; i++) {
    totals[i] = (totals[i] ?? 0) + score.weight * scaled(raw[i] ?? 0, score.scale, lowest, highest);
  }
}

function scaled(value: number, scale: Score["scale"], lowest: number, highest: number): number {
  switch (scale) {
    case "none":
      return value;
    case "highest":
      return highest === 0 ? 0 : Math.trunc((value * 100) / highest);
    case "reversed":
      return highest === 0 ? 100 : 100 - Math.trunc((value * 100) / highest);
    case "fewest":
      if (value < 0) return 0;
      return highest === 0 ? 100 : Math.trunc((100 * (highest + lowest - value)) / highest);
    case "range":
      return highest === lowest ? 0 : Math.trunc((100 * (value - lowest)) / (highest - lowest));
  }
}
