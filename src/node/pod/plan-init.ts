// Init containers run one after the other; sidecars among them stay and let the next one begin once they have started.
// Pure; the rules are upstream's (kuberuntime's computeInitContainerActions).
import type { Container } from "../../schema/types/core-v1.ts";
import { type Draft, hasChanged, type PlanInput, unknownState } from "./actions.ts";
import {
  active,
  hasActiveRegularContainerStarted,
  isSidecar,
  type ObservedContainer,
} from "./observed.ts";
import { restartsAfter, restartsWhenKilled } from "./restart.ts";

/**
 * Adds what is to be done about init containers; answers whether the regular containers may run. They are looked at
 * from the last to the first, because those that are done may have been removed: one that has begun proves that
 * all before it are done.
 */
export function planInit(input: PlanInput, draft: Draft): boolean {
  const { pod, observed } = input;
  const containers = pod.spec.initContainers ?? [];
  if (containers.length === 0) return true;
  const state: State = {
    initialized: hasActiveRegularContainerStarted(pod, observed),
    laterHasBegun: false,
    start: new Set(),
    failed: false,
  };
  state.laterHasBegun = state.initialized;
  for (let i = containers.length - 1; i >= 0 && !state.failed; i--) {
    const container = containers[i] as Container;
    const status = active(observed, container.name);
    if (!status) {
      if (state.laterHasBegun && isSidecar(container)) state.start.add(i);
      continue;
    }
    if (state.laterHasBegun && !isSidecar(container)) continue;
    decide(input, draft, state, { i, container, status, isLast: i === containers.length - 1 });
    state.laterHasBegun = true;
  }
  if (state.failed) {
    draft.killPod = true;
    return false;
  }
  if (!state.laterHasBegun) state.start.add(0);
  const order = [...state.start].sort((a, b) => a - b);
  draft.startInit.push(...order.map((i) => containers[i] as Container));
  return state.initialized;
}

type State = {
  initialized: boolean;
  /** This or a later container has begun in this sandbox. */
  laterHasBegun: boolean;
  start: Set<number>;
  failed: boolean;
};
type One = { i: number; container: Container; status: ObservedContainer; isLast: boolean };

function decide(input: PlanInput, draft: Draft, state: State, one: One): void {
  const { i, container, status } = one;
  const sidecar = isSidecar(container);
  const { spec } = input.pod;
  switch (status.state) {
    case "CONTAINER_CREATED":
      state.start.add(i);
      return;
    case "CONTAINER_RUNNING":
      if (sidecar) decideRunningSidecar(input, draft, state, one);
      return;
    case "CONTAINER_EXITED":
      if (sidecar) state.start.add(i);
      else if (status.exitCode === 0) advance(state, one);
      else if (restartsAfter(container, spec, status.exitCode)) state.start.add(i);
      else state.failed = true;
      return;
    case "CONTAINER_UNKNOWN":
      if (!sidecar && !restartsWhenKilled(container, spec)) {
        state.failed = true;
        return;
      }
      draft.kill.push(unknownState(status, "Init container"));
      state.start.add(i);
  }
}

function decideRunningSidecar(
  { probes }: PlanInput,
  draft: Draft,
  state: State,
  { i, container, status, isLast }: One,
): void {
  const restart = (what: string, reason: "" | "LivenessProbe" | "StartupProbe"): void => {
    draft.kill.push({
      container: status,
      message: `Init container ${container.name} ${what}`,
      reason,
    });
    state.start.add(i);
  };
  if (container.startupProbe) {
    const result = probes(status.id, "startup");
    if (result === "failure") restart("failed startup probe", "StartupProbe");
    if (result !== "success") return;
  }
  if (isLast) state.initialized = true;
  else if (!state.laterHasBegun) state.start.add(i + 1);
  if (hasChanged(container, status)) restart("definition changed", "");
  else if (container.livenessProbe && probes(status.id, "liveness") === "failure") {
    restart("failed liveness probe", "LivenessProbe");
  }
}

/** This one is done: the next may begin. */
function advance(state: State, { i, isLast }: One): void {
  if (isLast) state.initialized = true;
  else state.start.add(i + 1);
}
