// `kubectl get pods`: one word for what a pod is doing.
import type { Column } from "../../../kind.ts";
import type { Container, ContainerState, ContainerStatus, Pod } from "../../../types/core-v1.ts";
import { age, since } from "../../cells.ts";

export const podColumns: readonly Column<Pod>[] = [
  { name: "Ready", cell: (pod) => summary(pod).ready },
  { name: "Status", cell: (pod) => summary(pod).reason },
  { name: "Restarts", cell: restarts },
  age,
  { name: "IP", priority: 1, cell: ({ status }) => status?.podIPs?.[0]?.ip || "<none>" },
  { name: "Node", priority: 1, cell: ({ spec }) => spec.nodeName || "<none>" },
  {
    name: "Nominated Node",
    priority: 1,
    cell: ({ status }) => status?.nominatedNodeName || "<none>",
  },
  { name: "Readiness Gates", priority: 1, cell: readinessGates },
];

type Summary = {
  /** `1/2` */
  readonly ready: string;
  readonly reason: string;
  readonly restarts: number;
  /** API time of the newest end of a container that was started again; "" when there is none. */
  readonly lastRestart: string;
};

function restarts(pod: Pod, now: number): string {
  const { restarts: count, lastRestart } = summary(pod);
  return count === 0 || lastRestart === ""
    ? `${count}`
    : `${count} (${since(lastRestart, now)} ago)`;
}

function readinessGates({ spec, status }: Pod): string {
  const gates = spec.readinessGates ?? [];
  if (gates.length === 0) return "<none>";
  const open = gates.filter(
    ({ conditionType }) =>
      status?.conditions?.find(({ type }) => type === conditionType)?.status === "True",
  );
  return `${open.length}/${gates.length}`;
}

const sidecar = (container: Container | undefined): boolean =>
  container?.restartPolicy === "Always";

function summary(pod: Pod): Summary {
  const { spec, status } = pod;
  const init = initSummary(pod);
  const total = (spec.containers ?? []).length + (spec.initContainers ?? []).filter(sidecar).length;
  let reason = init.reason ?? phaseReason(pod);
  let { ready, restarts, lastRestart } = init;
  if (init.reason === undefined || isTrue(pod, "Initialized")) {
    const main = mainSummary(pod, reason);
    reason = main.reason;
    ready += main.ready;
    restarts = init.sidecarRestarts + main.restarts;
    lastRestart = later(init.sidecarLastRestart, main.lastRestart);
  }
  if (pod.metadata.deletionTimestamp) {
    const over = status?.phase === "Failed" || status?.phase === "Succeeded";
    if (status?.reason === "NodeLost") reason = "Unknown";
    else if (!over) reason = "Terminating";
  }
  return { ready: `${ready}/${total}`, reason, restarts, lastRestart };
}

function phaseReason({ status }: Pod): string {
  const gated = status?.conditions?.some(
    ({ type, reason }) => type === "PodScheduled" && reason === "SchedulingGated",
  );
  return gated ? "SchedulingGated" : status?.reason || status?.phase || "";
}

const isTrue = ({ status }: Pod, condition: string): boolean =>
  status?.conditions?.find(({ type }) => type === condition)?.status === "True";

const later = (a: string, b: string | undefined): string => (b !== undefined && b > a ? b : a);

/** `reason` is set while an init container has not finished. */
function initSummary({ spec, status }: Pod) {
  const sum = {
    ready: 0,
    restarts: 0,
    sidecarRestarts: 0,
    lastRestart: "",
    sidecarLastRestart: "",
  };
  const containers = spec.initContainers ?? [];
  for (const [i, one] of (status?.initContainerStatuses ?? []).entries()) {
    const ended = one.lastState?.terminated?.finishedAt;
    const isSidecar = sidecar(containers.find(({ name }) => name === one.name));
    sum.restarts += one.restartCount;
    sum.lastRestart = later(sum.lastRestart, ended);
    if (isSidecar) {
      sum.sidecarRestarts += one.restartCount;
      sum.sidecarLastRestart = later(sum.sidecarLastRestart, ended);
    }
    if (one.state?.terminated && (one.state.terminated.exitCode ?? 0) === 0) continue;
    if (isSidecar && one.started) {
      if (one.ready) sum.ready++;
      continue;
    }
    return { ...sum, reason: initReason(one.state, i, containers.length) };
  }
  return { ...sum, reason: undefined };
}

function initReason(state: ContainerState | undefined, done: number, all: number): string {
  if (state?.terminated) {
    return `Init:${terminationReason(state.terminated)}`;
  }
  const waiting = state?.waiting?.reason;
  return waiting && waiting !== "PodInitializing" ? `Init:${waiting}` : `Init:${done}/${all}`;
}

function terminationReason(ended: NonNullable<ContainerState["terminated"]>): string {
  if (ended.reason) return ended.reason;
  return ended.signal ? `Signal:${ended.signal}` : `ExitCode:${ended.exitCode ?? 0}`;
}

function mainSummary(pod: Pod, start: string) {
  const sum = { ready: 0, restarts: 0, lastRestart: "", reason: start };
  let running = false;
  let error = "";
  const statuses: readonly ContainerStatus[] = pod.status?.containerStatuses ?? [];
  for (const { restartCount, lastState, state, ready } of [...statuses].reverse()) {
    sum.restarts += restartCount;
    sum.lastRestart = later(sum.lastRestart, lastState?.terminated?.finishedAt);
    if (state?.waiting?.reason) sum.reason = state.waiting.reason;
    else if (state?.terminated) {
      sum.reason = terminationReason(state.terminated);
      if (state.terminated.exitCode) error = sum.reason;
    } else if (ready && state?.running) {
      running = true;
      sum.ready++;
    }
  }
  if (sum.reason !== "Completed") return sum;
  if (running && isTrue(pod, "Ready")) return { ...sum, reason: "Running" };
  return { ...sum, reason: error || (running ? "NotReady" : "Completed") };
}

const rowCondition = (reason: string, message: string) =>
  Object.freeze([Object.freeze({ type: "Completed", status: "True", reason, message })]);
const succeeded = rowCondition("Succeeded", "The pod has completed successfully.");
const failed = rowCondition("Failed", "The pod failed.");

/** Marks rows of pods that are over, which kubectl then dims or hides. */
export const podRowConditions = ({ status }: Pod) =>
  status?.phase === "Succeeded" ? succeeded : status?.phase === "Failed" ? failed : [];
