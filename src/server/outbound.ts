// Requests of the server to pods, services and nodes' ports behind a proxy path. They look like our own API.
import { type ClientRequest, type IncomingMessage, request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import type { Socket } from "node:net";
import { Duplex as NodeDuplex } from "node:stream";
import type { Api, ApiRequest, ApiResponse, Duplex } from "../schema/api-request.ts";
import { StatusError } from "../schema/status-error.ts";

export type Origin = {
  readonly protocol: "http:" | "https:";
  readonly host: string;
  readonly port: number;
};

/** Headers that are about one connection, and those that would tell another who asked us. */
const ownHeaders = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "host",
  "content-length",
]);

/** Time for the other side to accept a connection. */
const connectMsMax = 30_000;

/** Everything at `origin`, as an Api. Throws StatusError(503) when it cannot be reached. */
export function outboundApi(origin: Origin): Api {
  return async (request) => {
    const body = await request.body();
    return exchange(origin, request, body);
  };
}

function exchange(origin: Origin, request: ApiRequest, body: Uint8Array): Promise<ApiResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<ApiResponse>();
  const upgrade = request.upgradable ? request.headers["upgrade"] : undefined;
  const sent = open(origin, request, body, upgrade);
  const abort = (): void => void sent.destroy();
  request.signal.addEventListener("abort", abort, { once: true });
  sent.on("close", () => request.signal.removeEventListener("abort", abort));
  sent.on("socket", (socket) => boundConnecting(sent, socket));
  sent.on("response", (message) => resolve(answerOf(message)));
  sent.on("upgrade", (message, socket, head) => {
    // What breaks the connection also closes it, which is where it is dealt with.
    socket.on("error", () => socket.destroy());
    request.signal.addEventListener("abort", () => socket.destroy(), { once: true });
    if (head.length > 0) socket.unshift(head);
    resolve({
      status: message.statusCode ?? 101,
      headers: message.headers as ApiResponse["headers"],
      body: { is: "upgrade", run: (connection) => joined(connection, socket) },
    });
  });
  sent.on("error", (error) => reject(unreachable(origin, error)));
  sent.end(body);
  return promise;
}

function open(
  { protocol, host, port }: Origin,
  request: ApiRequest,
  body: Uint8Array,
  upgrade: string | undefined,
): ClientRequest {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined && !ownHeaders.has(name) && !name.startsWith(":"))
      headers[name] = value;
  if (upgrade !== undefined) Object.assign(headers, { connection: "Upgrade", upgrade });
  if (body.length > 0) headers["content-length"] = String(body.length);
  const options = {
    // A connection that was kept might be one that the other side has just given up.
    agent: false,
    host,
    port,
    method: request.method,
    path: request.query === "" ? request.path : `${request.path}?${request.query}`,
    headers,
  };
  if (protocol === "http:") return plainRequest(options);
  // As upstream's proxy: what a pod shows is not checked, nobody knows what it should be.
  return secureRequest({ ...options, rejectUnauthorized: false });
}

/** Once it is connected, the other side may take its time. */
function boundConnecting(sent: ClientRequest, socket: Socket): void {
  if (!socket.connecting) return;
  const tooSlow = (): void => void sent.destroy(new Error("i/o timeout"));
  socket.setTimeout(connectMsMax, tooSlow);
  socket.once("connect", () => {
    socket.setTimeout(0);
    socket.off("timeout", tooSlow);
  });
}

function answerOf(message: IncomingMessage): ApiResponse {
  const headers: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(message.headers))
    if (value !== undefined && !ownHeaders.has(name)) headers[name] = value;
  const length = message.headers["content-length"];
  if (length !== undefined) headers["content-length"] = length;
  return {
    status: message.statusCode ?? 502,
    headers,
    body: { is: "stream", batches: batchesOf(message) },
  };
}

async function* batchesOf(message: IncomingMessage): AsyncIterable<readonly Uint8Array[]> {
  for await (const chunk of message) yield [chunk as Uint8Array];
}

/** Ties two connections together until both have ended. */
async function joined(connection: Duplex, socket: NodeDuplex): Promise<void> {
  const other = NodeDuplex.toWeb(socket) as Duplex;
  await Promise.allSettled([
    connection.readable.pipeTo(other.writable),
    other.readable.pipeTo(connection.writable),
  ]);
}

const unreachable = ({ host, port }: Origin, error: Error): StatusError =>
  new StatusError(
    503,
    "ServiceUnavailable",
    `error trying to reach service: dial tcp ${host}:${port}: ${error.message}`,
  );
