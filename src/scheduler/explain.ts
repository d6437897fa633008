// The words in which a pod is told why it stays Pending.
import type { Misfit } from "./decide.ts";
import type { NodeInfo } from "./node-info.ts";

/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.`, worded and sorted as upstream. */
export function explain(nodes: number, misfits: ReadonlyMap<NodeInfo, Misfit>): string {
  if (nodes === 0) return "no nodes available to schedule pods";
  return `0/${nodes} nodes are available: ${histogram([...misfits.values()].flatMap((m) => m.reasons))}.`;
}

/** What preemption could not do either, behind the explanation. */
export function explainPreemption(nodes: number, misfits: ReadonlyMap<NodeInfo, Misfit>): string {
  const texts = [...misfits.values()].map((m) =>
    m.filter.curable
      ? "No preemption victims found for incoming pod"
      : "Preemption is not helpful for scheduling",
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
