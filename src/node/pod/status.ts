// The status of a pod as its node reports it. Pure; the rules are upstream's (kubelet's generateAPIPodStatus).
import { qosClass } from "../../schema/kinds/core/pod/qos.ts";
import type { Container, ContainerStatus, Pod, PodStatus } from "../../schema/types/core-v1.ts";
import type { ProbeResults } from "./actions.ts";
import { conditions } from "./conditions.ts";
import { containerStatuses, lostContainer, type StatusInput } from "./container-status.ts";
import { hasActiveRegularContainerStarted, isSidecar, sandboxIps } from "./observed.ts";
import { type Phase, phaseOf } from "./phase.ts";

export type PodStatusInput = StatusInput & {
  /** What was reported last; what the API has when nothing was. */
  readonly before: PodStatus;
  readonly probes: ProbeResults;
  readonly isTerminal: boolean;
  readonly hostIps: readonly string[];
  readonly now: string;
  readonly ended?: EndedByNode;
};

/** The node ends the pod on its own account. */
export type EndedByNode = {
  readonly reason: string;
  readonly message: string;
  /**
   * The node needs the room: message of a condition, by which a Job may make the pod again without counting it.
   */
  readonly disruption?: string;
  /** Absent: as long as the pod asks for. */
  readonly graceSeconds?: number;
};

/** A pod that the node does not take; nothing of it has begun. */
export const refusedStatus = (pod: Pod, why: EndedByNode, now: string): PodStatus => ({
  ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
  phase: "Failed",
  conditions: pod.status?.conditions ?? [],
  reason: why.reason,
  message: why.message,
  startTime: pod.status?.startTime ?? now,
  qosClass: pod.status?.qosClass ?? qosClass(pod.spec),
});

export function podStatus(input: PodStatusInput): PodStatus {
  const { pod, before, observed } = input;
  const { spec } = pod;
  const init = containerStatuses(
    input,
    spec.initContainers ?? [],
    before.initContainerStatuses ?? [],
    "init",
  );
  const regular = containerStatuses(
    input,
    spec.containers,
    before.containerStatuses ?? [],
    "regular",
  );
  const ephemeral = containerStatuses(
    input,
    (spec.ephemeralContainers ?? []) as Container[],
    before.ephemeralContainerStatuses ?? [],
    "ephemeral",
  );
  setReadiness(input, init, regular);
  const phase = phaseFor(input, init, regular);
  const ips = spec.hostNetwork ? input.hostIps : sandboxIps(observed.sandboxes[0]);
  // A sandbox that has ended has no address any more; the pod keeps showing its last one.
  const shownIps = ips.length > 0 ? ips : (before.podIPs ?? []).map((p) => p.ip);
  const why = whyOf(input, phase);
  return {
    ...(pod.metadata.generation === undefined
      ? {}
      : { observedGeneration: pod.metadata.generation }),
    phase,
    conditions: conditions({
      pod,
      observed,
      phase,
      init,
      regular,
      before: before.conditions ?? [],
      now: input.now,
      ...(input.ended?.disruption ? { disruption: input.ended.disruption } : {}),
    }),
    ...why,
    ...(input.hostIps.length === 0
      ? {}
      : { hostIP: input.hostIps[0], hostIPs: input.hostIps.map((ip) => ({ ip })) }),
    ...(shownIps.length === 0
      ? {}
      : { podIP: shownIps[0], podIPs: shownIps.map((ip) => ({ ip })) }),
    startTime: before.startTime ?? input.now,
    ...(init.length === 0 ? {} : { initContainerStatuses: init }),
    containerStatuses: regular,
    ...(ephemeral.length === 0 ? {} : { ephemeralContainerStatuses: ephemeral }),
    qosClass: pod.status?.qosClass ?? qosClass(spec),
  };
}

/** A phase that is the last one stays. */
function phaseFor(
  { pod, before, observed, isTerminal, ended }: PodStatusInput,
  init: readonly ContainerStatus[],
  regular: readonly ContainerStatus[],
): Phase {
  for (const known of [pod.status?.phase, before.phase])
    if (known === "Succeeded" || known === "Failed") return known;
  if (ended) return "Failed";
  const hasInitialized = hasActiveRegularContainerStarted(pod, observed);
  return phaseOf({ pod, init, regular, isTerminal, hasInitialized });
}

function whyOf(
  { pod, before, ended }: PodStatusInput,
  phase: Phase,
): { reason?: string; message?: string } {
  if (ended) return { reason: ended.reason, message: ended.message };
  if (phase !== before.phase) return {};
  const reason = before.reason || pod.status?.reason;
  const message = before.message || pod.status?.message;
  return { ...(reason ? { reason } : {}), ...(message ? { message } : {}) };
}

function setReadiness(
  { pod, probes }: PodStatusInput,
  init: ContainerStatus[],
  regular: ContainerStatus[],
): void {
  for (const status of regular) {
    const container = pod.spec.containers.find((c) => c.name === status.name);
    if (container) setOne(status, container, probes);
  }
  for (const status of init) {
    const container = pod.spec.initContainers?.find((c) => c.name === status.name);
    if (!container) continue;
    setOne(status, container, probes);
    if (!isSidecar(container)) status.ready = status.state?.terminated?.exitCode === 0;
  }
}

/** Without a probe a running container has started and is ready. */
function setOne(status: ContainerStatus, container: Container, probes: ProbeResults): void {
  const id = status.containerID?.slice(status.containerID.indexOf("://") + 3) ?? "";
  const isRunning = status.state?.running !== undefined;
  status.started = isRunning && (!container.startupProbe || probes(id, "startup") === "success");
  status.ready =
    status.started && (!container.readinessProbe || probes(id, "readiness") === "success");
}

/**
 * What is reported when a pod has ended for good and its runtime's records may go: nothing runs any more, and what
 * is not known to have ended well counts as failed.
 */
export function finalStatus(pod: Pod, status: PodStatus): PodStatus {
  const lost = (s: ContainerStatus): ContainerStatus =>
    s.state?.terminated
      ? s
      : { ...s, ready: false, started: false, state: { terminated: { ...lostContainer } } };
  const init = status.initContainerStatuses ?? [];
  const hasBegun = (s: ContainerStatus): boolean => !s.state?.waiting || !!s.lastState?.terminated;
  const begunInit = Math.max(init.findLastIndex(hasBegun) + 1, Math.min(init.length, 1));
  const regular = status.containerStatuses ?? [];
  const isDone = status.phase === "Succeeded" || status.phase === "Failed";
  return {
    ...status,
    phase: isDone ? status.phase! : "Failed",
    ...(init.length === 0
      ? {}
      : { initContainerStatuses: init.map((s, i) => (i < begunInit ? lost(s) : s)) }),
    containerStatuses: hasInitialized(pod, status) ? regular.map(lost) : regular,
  };
}

function hasInitialized({ spec }: Pod, status: PodStatus): boolean {
  if ((spec.initContainers ?? []).length === 0) return true;
  const regular = status.containerStatuses ?? [];
  if (regular.some((s) => s.lastState?.terminated || !s.state?.waiting)) return true;
  const last = status.initContainerStatuses?.at(-1);
  if (!last) return false;
  if (spec.initContainers?.at(-1)?.restartPolicy === "Always") {
    return !!last.state?.running && last.started === true;
  }
  return (last.state?.terminated ?? last.lastState?.terminated)?.exitCode === 0;
}
