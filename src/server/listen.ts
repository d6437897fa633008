// The server's socket: TLS with HTTP/2 and HTTP/1.1 on one port. Turns requests into `ApiRequest`s and writes the
// answers; knows nothing of what is asked.
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { SecureContextOptions, TLSSocket } from "node:tls";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Api } from "../schema/api-request.ts";
import { makeHandshakes } from "./listen-handshake.ts";
import { http1Answer, http1Upgrade } from "./listen-http1.ts";
import { http2Server } from "./listen-http2.ts";

export type TlsFiles = {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
  /** PEM of the authority whose client certificates are asked for; identity is checked elsewhere. */
  readonly clientCa?: string;
  /** TLS 1.2 when absent. */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3";
  /** In OpenSSL's notation; the runtime's own choice when absent. */
  readonly ciphers?: string;
};

export type ListenOptions = {
  readonly api: Api;
  readonly tls: TlsFiles;
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  readonly clock: Clock;
  readonly log: Log;
};

export type Listener = {
  readonly host: string;
  readonly port: number;
  /** New connections get these certificates. */
  renew(tls: TlsFiles): void;
  /** Takes no new requests, lets those under way end for at most `graceMs`, then cuts connections. */
  stop(graceMs: number): Promise<void>;
};

/** Bounds of what one connection may do before and while it asks. */
const listenLimits = {
  handshakeMsMax: 10_000,
  /** Time for a whole request to arrive. */
  requestMsMax: 65_000,
  headersMsMax: 20_000,
  /** As upstream's server: Go's default. */
  headerBytesMax: 1 << 20,
  keepAliveMs: 180_000,
  connectionsMax: 20_000,
} as const;

/** Resolves once the port is open. Rejects when it cannot be opened (`EADDRINUSE`, `EACCES`). */
export async function listen(options: ListenOptions): Promise<Listener> {
  const sessions = http2Server(options);
  const server = createServer({
    ...secureContext(options.tls),
    ALPNProtocols: ["h2", "http/1.1"],
    requestCert: true,
    rejectUnauthorized: false,
    handshakeTimeout: listenLimits.handshakeMsMax,
    maxHeaderSize: listenLimits.headerBytesMax,
    headersTimeout: listenLimits.headersMsMax,
    requestTimeout: listenLimits.requestMsMax,
    keepAliveTimeout: listenLimits.keepAliveMs,
    noDelay: true,
  });
  server.maxConnections = listenLimits.connectionsMax;
  splitByProtocol(server, (socket) => sessions.take(socket));
  beginWithHello(server, options.clock);
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  serveHttp1(server, options);
  server.listen(options.port, options.host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    host: options.host,
    port,
    renew: (tls) => server.setSecureContext(secureContext(tls)),
    stop: (graceMs) => stopListening({ server, sessions, sockets }, options.clock, graceMs),
  };
}

const secureContext = (tls: TlsFiles): SecureContextOptions => ({
  key: tls.key,
  cert: tls.cert,
  minVersion: tls.minVersion ?? "TLSv1.2",
  ...(tls.ciphers === undefined ? {} : { ciphers: tls.ciphers }),
  ...(tls.clientCa === undefined ? {} : { ca: tls.clientCa }),
});

/** TLS begins when a client has said hello. */
function beginWithHello(server: Server, clock: Clock): void {
  const handshakes = makeHandshakes(clock);
  const tls = server.listeners("connection");
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    handshakes.take(socket, () => {
      for (const listener of tls) listener.call(server, socket);
    });
  });
  server.on("secureConnection", (socket: TLSSocket) => handshakes.done(socket));
}

/** Connections that negotiated HTTP/2 go to `take`, all others stay with the server's own HTTP/1.1. */
function splitByProtocol(server: Server, take: (socket: TLSSocket) => void): void {
  const http1 = server.listeners("secureConnection");
  server.removeAllListeners("secureConnection");
  server.on("secureConnection", (socket: TLSSocket) => {
    if (socket.alpnProtocol === "h2") take(socket);
    else for (const listener of http1) listener.call(server, socket);
  });
}

function serveHttp1(server: Server, { api, clock, log }: ListenOptions): void {
  const refused = new WeakSet<object>();
  server.on("request", (request, response) => {
    http1Answer(api, clock, request, response).catch((error: unknown) => {
      log.warn("an answer could not be written", {
        method: request.method,
        url: request.url,
        error,
      });
      response.destroy();
    });
  });
  server.on("upgrade", (request, socket, head) => {
    http1Upgrade(api, clock, { request, socket, head }).catch((error: unknown) => {
      log.warn("an upgrade failed", { url: request.url, error });
      socket.destroy();
    });
  });
  server.on("clientError", (error: NodeJS.ErrnoException & { reason?: string }, socket) => {
    // What follows the error on the same connection is reported, too.
    if (refused.has(socket)) return;
    refused.add(socket);
    if (socket.writable && error.code !== "ECONNRESET") socket.write(refusalOf(error));
    (socket as TLSSocket).destroySoon();
  });
  // A client that speaks no TLS, or not ours, or goes away amid the handshake: its own affair.
  server.on("tlsClientError", (_error, socket) => socket.destroy());
}

/** The answer to what is no request, in the words of upstream's server. */
function refusalOf({ code = "", reason = "" }: { code?: string; reason?: string }): string {
  const status = refusals[code] ?? refusals[reason] ?? "400 Bad Request";
  const type = "Content-Type: text/plain; charset=utf-8";
  const text = texts[status] ?? status;
  return `HTTP/1.1 ${status}\r\n${type}\r\nConnection: close\r\n\r\n${text}`;
}

/** By the parser's code, or by its words where one code is for several faults. */
const refusals: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
  "Request has invalid `Transfer-Encoding`": "501 Not Implemented",
  "Invalid HTTP version": "505 HTTP Version Not Supported: unsupported protocol version",
};

const texts: Readonly<Record<string, string>> = {
  "501 Not Implemented": "Unsupported transfer encoding",
};

type Open = {
  readonly server: Server;
  readonly sessions: ReturnType<typeof http2Server>;
  /** Every connection, also those that have not finished their handshake, of which the server's own list knows nothing. */
  readonly sockets: ReadonlySet<Socket>;
};

async function stopListening(
  { server, sessions, sockets }: Open,
  clock: Clock,
  graceMs: number,
): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  sessions.close();
  const cancel = clock.after(graceMs, () => {
    server.closeAllConnections();
    sessions.destroy();
    for (const socket of sockets) socket.destroy();
  });
  await closed;
  cancel();
}
