// The words in which a pod is told why it stays Pending.
import type { Refusal } from "./decide.ts";
import type { NodeInfo } from "./node-info.ts";

/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.`, worded and sorted as upstream. */
export function explain({ nodes, misfits, everywhere }: Refusal): string {
  if (nodes === 0) return "no nodes available to schedule pods";
  const why = everywhere ?? histogram([...misfits.values()].flatMap((m) => m.reasons));
  return `0/${nodes} nodes are available: ${why}.`;
}

/**
 * What preemption could not do either, behind the explanation. `failures`: why nodes would not do
 * even without the pods that could be displaced.
 */
export function explainPreemption(
  { nodes, misfits }: Refusal,
  failures: ReadonlyMap<NodeInfo, readonly string[]>,
): string {
  const texts = [...misfits].flatMap(([node, { isCurable }]) =>
    isCurable ? (failures.get(node) ?? []) : ["Preemption is not helpful for scheduling"],
  );
  return `preemption: 0/${nodes} nodes are available: ${histogram(texts)}.`;
}

function histogram(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort((a, b) => (a < b ? -1 : 1))
    .join(", ");
}
