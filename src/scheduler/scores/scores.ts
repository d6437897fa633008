// Which of the nodes that can run a pod suits it best. Weights are upstream's.

import { nodeTermMatch, tolerated } from "../../schema/node-selection.ts";
import type { Pod } from "../../schema/types/core-v1.ts";
import type { Score } from "../filter.ts";
import { type PodAsk, type Term, termMatches } from "../pod-ask.ts";
import { spreadOut } from "./spread.ts";

const fewerTaints: Score = {
  name: "TaintToleration",
  weight: 3,
  scale: "reversed",
  prepare({ pod }) {
    const soft = (pod.spec.tolerations ?? []).filter(
      (t) => !t.effect || t.effect === "PreferNoSchedule",
    );
    return (node) =>
      (node.node.spec?.taints ?? []).filter(
        (t) => t.effect === "PreferNoSchedule" && !tolerated(t, soft),
      ).length;
  },
};

const preferredNodes: Score = {
  name: "NodeAffinity",
  weight: 2,
  scale: "highest",
  prepare({ pod }) {
    const preferred =
      pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution;
    if (!preferred?.length) return undefined;
    const terms = preferred.map((p) => ({ weight: p.weight, match: nodeTermMatch(p.preference) }));
    return (node) => terms.reduce((sum, t) => sum + (t.match(node) ? t.weight : 0), 0);
  },
};

const leastAllocated: Score = {
  name: "NodeResourcesFit",
  weight: 1,
  scale: "none",
  prepare:
    ({ scored }) =>
    ({ allocatable, scored: used }) => {
      const cpu = free(allocatable.cpuMilli, used.cpuMilli + scored.cpuMilli);
      const memory = free(allocatable.memoryBytes, used.memoryBytes + scored.memoryBytes);
      return Math.trunc((cpu + memory) / 2);
    },
};

const free = (capacity: number, used: number): number =>
  capacity === 0 || used > capacity ? 0 : Math.trunc(((capacity - used) * 100) / capacity);

const balanced: Score = {
  name: "NodeResourcesBalancedAllocation",
  weight: 1,
  scale: "none",
  prepare({ requests }) {
    // Pods that ask for nothing balance nothing.
    if (requests.cpuMilli === 0 && requests.memoryBytes === 0) return undefined;
    return ({ allocatable, requested }) => {
      const cpu = share(requested.cpuMilli + requests.cpuMilli, allocatable.cpuMilli);
      const memory = share(requested.memoryBytes + requests.memoryBytes, allocatable.memoryBytes);
      return Math.trunc((1 - Math.abs(cpu - memory) / 2) * 100);
    };
  },
};

const share = (used: number, capacity: number): number =>
  capacity === 0 ? 1 : Math.min(used / capacity, 1);

const mebibyte = 1024 * 1024;
const imageBytes = { least: 23 * mebibyte, most: 1000 * mebibyte };

/** Nodes that have large images of the pod already; an image that few nodes have counts for less. */
const hasImages: Score = {
  name: "ImageLocality",
  weight: 1,
  scale: "none",
  prepare({ pod }, cluster) {
    const names = imagesOf(pod);
    const most = imageBytes.most * names.length;
    const shares = new Map<string, number>();
    const shareOf = (name: string): number => {
      let found = shares.get(name);
      if (found === undefined) {
        found = cluster.nodes.filter((n) => n.images.has(name)).length / cluster.nodes.length;
        shares.set(name, found);
      }
      return found;
    };
    return ({ images }) => {
      if (images.size === 0) return 0;
      const bytes = names.reduce((sum, name) => {
        const size = images.get(name);
        return size === undefined ? sum : sum + Math.trunc(size * shareOf(name));
      }, 0);
      const within = Math.min(Math.max(bytes, imageBytes.least), most);
      return Math.trunc((100 * (within - imageBytes.least)) / (most - imageBytes.least));
    };
  },
};

const imagesOf = ({ spec }: Pod): string[] =>
  [
    ...[...(spec.initContainers ?? []), ...spec.containers].map((c) => c.image ?? ""),
    ...(spec.volumes ?? []).flatMap((v) => (v.image ? [v.image.reference ?? ""] : [])),
  ].map(fullName);

/** An image name without a tag means `latest`. */
const fullName = (image: string): string =>
  image.lastIndexOf(":") <= image.lastIndexOf("/") ? `${image}:latest` : image;

const goodNeighbours: Score = {
  name: "InterPodAffinity",
  weight: 2,
  scale: "range",
  prepare(ask, cluster, world) {
    const points = new Map<string, number>();
    const give = (term: Term, other: PodAsk, about: PodAsk, weight: number): void => {
      const value = cluster.nodeOf(other.key)?.labels[term.topologyKey];
      if (value === undefined || !termMatches(term, about, world.namespaceLabels)) return;
      const domain = `${term.topologyKey}\0${value}`;
      points.set(domain, (points.get(domain) ?? 0) + weight);
    };
    const wants = ask.preferredAffinity.length + ask.preferredAntiAffinity.length > 0;
    for (const other of wants ? cluster.placed() : cluster.companions.values()) {
      for (const t of ask.preferredAffinity) give(t, other, other, t.weight);
      for (const t of ask.preferredAntiAffinity) give(t, other, other, -t.weight);
      // What the pods that are there prefer counts too; required affinity of theirs counts one.
      for (const t of other.preferredAffinity) give(t, other, ask, t.weight);
      for (const t of other.preferredAntiAffinity) give(t, other, ask, -t.weight);
      for (const t of other.affinity) give(t, other, ask, 1);
    }
    if (points.size === 0) return undefined;
    const keys = new Set([...points.keys()].map((domain) => domain.slice(0, domain.indexOf("\0"))));
    return (node) => {
      let sum = 0;
      for (const key of keys) sum += points.get(`${key}\0${node.labels[key]}`) ?? 0;
      return sum;
    };
  },
};

export const scores: readonly Score[] = [
  fewerTaints,
  preferredNodes,
  spreadOut,
  leastAllocated,
  balanced,
  hasImages,
  goodNeighbours,
];
