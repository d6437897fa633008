// Requests of the server to pods, services and nodes' ports behind a proxy path. They look like our own API.
import { type ClientRequest, type IncomingMessage, request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import type { Socket } from "node:net";
import type { Api, ApiRequest, ApiResponse } from "../schema/api-request.ts";
import { StatusError } from "../schema/status-error.ts";
import { joined } from "./joined.ts";
import { KeptAgents } from "./kept-agents.ts";
import { goNetworkError } from "./outbound-errors.ts";

export type Origin = {
  readonly protocol: "http:" | "https:";
  readonly host: string;
  readonly port: number;
  /** Whom to believe, and who we are. When absent, what the other side shows is not checked. */
  readonly trust?: Trust;
};

export type Trust = {
  /** The name of which the other side must have a certificate. */
  readonly serverName: string;
  /** PEM; the system's authorities when absent. */
  readonly authorities?: string;
  /** Anybody is believed. */
  readonly insecure?: boolean;
  /** PEM of the certificate that we show, and its key. */
  readonly certificate?: string;
  readonly key?: string;
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

function exchange(
  origin: Origin,
  request: ApiRequest,
  body: Uint8Array,
  again = true,
): Promise<ApiResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<ApiResponse>();
  const upgrade = request.upgradable ? request.headers["upgrade"] : undefined;
  const sent = open(origin, request, body, { upgrade, keep: again });
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
  sent.on("error", (error: Error & { code?: string }) => {
    // A connection that was kept has been given up by the other side: a new one tells more.
    const stale = sent.reusedSocket && error.code === "ECONNRESET" && !request.signal.aborted;
    if (stale && again) exchange(origin, request, body, false).then(resolve, reject);
    else reject(unreachable(origin, error));
  });
  sent.end(body);
  return promise;
}

type Connection = {
  readonly upgrade: string | undefined;
  /** The connection may be one that was kept, or be kept. */
  readonly keep: boolean;
};

function open(
  { protocol, host, port, trust }: Origin,
  request: ApiRequest,
  body: Uint8Array,
  { upgrade, keep }: Connection,
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
  if (trust !== undefined) {
    const kept = keep && upgrade === undefined && repeatable.has(request.method);
    const agent = kept ? agents.of(JSON.stringify(trust)) : false;
    headers["host"] = trust.serverName;
    return secureRequest({ ...options, ...(kept ? {} : tlsOf(trust)), agent });
  }
  // As upstream's proxy: what a pod shows is not checked, nobody knows what it should be.
  return secureRequest({ ...options, rejectUnauthorized: false });
}

/** What may be asked a second time where nobody knows whether the first arrived. */
const repeatable: ReadonlySet<string> = new Set(["GET", "HEAD"]);

function tlsOf({ serverName, authorities, insecure, certificate, key }: Trust) {
  return {
    servername: serverName,
    rejectUnauthorized: insecure !== true,
    ...(authorities === undefined ? {} : { ca: authorities }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
  };
}

/** By the trust as JSON. */
const agents = new KeptAgents((trust) => tlsOf(JSON.parse(trust) as Trust));

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

function unreachable({ host, port, trust }: Origin, error: Error): StatusError {
  const why =
    trust === undefined
      ? `dial tcp ${host}:${port}: ${error.message}`
      : goNetworkError(error, {
          url: new URL(`https://${trust.serverName}`),
          address: { host, port },
        });
  return new StatusError(503, "ServiceUnavailable", `error trying to reach service: ${why}`);
}
