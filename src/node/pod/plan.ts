// What is to be done so that the runtime has of a pod what its spec says. Pure; the rules are upstream's
// (kuberuntime's computePodActions).
import type { Container, Pod } from "../../schema/types/core-v1.ts";
import {
  type Draft,
  hasChanged,
  type KillReason,
  type Plan,
  type PlanInput,
  unknownState,
} from "./actions.ts";
import {
  hasAnyRegularContainer,
  isRunning,
  latest,
  type Observed,
  type ObservedContainer,
} from "./observed.ts";
import { planInit } from "./plan-init.ts";
import { resizeOf } from "./resize.ts";
import { restartsWhenKilled, shouldStart } from "./restart.ts";

export function plan(input: PlanInput): Plan {
  const { pod, observed } = input;
  const need = sandboxNeed(pod, observed);
  const draft: Draft = {
    killPod: need.create,
    createSandbox: need.create,
    ...(need.sandboxId === undefined ? {} : { sandboxId: need.sandboxId }),
    attempt: need.attempt,
    kill: [],
    resize: [],
    startInit: [],
    start: [],
    startEphemeral: [],
  };
  if (need.create) return planFresh(input, draft);
  for (const container of pod.spec.ephemeralContainers ?? [])
    if (!latest(observed, container.name)) draft.startEphemeral.push(container as Container);
  const initialized = planInit(input, draft);
  if (draft.killPod || !initialized) return draft;
  planRegular(input, draft);
  return draft;
}

/** Whether a new sandbox is needed, and why in upstream's words. */
export function sandboxNeed(
  pod: Pod,
  { sandboxes }: Observed,
): { create: boolean; attempt: number; sandboxId?: string; why: string } {
  const newest = sandboxes[0];
  if (!newest) return { create: true, attempt: 0, why: "No sandbox for pod can be found" };
  const next = { attempt: newest.metadata.attempt + 1, sandboxId: newest.id };
  const ready = sandboxes.filter((s) => s.state === "SANDBOX_READY").length;
  if (ready > 1) return { create: true, ...next, why: "Multiple sandboxes are ready for Pod" };
  if (newest.state !== "SANDBOX_READY") {
    return { create: true, ...next, why: "No ready sandbox for pod can be found" };
  }
  if (!pod.spec.hostNetwork && (newest.network?.ip ?? "") === "") {
    return { create: true, ...next, why: "Sandbox has no IP address" };
  }
  return { create: false, attempt: newest.metadata.attempt, sandboxId: newest.id, why: "" };
}

/** All begins anew in a new sandbox, unless nothing is left to run. */
function planFresh({ pod, observed }: PlanInput, draft: Draft): Plan {
  const begunBefore = draft.attempt !== 0 && observed.containers.length > 0;
  if (begunBefore && !anyRestarts(pod)) return { ...draft, createSandbox: false };
  const start = pod.spec.containers.filter((c) => {
    const policy = c.restartPolicy ?? pod.spec.restartPolicy;
    const status = latest(observed, c.name);
    return !(policy === "OnFailure" && status?.state === "CONTAINER_EXITED" && !status.exitCode);
  });
  if (start.length === 0 && hasAnyRegularContainer(pod, observed)) {
    return { ...draft, createSandbox: false };
  }
  const first = pod.spec.initContainers?.[0];
  if (first) draft.startInit.push(first);
  else draft.start.push(...start);
  return draft;
}

const anyRestarts = (pod: Pod): boolean => (pod.spec.restartPolicy ?? "Always") !== "Never";

function planRegular(input: PlanInput, draft: Draft): void {
  const { pod, observed } = input;
  let kept = 0;
  for (const container of pod.spec.containers) {
    const status = latest(observed, container.name);
    if (!status || !isRunning(status)) {
      if (!shouldStart(container, pod, observed)) continue;
      draft.start.push(container);
      if (status?.state === "CONTAINER_UNKNOWN") draft.kill.push(unknownState(status, "Container"));
      continue;
    }
    const why = whyKill(container, status, input);
    if (!why) {
      if (input.applied && resizeOf(container, input.applied(status)))
        draft.resize.push({ container, status });
      kept++;
      continue;
    }
    const restarts = why.changed || restartsWhenKilled(container, pod.spec);
    if (restarts) draft.start.push(container);
    const message = restarts ? `${why.message}, will be restarted` : why.message;
    draft.kill.push({ container: status, message, reason: why.reason });
  }
  if (kept === 0 && draft.start.length === 0) {
    draft.killPod = true;
    // Sidecars shall not keep the pod alive.
    draft.startInit = [];
  }
}

type Why = { message: string; reason: KillReason; changed: boolean };

function whyKill(
  container: Container,
  status: ObservedContainer,
  { probes, applied }: PlanInput,
): Why | undefined {
  const { name } = container;
  if (hasChanged(container, status)) {
    return { message: `Container ${name} definition changed`, reason: "", changed: true };
  }
  if (probes(status.id, "liveness") === "failure") {
    const message = `Container ${name} failed liveness probe`;
    return { message, reason: "LivenessProbe", changed: false };
  }
  if (probes(status.id, "startup") === "failure") {
    const message = `Container ${name} failed startup probe`;
    return { message, reason: "StartupProbe", changed: false };
  }
  if (applied && resizeOf(container, applied(status)) === "restart") {
    return { message: `Container ${name} resize requires restart`, reason: "", changed: false };
  }
  return undefined;
}
