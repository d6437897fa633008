// What the plan of a pod may say, and what its parts share.
import type { Container, Pod } from "../../schema/types/core-v1.ts";
import { containerHash } from "./labels.ts";
import type { Observed, ObservedContainer } from "./observed.ts";
import type { Applied } from "./resize.ts";

export type ProbeKind = "liveness" | "readiness" | "startup";
export type ProbeResult = "success" | "failure" | "unknown";
/** The last result of a probe of a container; undefined while it has none. */
export type ProbeResults = (containerId: string, kind: ProbeKind) => ProbeResult | undefined;

export type KillReason = "" | "LivenessProbe" | "StartupProbe" | "Unknown";

export type Kill = {
  readonly container: ObservedContainer;
  readonly message: string;
  readonly reason: KillReason;
};

export type Resize = { readonly container: Container; readonly status: ObservedContainer };

export type Plan = {
  /** Stop every container and sandbox first. */
  readonly killPod: boolean;
  readonly createSandbox: boolean;
  /** The sandbox to use, or the one that is replaced; absent when there never was one. */
  readonly sandboxId?: string;
  readonly attempt: number;
  readonly kill: readonly Kill[];
  /** Running containers that get other resources. */
  readonly resize: readonly Resize[];
  readonly startInit: readonly Container[];
  readonly start: readonly Container[];
  readonly startEphemeral: readonly Container[];
};

export type Draft = { -readonly [K in keyof Plan]: Plan[K] } & {
  kill: Kill[];
  resize: Resize[];
  startInit: Container[];
  start: Container[];
  startEphemeral: Container[];
};

export type PlanInput = {
  pod: Pod;
  observed: Observed;
  probes: ProbeResults;
  /** Absent: resources never change. */
  applied?: Applied;
};

export const hasChanged = (container: Container, status: ObservedContainer): boolean =>
  status.hash !== "" && status.hash !== containerHash(container);

export function unknownState(container: ObservedContainer, what: string): Kill {
  const message = `${what} is in "unknown" state, try killing it before restart`;
  return { container, message, reason: "Unknown" };
}
