// Pods that the cluster needs to live.
import type { Pod } from "../../schema/types/core-v1.ts";

/** Priority from which a pod is one of the system's; upstream's. */
const criticalPriority = 2_000_000_000;

export const isCriticalPod = ({ spec }: Pod): boolean => (spec.priority ?? 0) >= criticalPriority;
