// HTTP/1.1, and with it the upgrades to other protocols that exec, attach, port-forward and proxies need.
import { type IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Duplex as NodeDuplex } from "node:stream";
import { Duplex as NodeDuplexStream } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { Clock } from "../lib/clock.ts";
import type { Api, ApiRequest, ApiResponse, Duplex, Peer } from "../schema/api-request.ts";
import { joined, readBody, sizeOf, whenClosed, writeBatches, writeChunks } from "./listen-body.ts";
import { peerOf, requestRecord } from "./listen-request.ts";

/** Answers one request. Rejects when the answer could not be written. */
export async function http1Answer(
  api: Api,
  clock: Clock,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const onClose = whenClosed(response);
  const why = problemOf(request);
  if (why !== undefined) return refuse(response, why);
  // Others of the same connection are to be answered first.
  if (response.socket === null) await inLine(request, response);
  if (request.socket.destroyed) return;
  const answer = await api(http1Request(request, clock, { onClose, upgradable: false }));
  if (!response.destroyed) await write(response, answer, clock);
}

/** Requests of one connection that wait for answers to earlier ones; with more it is cut. */
const waitingMax = 4096;

/** Of each connection on which several requests came at once: what wakes those that wait. */
const lines = new WeakMap<NodeDuplex, Set<() => void>>();

/** Requests sent without waiting for answers are worked on one after another, as by upstream's server. */
async function inLine({ socket }: IncomingMessage, response: ServerResponse): Promise<void> {
  const line = lineOf(socket);
  const { promise, resolve } = Promise.withResolvers<void>();
  line.add(resolve);
  if (line.size > waitingMax) socket.destroy();
  response.once("socket", resolve);
  await promise;
  line.delete(resolve);
}

function lineOf(socket: NodeDuplex): Set<() => void> {
  const known = lines.get(socket);
  if (known !== undefined) return known;
  const line = new Set<() => void>();
  lines.set(socket, line);
  whenClosed(socket)(() => {
    for (const wake of line) wake();
  });
  return line;
}

export type Upgrade = {
  readonly request: IncomingMessage;
  readonly socket: NodeDuplex;
  /** What the client sent behind the request already. */
  readonly head: Buffer;
};

/** Answers a request that asks for another protocol, which the API may grant or not. */
export async function http1Upgrade(
  api: Api,
  clock: Clock,
  { request, socket, head }: Upgrade,
): Promise<void> {
  const onClose = whenClosed(socket);
  // What breaks the socket also closes it, which is where it is dealt with.
  socket.on("error", () => socket.destroy());
  const why = problemOf(request);
  if (why !== undefined) return refuse(responseOn(request, socket), why);
  const answer = await api(http1Request(request, clock, { onClose, upgradable: true }));
  if (socket.destroyed) return;
  if (answer.body.is === "upgrade") {
    socket.write(upgradeHead(answer));
    if (head.length > 0) socket.unshift(head);
    await answer.body.run(NodeDuplexStream.toWeb(socket) as Duplex);
    return;
  }
  await write(responseOn(request, socket), answer, clock);
}

/** An ordinary answer to a request for an upgrade; the connection ends with it. */
function responseOn(request: IncomingMessage, socket: NodeDuplex): ServerResponse {
  const response = new ServerResponse(request);
  response.assignSocket(socket as TLSSocket);
  response.shouldKeepAlive = false;
  response.on("finish", () => socket.end());
  return response;
}

/** Why it is no request, for upstream's server, although Node takes it for one. */
function problemOf({ rawHeaders, httpVersionMajor }: IncomingMessage): string | undefined {
  if (httpVersionMajor < 1) return "400 Bad Request";
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!;
    if (name.length === 4 && name.toLowerCase() === "host") hosts++;
  }
  // Who stands before the server may have looked at another one of them.
  return hosts > 1 ? "400 Bad Request: too many Host headers" : undefined;
}

function refuse(response: ServerResponse, why: string): void {
  const headers = { "content-type": "text/plain; charset=utf-8", connection: "close" };
  response.writeHead(400, headers).end(why);
}

type Connection = { onClose: (run: () => void) => void; upgradable: boolean };

function http1Request(message: IncomingMessage, clock: Clock, connection: Connection): ApiRequest {
  const headers = message.headers as Readonly<Record<string, string | undefined>>;
  const hasBody = headers["transfer-encoding"] !== undefined;
  const length = headers["content-length"] ?? (hasBody ? undefined : "0");
  return requestRecord({
    method: message.method ?? "GET",
    target: message.url ?? "/",
    headers,
    peer: knownPeer(message.socket as TLSSocket),
    body: () => readBody(message, length, clock),
    ...connection,
  });
}

const peers = new WeakMap<TLSSocket, Peer>();

function knownPeer(socket: TLSSocket): Peer {
  let peer = peers.get(socket);
  if (peer === undefined) {
    peer = peerOf(socket);
    peers.set(socket, peer);
  }
  return peer;
}

async function write(response: ServerResponse, answer: ApiResponse, clock: Clock): Promise<void> {
  const headers = { ...answer.headers } as OutgoingHttpHeaders;
  // Without it Node says nothing of keeping the connection, as Go: HTTP/1.1 keeps it anyway.
  if (response.shouldKeepAlive) response.removeHeader("connection");
  const { body, status } = answer;
  switch (body.is) {
    case "empty":
      response.writeHead(status, headers).end();
      return;
    case "bytes": {
      headers["content-length"] = sizeOf(body.chunks);
      response.writeHead(status, headers);
      const whole = joined(body.chunks);
      if (whole !== undefined) response.end(whole);
      else if (await writeChunks(response, body.chunks, clock)) response.end();
      return;
    }
    case "stream":
      response.writeHead(status, headers);
      response.flushHeaders();
      await writeBatches(response, body.batches, clock);
      response.end();
      return;
    default:
      throw new Error(`an answer over HTTP/1.1 cannot be "${body.is}"`);
  }
}

function upgradeHead(answer: ApiResponse): string {
  const lines = [`HTTP/1.1 ${answer.status} Switching Protocols`];
  for (const [name, value] of Object.entries(answer.headers))
    for (const one of typeof value === "string" ? [value] : value) lines.push(`${name}: ${one}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}
