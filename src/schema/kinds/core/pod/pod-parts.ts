// What the checks of containers need to know about the pod around them.
import type { PodSpec, Volume } from "../../../types/core-v1.ts";

export type PodParts = {
  readonly spec: PodSpec;
  /** Only those without a fault of their own: a mount of any other is not found. */
  readonly volumes: ReadonlyMap<string, Volume>;
  readonly claimNames: ReadonlySet<string>;
};
