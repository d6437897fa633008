// Tells every node's agent how long it may keep Secrets and ConfigMaps: the more nodes there are, the longer, so that
// asking again does not become the server's main work.
import type { Change } from "../../client/cache.ts";
import { refOfKey } from "../../client/key.ts";
import type { Action } from "../../control/action.ts";
import { ownKey, source, startController } from "../../control/controller.ts";
import { nodes } from "../../schema/resources.ts";
import type { Node } from "../../schema/types/core-v1.ts";
import type { Parts, Running } from "../parts.ts";

const ttlKey = "node.alpha.kubernetes.io/ttl";

/** Upstream's. They overlap, so that a cluster at a bound does not go to and fro. */
const steps = [
  { least: 0, most: 100, seconds: 0 },
  { least: 90, most: 500, seconds: 15 },
  { least: 450, most: 1000, seconds: 30 },
  { least: 900, most: 2000, seconds: 60 },
  { least: 1800, most: Number.POSITIVE_INFINITY, seconds: 300 },
] as const;

/** The step of a cluster of `count` nodes that was at the step `from`. */
export function stepFrom(from: number, count: number): number {
  let step = from;
  while (count > steps[step]!.most) step++;
  while (count < steps[step]!.least) step--;
  return step;
}

export function reconcileTtl({ node, step }: { node: Node; step: number }): Action[] {
  const { name = "", annotations = {} } = node.metadata;
  const { seconds } = steps[step]!;
  const told = annotations[ttlKey] ?? "";
  if (/^[+-]?\d+$/.test(told) && Number(told) === seconds) return [];
  const patch = { metadata: { annotations: { [ttlKey]: String(seconds) } } };
  return [{ do: "patch", resource: nodes, ref: { name }, type: "strategic", patch }];
}

/** Nodes hear of a new step with their next change, as upstream: their agents write often enough. */
export function startNodeTtl(parts: Parts): Running {
  const cache = parts.caches.of(nodes);
  let count = 0;
  let step = 0;
  const counted = (change: Change<Node>): string[] => {
    if (change.old === undefined) count++;
    if (change.next === undefined) count--;
    step = stepFrom(step, count);
    return change.next === undefined ? [] : ownKey(change);
  };
  return startController({
    ...parts,
    name: "ttlcontroller",
    sources: [source(cache, counted)],
    observe(key) {
      const node = cache.get(refOfKey(key));
      return node && { node, step };
    },
    reconcile: reconcileTtl,
  });
}
