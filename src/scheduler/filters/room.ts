// Filters that other pods on the node decide: resources, host ports; and the pod's volumes.
import type { Check, Filter } from "../filter.ts";
import type { NodeInfo } from "../node-info.ts";
import type { PodAsk } from "../pod-ask.ts";

export const fits: Filter = {
  name: "NodeResourcesFit",
  cures: ["node", "pod-gone"],
  curable: true,
  isHopeless: (_reasons, { requests }, { allocatable }) =>
    requests.cpuMilli > allocatable.cpuMilli ||
    requests.memoryBytes > allocatable.memoryBytes ||
    requests.ephemeralBytes > allocatable.ephemeralBytes ||
    [...requests.extended].some(([name, n]) => n > (allocatable.extended.get(name) ?? 0)),
  prepare: (ask) => (node) => shortages(ask, node),
};

function shortages({ requests }: PodAsk, node: NodeInfo): string[] | undefined {
  const { allocatable, requested } = node;
  let found: string[] | undefined;
  const lacks = (wanted: number, has: number, used: number, text: string): void => {
    if (wanted === 0 || wanted <= has - used) return;
    found ??= [];
    found.push(text);
  };
  if (node.pods.size + 1 > node.podsMax) found = ["Too many pods"];
  lacks(requests.cpuMilli, allocatable.cpuMilli, requested.cpuMilli, "Insufficient cpu");
  lacks(
    requests.memoryBytes,
    allocatable.memoryBytes,
    requested.memoryBytes,
    "Insufficient memory",
  );
  lacks(
    requests.ephemeralBytes,
    allocatable.ephemeralBytes,
    requested.ephemeralBytes,
    "Insufficient ephemeral-storage",
  );
  for (const [name, wanted] of requests.extended) {
    const used = requested.extended.get(name) ?? 0;
    lacks(wanted, allocatable.extended.get(name) ?? 0, used, `Insufficient ${name}`);
  }
  return found;
}

export const freePorts: Filter = {
  name: "NodePorts",
  cures: ["node", "pod-gone"],
  curable: true,
  prepare(ask) {
    if (ask.hostPorts.length === 0) return undefined;
    const reason = ["node(s) didn't have free ports for the requested pod ports"];
    return (node) => (ask.hostPorts.some((p) => node.holdsPort(p)) ? reason : undefined);
  },
};

/** A claim that one pod alone may use is taken as long as another pod that uses it has a node. */
export const exclusiveVolumes: Filter = {
  name: "VolumeRestrictions",
  cures: ["volume", "pod-gone"],
  curable: true,
  prepare(ask, cluster, world): Check | undefined {
    const names = world.exclusiveClaims(ask);
    if (names.length === 0) return undefined;
    const uses = ({ pod }: PodAsk): boolean =>
      (pod.spec.volumes ?? []).some((v) =>
        names.includes(v.persistentVolumeClaim?.claimName ?? ""),
      );
    const isTaken = [...cluster.placedIn(ask.namespace)].some((p) => p.key !== ask.key && uses(p));
    const reason =
      "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode " +
      "already in-use by another pod";
    return isTaken ? () => [reason] : undefined;
  },
};

export const volumes: Filter = {
  name: "VolumeBinding",
  cures: ["volume", "node"],
  curable: false,
  everywhere: (ask, world) => world.volumeProblem(ask),
  prepare: (ask, _cluster, world) => world.volumeCheck(ask),
};
