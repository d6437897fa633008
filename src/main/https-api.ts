// The API of another process as a function: HTTP/2 over one connection, HTTP/1.1 where the connection is to be
// upgraded (exec, attach, port-forward).
import { once } from "node:events";
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from "node:http2";
import { request as httpsRequest } from "node:https";
import { type ConnectionOptions, checkServerIdentity } from "node:tls";
import type { Api, ApiRequest, ApiResponse, Duplex as Connection } from "../schema/api-request.ts";
import { StatusError } from "../schema/status-error.ts";
import { joined } from "../server/joined.ts";

export type Target = {
  /** `https://host:port`. */
  server: string;
  /** PEM of the authority that the server's certificate must come from. */
  authority: string;
  /** PEM pair of the client's certificate. */
  certificate?: string;
  key?: string;
  token?: string;
  /** Name in the server's certificate, when it is not the address. */
  serverName?: string;
  /** Common name that the server's certificate must have beside that: the address alone may be anybody's. */
  serverUser?: string;
};

/** `close` lets requests under way end; until then the connection keeps the process alive. */
export type HttpsApi = { api: Api; close(): void };

type Headers = Record<string, string>;

/**
 * Bytes that a server may send ahead, in one answer and in all of a connection: the four MiB of Go's client. With the
 * protocol's own 64 KiB every eighth event of a watch is answered with a grant of more, which costs the server a read.
 */
const windowBytes = 4 << 20;

/** Longest wait for a connection, TLS included. */
const connectMsMax = 10_000;

export function httpsApi(target: Target): HttpsApi {
  let session: ClientHttp2Session | undefined;
  const open = (): ClientHttp2Session => {
    if (session && !session.closed && !session.destroyed) return session;
    const made = connect(target.server, {
      settings: { initialWindowSize: windowBytes },
      ca: target.authority,
      ...pairOf(target),
      ...identityOf(target),
    });
    made.once("connect", () => made.setLocalWindowSize(windowBytes));
    // Streams report the error to their callers; without a listener it would end the process.
    made.on("error", () => made.destroy());
    // A process that was stopped accepts connections, but says nothing.
    made.setTimeout(connectMsMax, () => {
      if (made.connecting) made.destroy(new Error(`no answer within ${connectMsMax / 1000} s`));
    });
    session = made;
    return made;
  };
  return {
    async api(request) {
      const headers = headersOf(request, target);
      const body = await request.body();
      if (headers["upgrade"] !== undefined) return upgrade(request, target, headers);
      return exchange(open(), request, headers, body);
    },
    close() {
      if (session?.connecting) session.destroy();
      else session?.close();
    },
  };
}

const pairOf = ({ certificate, key }: Target): { cert?: string; key?: string } =>
  certificate === undefined || key === undefined ? {} : { cert: certificate, key };

function identityOf({ serverName, serverUser }: Target): ConnectionOptions {
  return {
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(serverUser === undefined ? {} : { checkServerIdentity: identityCheck(serverUser) }),
  };
}

const identityCheck =
  (user: string): NonNullable<ConnectionOptions["checkServerIdentity"]> =>
  (host, certificate) => {
    const problem = checkServerIdentity(host, certificate);
    if (problem !== undefined || certificate.subject.CN === user) return problem;
    return new Error(`the certificate is not that of ${user}`);
  };

function headersOf(request: ApiRequest, target: Target): Headers {
  const headers: Headers = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && name !== "host") headers[name] = value;
  }
  if (target.token !== undefined) headers["authorization"] = `Bearer ${target.token}`;
  return headers;
}

const pathOf = ({ path, query }: ApiRequest): string => (query === "" ? path : `${path}?${query}`);

/** Fields that HTTP/2 refuses because they speak of one connection. */
const hopByHop = ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"];

async function exchange(
  session: ClientHttp2Session,
  request: ApiRequest,
  headers: Headers,
  body: Uint8Array,
): Promise<ApiResponse> {
  for (const name of hopByHop) delete headers[name];
  const stream = session.request(
    { ...headers, ":method": request.method, ":path": pathOf(request) },
    { endStream: body.length === 0 },
  );
  // Told where the answer is waited for, or its body is read; nobody waits for that of an aborted request.
  stream.on("error", () => {});
  const abort = (): void => stream.close(constants.NGHTTP2_CANCEL);
  request.signal.addEventListener("abort", abort, { once: true });
  stream.once("close", () => request.signal.removeEventListener("abort", abort));
  if (body.length > 0) stream.end(body);
  const answer = await responseOf(stream, request);
  const status = Number(answer[":status"] ?? 0);
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(answer)) {
    if (!name.startsWith(":") && value !== undefined) kept[name] = value as string | string[];
  }
  return { status, headers: kept, body: { is: "stream", batches: chunks(stream) } };
}

async function responseOf(
  stream: ClientHttp2Stream,
  request: ApiRequest,
): Promise<Record<string, unknown>> {
  try {
    const [answer] = (await once(stream, "response", {
      signal: request.signal,
    })) as [Record<string, unknown>];
    return answer;
  } catch (error) {
    if (request.signal.aborted) throw request.signal.reason;
    throw new StatusError(
      503,
      "ServiceUnavailable",
      `cannot reach the server: ${(error as Error).message}`,
    );
  }
}

async function* chunks(stream: AsyncIterable<Uint8Array>): AsyncIterable<readonly Uint8Array[]> {
  for await (const chunk of stream) yield [chunk];
}

function upgrade(request: ApiRequest, target: Target, headers: Headers): Promise<ApiResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<ApiResponse>();
  const outgoing = httpsRequest(`${target.server}${pathOf(request)}`, {
    method: request.method,
    headers: { ...headers, connection: "Upgrade" },
    ca: target.authority,
    ...pairOf(target),
    ...identityOf(target),
    signal: request.signal,
    agent: false,
  });
  outgoing.once("upgrade", (answer, socket, head) => {
    if (head.length > 0) socket.unshift(head);
    const run = (connection: Connection): Promise<void> => joined(connection, socket);
    const kept = answer.headers as Record<string, string>;
    resolve({ status: answer.statusCode ?? 101, headers: kept, body: { is: "upgrade", run } });
  });
  outgoing.once("response", (answer) => {
    const kept = answer.headers as Record<string, string>;
    resolve({
      status: answer.statusCode ?? 502,
      headers: kept,
      body: { is: "stream", batches: chunks(answer) },
    });
  });
  outgoing.once("error", (error) =>
    reject(new StatusError(503, "ServiceUnavailable", `cannot reach the server: ${error.message}`)),
  );
  outgoing.end();
  return promise;
}
