// How evenly pods lie over nodes and zones: by the pod's own soft constraints, else by upstream's default ones.
import { requiredNodes } from "../../schema/node-selection.ts";
import type { Cluster } from "../cluster.ts";
import type { Score, World } from "../filter.ts";
import { constraintsOf, countDomains } from "../filters/spread.ts";
import type { NodeInfo } from "../node-info.ts";
import type { PodAsk } from "../pod-ask.ts";

const hostLabel = "kubernetes.io/hostname";
const zoneLabel = "topology.kubernetes.io/zone";

/** Pods like the one to be placed that are on the node, or in its domain. */
type Count = (node: NodeInfo) => number;
type Part = { key: string; maxSkew: number; count: Count };

export const spreadOut: Score = {
  name: "PodTopologySpread",
  weight: 2,
  scale: "fewest",
  prepare(ask, cluster, world, nodes) {
    const own = ask.pod.spec.topologySpreadConstraints ?? [];
    if (own.length === 0) return spreadByDefault(ask, cluster, world, nodes);
    const soft = constraintsOf(ask, "ScheduleAnyway");
    if (soft.length === 0) return undefined;
    const parts = soft.map((rule): Part => {
      const { topologyKey: key, maxSkew } = rule.constraint;
      const counts = countDomains(rule, ask, soft, cluster);
      return { key, maxSkew, count: (node) => counts.get(node.labels[key] ?? "") ?? 0 };
    });
    const hasAll = (node: NodeInfo) => parts.every(({ key }) => node.labels[key] !== undefined);
    return crowding(parts, nodes, hasAll);
  },
};

/** Pods of one owner, or of the same services, go to different nodes, then to different zones. */
function spreadByDefault(
  ask: PodAsk,
  cluster: Cluster,
  world: World,
  nodes: readonly NodeInfo[],
): Count | undefined {
  const here = likeIt(ask, cluster, world);
  if (!here) return undefined;
  const wanted = requiredNodes(ask.pod);
  const zones = new Map<string, number>();
  for (const node of cluster.nodes) {
    const zone = node.labels[zoneLabel];
    if (zone === undefined || (wanted && !wanted(node))) continue;
    zones.set(zone, (zones.get(zone) ?? 0) + here(node));
  }
  const parts: Part[] = [
    { key: hostLabel, maxSkew: 3, count: here },
    { key: zoneLabel, maxSkew: 5, count: (node) => zones.get(node.labels[zoneLabel] ?? "") ?? 0 },
  ];
  return crowding(parts, nodes, () => true);
}

/** Owners whose pods spread; those of a Job, for one, do not. */
const spreadOwners = ["ReplicaSet", "StatefulSet", "ReplicationController"];

/** Undefined when the pod belongs to nothing whose pods spread. */
function likeIt(ask: PodAsk, cluster: Cluster, world: World): Count | undefined {
  const { ownerReferences = [] } = ask.pod.metadata;
  if (ownerReferences.some((o) => o.controller && spreadOwners.includes(o.kind)))
    return (node) => node.owners.get(ask.owner) ?? 0;
  const labels = Object.entries(world.serviceLabels(ask));
  if (labels.length === 0) return undefined;
  const counts = new Map<string, number>();
  for (const other of cluster.placedIn(ask.namespace)) {
    if (other.pod.metadata.deletionTimestamp) continue;
    if (!labels.every(([key, value]) => other.labels[key] === value)) continue;
    const name = cluster.nodeOf(other.key)?.name ?? "";
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return (node) => counts.get(node.name) ?? 0;
}

/** Less than 0 for nodes that do not count: they get no points. */
function crowding(
  parts: readonly Part[],
  nodes: readonly NodeInfo[],
  counts: (node: NodeInfo) => boolean,
): Count {
  const counted = nodes.filter(counts);
  const weights = parts.map(({ key }) => {
    const isHost = key === hostLabel;
    const domains = isHost ? counted.length : new Set(counted.map((n) => n.labels[key])).size;
    return Math.log(domains + 2);
  });
  return (node) => {
    if (!counts(node)) return -1;
    const sum = parts.reduce((total, { key, maxSkew, count }, i) => {
      if (node.labels[key] === undefined) return total;
      return total + count(node) * (weights[i] ?? 0) + maxSkew - 1;
    }, 0);
    return Math.round(sum);
  };
}
