// Logs of a container: which run of it is meant, and what a request wants of them. Texts of refusals are upstream's
// (kubelet's GetKubeletContainerLogs).
import type { ApiRequest, ApiResponse } from "../../schema/api-request.ts";
import { badRequest, StatusError } from "../../schema/status-error.ts";
import type { ContainerStatus, Pod } from "../../schema/types/core-v1.ts";
import { logFolder } from "../act/sandbox.ts";
import type { NodeContext } from "../context.ts";
import type { LogRange } from "../host.ts";
import { isRunning } from "../pod/observed.ts";
import type { PodWorker } from "../worker.ts";

export type LogAsk = { worker: PodWorker; container: string; query: URLSearchParams };

export function containerLogs(
  context: NodeContext,
  request: ApiRequest,
  { worker, container, query }: LogAsk,
): ApiResponse {
  const { pod } = worker;
  const status = statusOf(worker, container);
  const previous = isTrue(query.get("previous"));
  const runs = worker.observed.containers.filter((c) => c.name === container);
  const name = `container "${container}" in pod "${pod.metadata.name}"`;
  const path = pathOf(context, pod, container, status, previous, name);
  const range = rangeOf(query, context.clock.now());
  const newest = runs[0]?.id;
  const ended = async (): Promise<boolean> => {
    const run = worker.observed.containers.find((c) => c.id === newest);
    return previous || !isRunning(run) || context.stopped.aborted;
  };
  const parts = context.host.readLog(path, range, ended, request.signal);
  return {
    status: 200,
    headers: { "content-type": "text/plain" },
    body: { is: "stream", batches: batches(parts) },
  };
}

async function* batches(parts: AsyncIterable<Uint8Array>): AsyncIterable<readonly Uint8Array[]> {
  for await (const part of parts) yield [part];
}

function statusOf({ pod, status }: PodWorker, container: string): ContainerStatus {
  const all = [
    ...(status.containerStatuses ?? []),
    ...(status.initContainerStatuses ?? []),
    ...(status.ephemeralContainerStatuses ?? []),
  ];
  const found = all.find((s) => s.name === container);
  if (found) return found;
  const message = `container "${container}" not found in pod "${pod.metadata.name}"`;
  throw badRequest(message);
}

function pathOf(
  context: NodeContext,
  pod: Pod,
  container: string,
  status: ContainerStatus,
  previous: boolean,
  name: string,
): string {
  const { state = {}, lastState = {}, restartCount } = status;
  const folder = `${logFolder(context, pod)}/${container}`;
  if (previous) {
    if (!lastState.terminated?.containerID) {
      throw badRequest(`previous terminated ${name} not found`);
    }
    const isWaiting =
      state.waiting !== undefined && status.containerID === lastState.terminated.containerID;
    return `${folder}/${isWaiting ? restartCount : restartCount - 1}.log`;
  }
  if (state.running || state.terminated?.containerID) return `${folder}/${restartCount}.log`;
  if (state.terminated || lastState.terminated?.containerID) return `${folder}/${restartCount}.log`;
  const reason = state.waiting?.reason;
  if (reason === "ErrImagePull" || reason === "ImagePullBackOff" || reason === "InvalidImageName") {
    const why: Readonly<Record<string, string>> = {
      ErrImagePull: "image can't be pulled",
      ImagePullBackOff: "trying and failing to pull image",
      InvalidImageName: "image name is not valid",
    };
    throw badRequest(`${name} is waiting to start: ${why[reason]}`);
  }
  if (reason) throw badRequest(`${name} is waiting to start: ${reason}`);
  throw badRequest(`${name} is not available`);
}

const isTrue = (text: string | null): boolean => text === "true" || text === "1";

function rangeOf(query: URLSearchParams, nowMs: number): LogRange {
  const number = (name: string): number | undefined => {
    const text = query.get(name);
    if (text === null || text === "") return undefined;
    const value = Number(text);
    if (Number.isInteger(value) && value >= 0) return value;
    throw new StatusError(422, "Invalid", `invalid value "${text}" of ${name}`);
  };
  const tailLines = number("tailLines");
  const limitBytes = number("limitBytes");
  const sinceSeconds = number("sinceSeconds");
  const sinceTime = query.get("sinceTime");
  const sinceMs = sinceTime
    ? Date.parse(sinceTime)
    : sinceSeconds === undefined
      ? undefined
      : nowMs - sinceSeconds * 1000;
  const stream = query.get("stream")?.toLowerCase();
  return {
    follow: isTrue(query.get("follow")),
    timestamps: isTrue(query.get("timestamps")),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(sinceMs === undefined || Number.isNaN(sinceMs) ? {} : { sinceMs }),
    ...(stream === "stdout" || stream === "stderr" ? { stream } : {}),
  };
}
