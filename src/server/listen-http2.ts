// HTTP/2 by the stream API: the compatibility layer would cost as much as our own work on a small answer.
import {
  constants,
  createServer,
  type Http2Session,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import type { TLSSocket } from "node:tls";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Api, ApiRequest, ApiResponse, Peer } from "../schema/api-request.ts";
import { joined, readBody, sizeOf, whenClosed, writeBatches, writeChunks } from "./listen-body.ts";
import { peerOf, requestRecord } from "./listen-request.ts";

export type Http2Sessions = {
  take(socket: TLSSocket): void;
  /** No new streams; each session ends with its last one. */
  close(): void;
  destroy(): void;
};

type Options = { api: Api; clock: Clock; log: Log };

/** Bounds of one connection, announced to the client. */
const sessionLimits = {
  /** Informers of one client share a connection, a watch each. */
  streamsMax: 1000,
  headerListBytesMax: 1 << 20,
  /** Bytes a client may send ahead in one stream. */
  windowBytes: 1 << 20,
  memoryMegabytesMax: 64,
  /**
   * Streams that a client may reset at once (all that it may have), and each second: more is an attack by rapid resets.
   */
  resetsAtOnceMax: 1000,
  resetsPerSecondMax: 100,
} as const;

export function http2Server({ api, clock, log }: Options): Http2Sessions {
  const sessions = new Map<Http2Session, Peer>();
  const sockets = new Set<TLSSocket>();
  const server = createServer({
    settings: {
      maxConcurrentStreams: sessionLimits.streamsMax,
      maxHeaderListSize: sessionLimits.headerListBytesMax,
      initialWindowSize: sessionLimits.windowBytes,
    },
    maxSessionMemory: sessionLimits.memoryMegabytesMax,
    streamResetBurst: sessionLimits.resetsAtOnceMax,
    streamResetRate: sessionLimits.resetsPerSecondMax,
  });
  server.on("session", (session) => {
    sessions.set(session, peerOf(session.socket as TLSSocket));
    session.setLocalWindowSize(connectionWindowBytes);
    session.on("close", () => sessions.delete(session));
    // What breaks a session also closes it and its streams, which is where it is dealt with.
    session.on("error", () => session.destroy());
  });
  server.on("stream", (stream, headers) => {
    const peer = sessions.get(stream.session!)!;
    answerStream({ api, clock }, stream, headers, peer).catch((error: unknown) => {
      const { ":method": method, ":path": url } = headers;
      log.warn("an answer could not be written", { method, url, error });
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    });
  });
  return {
    take(socket) {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      server.emit("connection", socket);
    },
    close() {
      for (const session of sessions.keys()) session.close();
    },
    destroy() {
      for (const session of sessions.keys()) session.destroy();
      // A session that has ended leaves its socket to the client to close, who may never do so.
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Bytes that all streams of a connection together may send ahead. */
const connectionWindowBytes = 8 << 20;

async function answerStream(
  { api, clock }: { api: Api; clock: Clock },
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  peer: Peer,
): Promise<void> {
  // The stream's close says the same; without a listener an error would end the process.
  stream.on("error", () => stream.destroy());
  const answer = await api(http2Request(stream, headers, peer, clock));
  if (stream.destroyed || stream.closed) return;
  if (headers[":method"] === "HEAD")
    await write(stream, { ...answer, body: { is: "empty" } }, clock);
  else await write(stream, answer, clock);
  if (stream.endAfterHeaders || stream.readableEnded) return;
  // What is left of a body that nobody wants need not come.
  if (stream.writableFinished) stream.close(constants.NGHTTP2_NO_ERROR);
  else stream.once("finish", () => stream.close(constants.NGHTTP2_NO_ERROR));
}

function http2Request(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  peer: Peer,
  clock: Clock,
): ApiRequest {
  return requestRecord({
    method: headers[":method"] ?? "GET",
    target: headers[":path"] ?? "/",
    headers: headers as Readonly<Record<string, string | undefined>>,
    peer,
    body: () => readBody(stream, headers["content-length"], clock),
    onClose: whenClosed(stream),
  });
}

async function write(stream: ServerHttp2Stream, answer: ApiResponse, clock: Clock): Promise<void> {
  const headers = answer.headers as OutgoingHttpHeaders;
  const { body, status } = answer;
  switch (body.is) {
    case "empty":
      stream.respond({ ...headers, ":status": status }, { endStream: true });
      return;
    case "bytes": {
      const length = sizeOf(body.chunks);
      stream.respond({ ...headers, ":status": status, "content-length": length });
      const whole = joined(body.chunks);
      if (whole !== undefined) stream.end(whole);
      else if (await writeChunks(stream, body.chunks, clock)) stream.end();
      return;
    }
    case "stream":
      stream.respond({ ...headers, ":status": status });
      await writeBatches(stream, body.batches, clock);
      stream.end();
      return;
    default:
      throw new Error(`an answer over HTTP/2 cannot be "${body.is}"`);
  }
}
