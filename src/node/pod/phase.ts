// The phase of a pod from the statuses of its containers. Pure; the rules are upstream's (kubelet's getPhase).
import type { Container, ContainerStatus, Pod } from "../../schema/types/core-v1.ts";
import { isSidecar } from "./observed.ts";
import { restartsAfter } from "./restart.ts";

export type Phase = "Pending" | "Running" | "Succeeded" | "Failed";

export type PhaseInput = {
  readonly pod: Pod;
  readonly init: readonly ContainerStatus[];
  readonly regular: readonly ContainerStatus[];
  /** Nothing of it will run again, whatever its policy says. */
  readonly isTerminal: boolean;
  /** A regular container has begun in the newest sandbox. */
  readonly hasInitialized: boolean;
};

export function phaseOf(input: PhaseInput): Phase {
  const init = countInit(input);
  const all = countRegular(input);
  if (init.failedForGood > 0) return "Failed";
  if (init.pending > 0 || (all.sidecarsPending > 0 && !input.hasInitialized)) return "Pending";
  if (all.waiting > 0) return "Pending";
  if (all.unknown > 0) return "Pending";
  if (all.running > 0) return "Running";
  if (all.stopped === 0) return "Pending";
  const ended = all.stopped === all.succeeded ? "Succeeded" : "Failed";
  if (input.isTerminal) return ended;
  return all.stopped !== all.stoppedForGood ? "Running" : ended;
}

/** The exit code of a container that has ended, also while it waits to run again. */
function exitCodeOf(status: ContainerStatus): number | undefined {
  const { state, lastState } = status;
  return (
    state?.terminated?.exitCode ?? (state?.waiting ? lastState?.terminated?.exitCode : undefined)
  );
}

function countInit({ pod, init }: PhaseInput): { pending: number; failedForGood: number } {
  const count = { pending: 0, failedForGood: 0 };
  for (const container of pod.spec.initContainers ?? []) {
    if (isSidecar(container)) continue;
    const status = init.find((s) => s.name === container.name);
    const code = status && exitCodeOf(status);
    if (code === undefined) count.pending++;
    else if (code !== 0 && !restartsAfter(container, pod.spec, code)) count.failedForGood++;
  }
  return count;
}

type Count = Record<
  | "sidecarsPending"
  | "running"
  | "waiting"
  | "unknown"
  | "stopped"
  | "stoppedForGood"
  | "succeeded",
  number
>;

function countRegular({ pod, init, regular }: PhaseInput): Count {
  const count: Count = {
    sidecarsPending: 0,
    running: 0,
    waiting: 0,
    unknown: 0,
    stopped: 0,
    stoppedForGood: 0,
    succeeded: 0,
  };
  for (const container of pod.spec.initContainers ?? []) {
    if (isSidecar(container))
      countSidecar(
        count,
        init.find((s) => s.name === container.name),
      );
  }
  for (const container of pod.spec.containers) {
    countOne(
      count,
      pod,
      container,
      regular.find((s) => s.name === container.name),
    );
  }
  return count;
}

function countSidecar(count: Count, status: ContainerStatus | undefined): void {
  if (!status) count.unknown++;
  else if (status.state?.running) {
    if (!status.started) count.sidecarsPending++;
    count.running++;
  } else if (status.state?.waiting && !status.lastState?.terminated) {
    count.sidecarsPending++;
    count.waiting++;
  }
}

function countOne(
  count: Count,
  pod: Pod,
  container: Container,
  status: ContainerStatus | undefined,
): void {
  if (!status) count.unknown++;
  else if (status.state?.running) count.running++;
  else {
    const code = exitCodeOf(status);
    if (code === undefined) {
      if (status.state?.waiting) count.waiting++;
      else count.unknown++;
      return;
    }
    count.stopped++;
    if (!restartsAfter(container, pod.spec, code)) count.stoppedForGood++;
    if (status.state?.terminated && code === 0) count.succeeded++;
  }
}
