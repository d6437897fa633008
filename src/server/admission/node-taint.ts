// A new node gets no pods before its agent has said that it is ready.
import type { Node } from "../../schema/types/core-v1.ts";
import type { Admission } from "../context.ts";
import { about } from "./refused.ts";

const isNode = about("nodes");
const notReady = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" } as const;

export const taintNewNodes: Admission = {
  name: "TaintNodesByCondition",
  handles: (a, { operation }) => operation === "CREATE" && isNode(a),
  mutate(_context, { object }) {
    const node = object as Node;
    const held = node.spec?.taints ?? [];
    if (held.some((t) => t.key === notReady.key && t.effect === notReady.effect)) return;
    node.spec = { ...node.spec, taints: [...held, { ...notReady }] };
  },
};
