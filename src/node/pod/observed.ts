// What the runtime has of one pod, as the agent's decisions need it.
import type { Container, Pod } from "../../schema/types/core-v1.ts";
import {
  type Runtime,
  type RuntimeContainerStatus,
  RuntimeError,
  runtimeCodes,
  type SandboxStatus,
} from "../runtime.ts";
import { labels } from "./labels.ts";

export type ObservedContainer = RuntimeContainerStatus & {
  readonly sandboxId: string;
  /** Name in the pod's spec. */
  readonly name: string;
  readonly restartCount: number;
  /** Of the spec that it was made from. */
  readonly hash: string;
};

/** Both newest first. */
export type Observed = {
  readonly sandboxes: readonly SandboxStatus[];
  readonly containers: readonly ObservedContainer[];
};

export const nothing: Observed = Object.freeze({ sandboxes: [], containers: [] });

/** The newest container of that name. */
export const latest = (observed: Observed, name: string): ObservedContainer | undefined =>
  observed.containers.find((c) => c.name === name);

/** The newest container of that name in the pod's newest sandbox. */
export function active(observed: Observed, name: string): ObservedContainer | undefined {
  const sandbox = observed.sandboxes[0]?.id;
  return observed.containers.find((c) => c.name === name && c.sandboxId === sandbox);
}

export const isRunning = (c: ObservedContainer | undefined): boolean =>
  c?.state === "CONTAINER_RUNNING";

/** A container of the spec's `containers` has begun in the pod's newest sandbox. */
export function hasActiveRegularContainerStarted(pod: Pod, observed: Observed): boolean {
  const begun = new Set(["CONTAINER_RUNNING", "CONTAINER_EXITED"]);
  return pod.spec.containers.some((c) => begun.has(active(observed, c.name)?.state ?? ""));
}

export const hasAnyRegularContainer = (pod: Pod, observed: Observed): boolean =>
  pod.spec.containers.some((c) => latest(observed, c.name) !== undefined);

export const isSidecar = (c: Container): boolean => c.restartPolicy === "Always";

/** Addresses that the newest sandbox has; none on the machine's network. */
export function sandboxIps(sandbox: SandboxStatus | undefined): string[] {
  const network = sandbox?.network;
  if (!network || network.ip === "") return [];
  return [network.ip, ...network.additionalIps.map((a) => a.ip)];
}

/**
 * Containers that have ended for good are asked for once: `ended` keeps their answers by id, with the message that
 * `lastWords` gives.
 */
export async function observe(
  runtime: Runtime,
  podUid: string,
  ended: Map<string, ObservedContainer>,
  lastWords: (container: ObservedContainer) => Promise<string>,
): Promise<Observed> {
  const labelSelector = { [labels.podUid]: podUid };
  const [sandboxList, containerList] = await Promise.all([
    runtime.listPodSandbox({ labelSelector }),
    runtime.listContainers({ labelSelector }),
  ]);
  const [sandboxes, containers] = await Promise.all([
    Promise.all(sandboxList.map((s) => unlessGone(runtime.podSandboxStatus(s.id)))),
    Promise.all(
      containerList.map(async (c) => {
        const known = ended.get(c.id);
        if (known) return known;
        const status = await unlessGone(runtime.containerStatus(c.id));
        if (!status) return undefined;
        const observed = observedOf(status, c.podSandboxId);
        if (status.state !== "CONTAINER_EXITED") return observed;
        const message = await lastWords(observed);
        const complete = { ...observed, message };
        ended.set(c.id, complete);
        return complete;
      }),
    ),
  ]);
  const ids = new Set(containerList.map((c) => c.id));
  for (const id of ended.keys()) if (!ids.has(id)) ended.delete(id);
  return {
    sandboxes: present(sandboxes).sort((a, b) => b.metadata.attempt - a.metadata.attempt),
    containers: present(containers).sort((a, b) => b.createdAt - a.createdAt),
  };
}

export function observedOf(status: RuntimeContainerStatus, sandboxId: string): ObservedContainer {
  return {
    ...status,
    sandboxId,
    name: status.labels[labels.containerName] ?? status.metadata.name,
    restartCount: Number(status.annotations[labels.restartCount] ?? status.metadata.attempt),
    hash: status.annotations[labels.containerHash] ?? "",
  };
}

const present = <T>(list: readonly (T | undefined)[]): T[] => list.filter((x) => x !== undefined);

async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof RuntimeError && error.code === runtimeCodes.notFound) return undefined;
    throw error;
  }
}
