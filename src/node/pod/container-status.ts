// Statuses of containers as the API shows them, from what the runtime has and from what was shown before. Pure; the
// rules are upstream's (kubelet's convertToAPIContainerStatuses).
import type {
  Container,
  ContainerStatus,
  Pod,
  ResourceRequirements,
} from "../../schema/types/core-v1.ts";
import { fullName, parseImage } from "./image-reference.ts";
import { containerHash } from "./labels.ts";
import { noTime } from "./no-time.ts";
import { hasAnyRegularContainer, type Observed, type ObservedContainer } from "./observed.ts";
import type { Applied } from "./resize.ts";
import { shouldStart } from "./restart.ts";

/** Why a container that shall start does not yet: `ErrImagePull`, `CrashLoopBackOff` with a message. */
export type StartFailure = { readonly reason: string; readonly message: string };

export type StatusInput = {
  readonly pod: Pod;
  readonly observed: Observed;
  /** Name of the runtime, before the ids. */
  readonly runtimeName: string;
  /** By name of the container. */
  readonly failures: ReadonlyMap<string, StartFailure>;
  /** Absent: every container has what its spec says. */
  readonly applied?: Applied;
};

type Kind = "regular" | "init" | "ephemeral";

export function containerStatuses(
  input: StatusInput,
  containers: readonly Container[],
  before: readonly ContainerStatus[],
  kind: Kind,
): ContainerStatus[] {
  const statuses = containers.map((container) => {
    const old = before.find((s) => s.name === container.name);
    return statusOf(input, container, old, kind);
  });
  // Init containers stand in the order of the spec, the others by name.
  return kind === "init" ? statuses : statuses.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function statusOf(
  input: StatusInput,
  container: Container,
  old: ContainerStatus | undefined,
  kind: Kind,
): ContainerStatus {
  const { pod, observed } = input;
  const found = observed.containers.filter((c) => c.name === container.name);
  const [newest, previous] = found;
  let status: ContainerStatus;
  if (newest) {
    status = fromRuntime(newest, old, input.runtimeName);
    status.image = shownImage(newest, container);
    if (previous) status.lastState = fromRuntime(previous, old, input.runtimeName).state ?? {};
  } else status = withoutRuntime(pod, container, old);
  withSpec(status, container, old, newest && input.applied?.(newest));
  if (kind === "init" && isDoneInit(input, container, newest, status)) return status;
  return withFailure(input, container, status);
}

const initializing = (pod: Pod): boolean => (pod.spec.initContainers ?? []).length > 0;

/** What is shown of a container that the runtime does not have. */
function withoutRuntime(
  pod: Pod,
  container: Container,
  old: ContainerStatus | undefined,
): ContainerStatus {
  if (old?.state?.terminated) return { ...old };
  const reason = initializing(pod) ? "PodInitializing" : "ContainerCreating";
  const status: ContainerStatus = {
    name: container.name,
    image: container.image ?? "",
    imageID: "",
    ready: false,
    restartCount: old?.restartCount ?? 0,
    state: { waiting: { reason } },
    lastState: old?.lastState ?? {},
  };
  if (!old?.state?.running || status.lastState?.terminated) return status;
  // It ran and is gone: waiting alone would make the pod pending again.
  status.lastState = {
    terminated: {
      reason: "ContainerStatusUnknown",
      message:
        "The container could not be located when the pod was deleted.  The container used to be Running",
      exitCode: 137,
      startedAt: noTime,
      finishedAt: noTime,
    },
  };
  if (!pod.metadata.deletionTimestamp) status.restartCount += 1;
  return status;
}

/** The runtime shows any of the names that an image has: the one that was asked for says more. */
function shownImage(c: ObservedContainer, container: Container): string {
  const asked = c.hash === containerHash(container) ? parseImage(container.image ?? "") : "";
  if (typeof asked === "string") return c.image.userSpecifiedImage || c.image.image;
  return fullName(asked);
}

function fromRuntime(
  c: ObservedContainer,
  old: ContainerStatus | undefined,
  runtimeName: string,
): ContainerStatus {
  const containerID = `${runtimeName}://${c.id}`;
  const status: ContainerStatus = {
    name: c.name,
    image: c.image.userSpecifiedImage || c.image.image,
    imageID: c.imageRef,
    containerID,
    ready: false,
    ...(c.user?.linux ? { user: { linux: c.user.linux } } : {}),
    restartCount: Math.max(c.restartCount, old?.restartCount ?? 0),
    state: {},
    lastState: lastStateFrom(containerID, old),
  };
  switch (c.state) {
    case "CONTAINER_RUNNING":
      status.state = { running: { startedAt: timeText(c.startedAt) } };
      if (old?.state?.terminated && old.restartCount >= c.restartCount) {
        status.restartCount = old.restartCount + (old.containerID === containerID ? 0 : 1);
      }
      break;
    case "CONTAINER_EXITED":
      status.state = {
        terminated: {
          exitCode: c.exitCode,
          reason: c.reason,
          ...(c.message === "" ? {} : { message: c.message }),
          startedAt: timeText(c.startedAt),
          finishedAt: timeText(c.finishedAt),
          containerID,
        },
      };
      break;
    case "CONTAINER_UNKNOWN":
      if (!old?.state?.running) status.state = { waiting: {} };
      else {
        status.state = { terminated: { ...lostContainer } };
        status.restartCount = old.restartCount + 1;
      }
      break;
    case "CONTAINER_CREATED":
      status.state = { waiting: {} };
  }
  return status;
}

/** Upstream's words for a container that ran and of which nothing is known any more. */
export const lostContainer = Object.freeze({
  reason: "ContainerStatusUnknown",
  message: "The container could not be located when the pod was terminated",
  exitCode: 137,
  startedAt: noTime,
  finishedAt: noTime,
});

function lastStateFrom(
  containerID: string,
  old: ContainerStatus | undefined,
): NonNullable<ContainerStatus["lastState"]> {
  if (!old) return {};
  if (old.containerID !== containerID && old.state?.terminated) {
    return { terminated: old.state.terminated };
  }
  return old.lastState?.terminated ? { terminated: old.lastState.terminated } : {};
}

/** What the spec says about a container and its status repeats. */
function withSpec(
  status: ContainerStatus,
  container: Container,
  old: ContainerStatus | undefined,
  applied: ResourceRequirements | undefined,
): void {
  if (status.containerID !== undefined) {
    const asked = container.resources?.requests;
    if (asked && Object.keys(asked).length > 0) status.allocatedResources = asked;
    const { requests, limits } = applied ?? container.resources ?? {};
    status.resources = { ...(limits ? { limits } : {}), ...(requests ? { requests } : {}) };
  }
  const mounts = container.volumeMounts ?? [];
  if (old?.volumeMounts) status.volumeMounts = old.volumeMounts;
  else if (mounts.length > 0) {
    status.volumeMounts = mounts.map((m) => ({
      name: m.name,
      mountPath: m.mountPath,
      ...(m.readOnly ? { readOnly: true, recursiveReadOnly: "Disabled" } : {}),
    }));
  }
}

/** An init container that is done stays as it is; one that was removed after its pod began counts as done. */
function isDoneInit(
  { pod, observed }: StatusInput,
  container: Container,
  newest: ObservedContainer | undefined,
  status: ContainerStatus,
): boolean {
  if (newest) return newest.state === "CONTAINER_EXITED" && newest.exitCode === 0;
  const isSidecar = container.restartPolicy === "Always";
  if (isSidecar || !status.state?.waiting || !hasAnyRegularContainer(pod, observed)) return false;
  status.state = {
    terminated: {
      reason: "Completed",
      message:
        "Unable to get init container status from container runtime and pod has been initialized, treat it as exited normally",
      exitCode: 0,
      startedAt: noTime,
      finishedAt: noTime,
    },
  };
  return true;
}

function withFailure(
  { pod, observed, failures }: StatusInput,
  container: Container,
  status: ContainerStatus,
): ContainerStatus {
  const failure = failures.get(container.name);
  if (!failure || !shouldStart(container, pod, observed)) return status;
  if (status.state?.terminated) status.lastState = status.state;
  const { reason, message } = failure;
  status.state = { waiting: { reason, ...(message === "" ? {} : { message }) } };
  return status;
}

/** Seconds are all that the API's times have. What never was is shown as upstream does: as the year 1970. */
const timeText = (ns: number): string =>
  `${new Date(Math.floor(ns / 1e6)).toISOString().slice(0, 19)}Z`;
