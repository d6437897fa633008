// The runtime over CRI: any CRI endpoint, with containerd's own events where it has them.
import type { Clock } from "../../lib/clock.ts";
import type { Log } from "../../lib/log.ts";
import {
  type ContainerFilter,
  type ContainerStats,
  type ExecResult,
  type FilesystemUsage,
  type ImageSpec,
  type Runtime,
  type RuntimeCondition,
  type RuntimeContainer,
  type RuntimeContainerStatus,
  RuntimeError,
  type RuntimeHandlerInfo,
  type RuntimeImage,
  type RuntimeVersion,
  runtimeCodes,
  type Sandbox,
  type SandboxFilter,
  type SandboxStatus,
} from "../runtime.ts";
import { type Connection, connect } from "./connect.ts";
import { eventsDefinition } from "./containerd-events.ts";
import { watchRuntime } from "./watch.ts";

/** A pull may take long; a runtime that does not move ends it itself. */
const pullTimeoutMs = 30 * 60_000;
/** A stop takes its grace and then up to this. */
const stopExtraMs = 60_000;
/** Beyond the time that the caller gave a command. */
const execExtraMs = 10_000;
const sandboxTimeoutMs = 4 * 60_000;

export type CriOptions = { endpoint: string; clock: Clock; log: Log };

/** Connects to the CRI runtime at `unix:///…`; rejects with a RuntimeError when it does not answer. */
export async function connectCri(options: CriOptions): Promise<Runtime> {
  const { default: cri } = await import("../facts/cri.json", { with: { type: "json" } });
  const connection = await connect(options.endpoint, [
    { package: "runtime.v1", json: cri },
    eventsDefinition,
  ]);
  try {
    const { runtimeName } = await versionOf(connection);
    return runtimeOver(connection, runtimeName, options);
  } catch (error) {
    connection.close();
    throw error;
  }
}

async function versionOf(connection: Connection): Promise<RuntimeVersion> {
  return await connection.call<RuntimeVersion>("RuntimeService/Version", { version: "v1" }, 5000);
}

function runtimeOver(connection: Connection, name: string, options: CriOptions): Runtime {
  return {
    name,
    version: () => versionOf(connection),
    async status() {
      const answer = await connection.call<{
        status?: { conditions: RuntimeCondition[] };
        runtimeHandlers?: RuntimeHandlerInfo[];
      }>("RuntimeService/Status", {});
      return {
        conditions: answer.status?.conditions ?? [],
        handlers: answer.runtimeHandlers ?? [],
      };
    },
    ...sandboxCalls(connection),
    ...containerCalls(connection),
    ...streamCalls(connection),
    ...imageCalls(connection),
    subscribe: (listener) => watchRuntime(connection, name, options, listener),
    close: () => connection.close(),
  };
}

type Calls<Keys extends keyof Runtime> = Pick<Runtime, Keys>;

function sandboxCalls(
  connection: Connection,
): Calls<
  "runPodSandbox" | "stopPodSandbox" | "removePodSandbox" | "podSandboxStatus" | "listPodSandbox"
> {
  return {
    async runPodSandbox(config, runtimeHandler) {
      const { podSandboxId } = await connection.call<{ podSandboxId: string }>(
        "RuntimeService/RunPodSandbox",
        { config, runtimeHandler },
        sandboxTimeoutMs,
      );
      return podSandboxId;
    },
    stopPodSandbox: (podSandboxId) =>
      unlessGone(connection.call("RuntimeService/StopPodSandbox", { podSandboxId })),
    removePodSandbox: (podSandboxId) =>
      unlessGone(connection.call("RuntimeService/RemovePodSandbox", { podSandboxId })),
    async podSandboxStatus(podSandboxId) {
      const answer = await connection.call<{ status: SandboxStatus | null }>(
        "RuntimeService/PodSandboxStatus",
        { podSandboxId },
      );
      return present(answer.status, podSandboxId);
    },
    async listPodSandbox(filter) {
      const answer = await connection.call<{ items: Sandbox[] }>("RuntimeService/ListPodSandbox", {
        filter: wireFilter(filter),
      });
      return answer.items;
    },
  };
}

function containerCalls(
  connection: Connection,
): Calls<
  | "createContainer"
  | "startContainer"
  | "stopContainer"
  | "removeContainer"
  | "listContainers"
  | "containerStatus"
  | "updateContainerResources"
  | "reopenContainerLog"
  | "containerStats"
> {
  return {
    async createContainer(podSandboxId, config, sandboxConfig) {
      const { containerId } = await connection.call<{ containerId: string }>(
        "RuntimeService/CreateContainer",
        { podSandboxId, config, sandboxConfig },
      );
      return containerId;
    },
    async startContainer(containerId) {
      await connection.call("RuntimeService/StartContainer", { containerId });
    },
    stopContainer: (containerId, graceSeconds) =>
      unlessGone(
        connection.call(
          "RuntimeService/StopContainer",
          { containerId, timeout: graceSeconds },
          graceSeconds * 1000 + stopExtraMs,
        ),
      ),
    removeContainer: (containerId) =>
      unlessGone(connection.call("RuntimeService/RemoveContainer", { containerId })),
    async listContainers(filter) {
      const answer = await connection.call<{ containers: RuntimeContainer[] }>(
        "RuntimeService/ListContainers",
        { filter: wireFilter(filter) },
      );
      return answer.containers;
    },
    async containerStatus(containerId) {
      const answer = await connection.call<{ status: RuntimeContainerStatus | null }>(
        "RuntimeService/ContainerStatus",
        { containerId },
      );
      return present(answer.status, containerId);
    },
    async updateContainerResources(containerId, linux) {
      await connection.call("RuntimeService/UpdateContainerResources", { containerId, linux });
    },
    async reopenContainerLog(containerId) {
      await connection.call("RuntimeService/ReopenContainerLog", { containerId });
    },
    async containerStats(filter = {}) {
      type Stats = ContainerStats & {
        attributes: { id: string; labels: Record<string, string> } | null;
      };
      const answer = await connection.call<{ stats: Stats[] }>(
        "RuntimeService/ListContainerStats",
        { filter },
      );
      return answer.stats.map(({ attributes, ...stats }) => ({
        ...stats,
        id: attributes?.id ?? "",
        labels: attributes?.labels ?? {},
      }));
    },
  };
}

function streamCalls(
  connection: Connection,
): Calls<"execSync" | "exec" | "attach" | "portForward"> {
  const url = async (method: string, request: object): Promise<URL> =>
    new URL((await connection.call<{ url: string }>(`RuntimeService/${method}`, request)).url);
  return {
    execSync: (containerId, cmd, timeoutSeconds) =>
      connection.call<ExecResult>(
        "RuntimeService/ExecSync",
        { containerId, cmd, timeout: timeoutSeconds },
        timeoutSeconds > 0 ? timeoutSeconds * 1000 + execExtraMs : 0,
      ),
    exec: (containerId, cmd, ask) => url("Exec", { containerId, cmd, ...ask }),
    attach: (containerId, ask) => url("Attach", { containerId, ...ask }),
    portForward: (podSandboxId, port) => url("PortForward", { podSandboxId, port }),
  };
}

type WireImage = Omit<RuntimeImage, "sizeBytes" | "uid"> & {
  size: number;
  uid: { value: number } | null;
};

const imageOf = ({ size, uid, ...image }: WireImage): RuntimeImage => ({
  ...image,
  sizeBytes: size,
  ...(uid ? { uid: uid.value } : {}),
});

function imageCalls(
  connection: Connection,
): Calls<"pullImage" | "imageStatus" | "listImages" | "removeImage" | "imageFsInfo"> {
  const ask = (image: ImageSpec): object => ({ image });
  return {
    async pullImage(image, auth, sandboxConfig) {
      const { imageRef } = await connection.call<{ imageRef: string }>(
        "ImageService/PullImage",
        { image, sandboxConfig, ...(auth ? { auth } : {}) },
        pullTimeoutMs,
      );
      return imageRef;
    },
    async imageStatus(image) {
      const answer = await connection.call<{ image: WireImage | null }>(
        "ImageService/ImageStatus",
        ask(image),
      );
      return answer.image ? imageOf(answer.image) : undefined;
    },
    async listImages() {
      const answer = await connection.call<{ images: WireImage[] }>("ImageService/ListImages", {});
      return answer.images.map(imageOf);
    },
    removeImage: (image) => unlessGone(connection.call("ImageService/RemoveImage", ask(image))),
    async imageFsInfo() {
      type Usage = {
        timestamp: number;
        fsId: { mountpoint: string } | null;
        usedBytes: { value: number } | null;
        inodesUsed: { value: number } | null;
      };
      const answer = await connection.call<{ imageFilesystems: Usage[] }>(
        "ImageService/ImageFsInfo",
        {},
      );
      return answer.imageFilesystems.map(
        (u): FilesystemUsage => ({
          timestamp: u.timestamp,
          mountpoint: u.fsId?.mountpoint ?? "",
          usedBytes: u.usedBytes?.value ?? 0,
          inodesUsed: u.inodesUsed?.value ?? 0,
        }),
      );
    },
  };
}

/** CRI wraps the state of a filter in a record of its own. */
function wireFilter(filter: SandboxFilter | ContainerFilter | undefined): object {
  if (!filter) return {};
  const { state, ...rest } = filter;
  return state === undefined ? rest : { ...rest, state: { state } };
}

async function unlessGone(done: Promise<unknown>): Promise<void> {
  try {
    await done;
  } catch (error) {
    if (!(error instanceof RuntimeError && error.code === runtimeCodes.notFound)) throw error;
  }
}

function present<T>(value: T | null, id: string): T {
  if (value) return value;
  throw new RuntimeError(runtimeCodes.notFound, `the runtime gave no status of ${id}`);
}
