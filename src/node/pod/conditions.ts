// The conditions that a node sets on its pods. Pure; reasons and messages are upstream's (kubelet's status/generate.go).
import type { ContainerStatus, Pod, PodCondition } from "../../schema/types/core-v1.ts";
import { noTime } from "./no-time.ts";
import { isSidecar, type Observed } from "./observed.ts";
import type { Phase } from "./phase.ts";
import { sandboxNeed } from "./plan.ts";

export type ConditionInput = {
  readonly pod: Pod;
  readonly observed: Observed;
  readonly phase: Phase;
  readonly init: readonly ContainerStatus[];
  readonly regular: readonly ContainerStatus[];
  /** Those that stood before; their times stay while the status does. */
  readonly before: readonly PodCondition[];
  /** `2026-01-02T03:04:05Z` */
  readonly now: string;
  /** The node ends the pod for want of room, and says so. */
  readonly disruption?: string;
};

type Bare = { type: string; status: "True" | "False"; reason?: string; message?: string };

/** The types that the node sets, and may take away; all others are somebody else's. */
export const ours: ReadonlySet<string> = new Set([
  "PodReadyToStartContainers",
  "Initialized",
  "Ready",
  "ContainersReady",
  "PodScheduled",
]);

/** All conditions of the pod: those of others unchanged, then the node's. */
export function conditions(input: ConditionInput): PodCondition[] {
  const { pod, before, now } = input;
  const others = (pod.status?.conditions ?? []).filter(
    (c) => !ours.has(c.type) && (c.type !== disruptionTarget || input.disruption === undefined),
  );
  const ready = containersReady(input);
  const bare: Bare[] = [
    readyToStart(input),
    initialized(input),
    podReady(input, ready, others),
    { ...ready, type: "ContainersReady" },
    { type: "PodScheduled", status: "True" },
    ...disruptions(input),
  ];
  return [...others, ...bare.map((b) => timed(b, before, now, pod.metadata.generation))];
}

const disruptionTarget = "DisruptionTarget";

const disruptions = ({ disruption }: ConditionInput): Bare[] =>
  disruption === undefined
    ? []
    : [
        {
          type: disruptionTarget,
          status: "True",
          reason: "TerminationByKubelet",
          message: disruption,
        },
      ];

function timed(
  bare: Bare,
  before: readonly PodCondition[],
  now: string,
  generation: number | undefined,
): PodCondition {
  const old = before.find((c) => c.type === bare.type);
  const isSame = old?.status === bare.status;
  return {
    ...bare,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    lastProbeTime: noTime,
    lastTransitionTime: (isSame && old.lastTransitionTime) || now,
  };
}

function readyToStart({ pod, observed }: ConditionInput): Bare {
  const type = "PodReadyToStartContainers";
  const need = sandboxNeed(pod, observed);
  return need.create
    ? { type, status: "False", reason: "PodSandboxNotReady", message: need.why }
    : { type, status: "True" };
}

function initialized({ pod, phase, init, regular }: ConditionInput): Bare {
  const type = "Initialized";
  const unknown: string[] = [];
  const incomplete: string[] = [];
  for (const container of pod.spec.initContainers ?? []) {
    const status = init.find((s) => s.name === container.name);
    if (!status) unknown.push(container.name);
    else if (!(isSidecar(container) ? status.started : status.ready)) {
      incomplete.push(container.name);
    }
  }
  if (phase === "Succeeded" && unknown.length === 0) {
    return { type, status: "True", reason: "PodCompleted" };
  }
  const begun = regular.some(
    (s) => s.state?.running || s.state?.terminated || s.lastState?.terminated || s.started,
  );
  if (begun) return { type, status: "True" };
  const message = messageOf(unknown, incomplete, "incomplete");
  if (message === "") return { type, status: "True" };
  return { type, status: "False", reason: "ContainersNotInitialized", message };
}

function containersReady({ pod, phase, init, regular }: ConditionInput): Bare {
  const type = "ContainersReady";
  const unknown: string[] = [];
  const unready: string[] = [];
  const look = (name: string, statuses: readonly ContainerStatus[]): void => {
    const status = statuses.find((s) => s.name === name);
    if (!status) unknown.push(name);
    else if (!status.ready) unready.push(name);
  };
  for (const c of pod.spec.initContainers ?? []) if (isSidecar(c)) look(c.name, init);
  for (const c of pod.spec.containers) look(c.name, regular);
  if (phase === "Succeeded" && unknown.length === 0) {
    return { type, status: "False", reason: "PodCompleted" };
  }
  if (phase === "Failed") return { type, status: "False", reason: "PodFailed" };
  const message = messageOf(unknown, unready, "unready");
  if (message === "") return { type, status: "True" };
  return { type, status: "False", reason: "ContainersNotReady", message };
}

function podReady(
  { pod }: ConditionInput,
  containers: Bare,
  others: readonly PodCondition[],
): Bare {
  const type = "Ready";
  if (containers.status !== "True") return { ...containers, type };
  const messages: string[] = [];
  for (const { conditionType } of pod.spec.readinessGates ?? []) {
    const found = others.find((c) => c.type === conditionType);
    if (!found) {
      messages.push(
        `corresponding condition of pod readiness gate "${conditionType}" does not exist.`,
      );
    } else if (found.status !== "True") {
      messages.push(
        `the status of pod readiness gate "${conditionType}" is not "True", but ${found.status}`,
      );
    }
  }
  if (messages.length === 0) return { type, status: "True" };
  return { type, status: "False", reason: "ReadinessGatesNotReady", message: messages.join(", ") };
}

function messageOf(unknown: readonly string[], other: readonly string[], what: string): string {
  const parts: string[] = [];
  if (unknown.length > 0) parts.push(`containers with unknown status: [${unknown.join(" ")}]`);
  if (other.length > 0) parts.push(`containers with ${what} status: [${other.join(" ")}]`);
  return parts.join(", ");
}
