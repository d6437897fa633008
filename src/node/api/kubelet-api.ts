// The API that a node serves to the API server (upstream's kubelet API). Who may ask is checked by who listens.
import type { Api, ApiRequest, ApiResponse } from "../../schema/api-request.ts";
import { badRequest, StatusError } from "../../schema/status-error.ts";
import type { NodeContext } from "../context.ts";
import { isRunning, latest } from "../pod/observed.ts";
import { RuntimeError, runtimeCodes } from "../runtime.ts";
import type { PodWorker } from "../worker.ts";
import { containerLogs } from "./container-logs.ts";
import { portForward } from "./port-forward.ts";
import { remoteCommand, streamAsk } from "./remote-command.ts";
import { resourceMetrics, statsSummary } from "./stats.ts";
import { upgradeOf } from "./upgrade.ts";

export type KubeletParts = {
  readonly context: NodeContext;
  readonly workers: ReadonlyMap<string, PodWorker>;
};

type Call = KubeletParts & {
  readonly request: ApiRequest;
  readonly query: URLSearchParams;
  /** Parts of the path behind the first. */
  readonly path: readonly string[];
};

export function kubeletApi(parts: KubeletParts): Api {
  return async (request) => {
    const [first = "", ...path] = request.path.split("/").filter(Boolean).map(decodeURIComponent);
    const answer = routes[first];
    try {
      if (!answer)
        throw new StatusError(404, "NotFound", "the server could not find the requested resource");
      return await answer({ ...parts, request, path, query: new URLSearchParams(request.query) });
    } catch (error) {
      return streams.has(first) ? status(error) : refusal(error);
    }
  };
}

const routes: Readonly<Record<string, (call: Call) => Promise<ApiResponse>>> = {
  healthz: async () => text(200, "ok"),
  pods: async ({ workers }) => json(podList([...workers.values()])),
  runningpods: async ({ workers }) =>
    json(podList([...workers.values()].filter((w) => w.observed.containers.some(isRunning)))),
  async containerLogs({ context, request, path, query, workers }) {
    const [namespace = "", name = "", container = ""] = path;
    const worker = workerOf(workers, namespace, name);
    return containerLogs(context, request, { worker, container, query });
  },
  exec: (call) => command(call, true),
  attach: (call) => command(call, false),
  async portForward({ context, request, path, query, workers }) {
    const [namespace = "", name = "", uid] = path;
    const worker = workerOf(workers, namespace, name, uid);
    const upgrade = upgradeOf(request);
    const sandbox = worker.observed.sandboxes.find((s) => s.state === "SANDBOX_READY");
    if (!sandbox) throw badRequest(`pod ${name} is not running`);
    const ports = query
      .getAll("port")
      .flatMap((p) => p.split(","))
      .map(portOf);
    return portForward(upgrade, (wanted) => context.runtime.portForward(sandbox.id, wanted), ports);
  },
  async stats({ context, workers }) {
    return json(await statsSummary(context, workers));
  },
  async metrics({ context, path }) {
    return text(200, path[0] === "resource" ? await resourceMetrics(context) : processMetrics());
  },
};

async function command(call: Call, isExec: boolean): Promise<ApiResponse> {
  const { context, request, path, query, workers } = call;
  const [namespace = "", name = "", ...rest] = path;
  const container = rest.at(-1) ?? "";
  const worker = workerOf(workers, namespace, name, rest.length > 1 ? rest[0] : undefined);
  const run = latest(worker.observed, container);
  if (!run || !isRunning(run)) {
    throw new StatusError(
      500,
      "InternalError",
      `unable to upgrade connection: container not found ("${container}")`,
    );
  }
  const ask = streamAsk(query);
  const upgrade = upgradeOf(request);
  const url = isExec
    ? await context.runtime.exec(run.id, query.getAll("command"), ask)
    : await context.runtime.attach(run.id, { ...ask, tty: isTty(worker, container) });
  return remoteCommand(upgrade, url, isExec ? ask : { ...ask, tty: isTty(worker, container) });
}

/** Attach speaks to the container's own terminal, if it has one. */
function isTty({ pod }: PodWorker, container: string): boolean {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  const all = [...containers, ...initContainers, ...ephemeralContainers];
  return all.find((c) => c.name === container)?.tty === true;
}

function workerOf(
  workers: ReadonlyMap<string, PodWorker>,
  namespace: string,
  name: string,
  uid?: string,
): PodWorker {
  for (const worker of workers.values()) {
    const { metadata } = worker.pod;
    if (metadata.namespace !== namespace || metadata.name !== name) continue;
    if (uid === undefined || metadata.uid === uid) return worker;
  }
  throw new StatusError(404, "NotFound", `pod "${namespace}/${name}" not found`);
}

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw badRequest(`unable to parse port "${text}"`);
}

function podList(workers: readonly PodWorker[]): object {
  const items = workers.map((w) => ({ ...w.pod, status: w.status }));
  return { kind: "PodList", apiVersion: "v1", metadata: {}, items };
}

function processMetrics(): string {
  const { rss } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return [
    "# TYPE process_cpu_seconds_total counter",
    `process_cpu_seconds_total ${(user + system) / 1e6}`,
    "# TYPE process_resident_memory_bytes gauge",
    `process_resident_memory_bytes ${rss}`,
    "",
  ].join("\n");
}

const encoder = new TextEncoder();

const text = (status: number, content: string): ApiResponse => ({
  status,
  headers: { "content-type": "text/plain; charset=utf-8" },
  body: { is: "bytes", chunks: [encoder.encode(content)] },
});

const json = (value: unknown, code = 200): ApiResponse => ({
  status: code,
  headers: { "content-type": "application/json" },
  body: { is: "bytes", chunks: [encoder.encode(JSON.stringify(value))] },
});

/** Requests whose answer goes to the caller as it stands. */
const streams = new Set(["exec", "attach", "portForward"]);

/** As upstream's API server answers when a node refuses a stream. */
function status(error: unknown): ApiResponse {
  if (error instanceof StatusError && error.code !== 500) return json(error.toStatus(), error.code);
  if (error instanceof RuntimeError && error.code === runtimeCodes.unimplemented) {
    return json(new StatusError(405, "MethodNotAllowed", error.message).toStatus(), 405);
  }
  const why = error instanceof Error ? error.message : String(error);
  const message = `Internal error occurred: ${why}`;
  const details = { causes: [{ reason: "", message: why }] };
  return json(new StatusError(500, "InternalError", message, details).toStatus(), 500);
}

/** As upstream's kubelet: plain text, which the API server hands on. */
function refusal(error: unknown): ApiResponse {
  if (error instanceof StatusError) return text(error.code, error.message);
  if (error instanceof RuntimeError && error.code === runtimeCodes.unimplemented) {
    return text(501, error.message);
  }
  return text(500, error instanceof Error ? error.message : String(error));
}
