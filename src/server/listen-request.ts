import type { TLSSocket } from "node:tls";
import type { ApiRequest, Peer } from "../schema/api-request.ts";

export type RequestParts = Pick<
  ApiRequest,
  "method" | "headers" | "peer" | "body" | "upgradable"
> & {
  /** Path and query as received. */
  readonly target: string;
  /** Calls `run` when the caller goes away or has its answer, at once when that has happened. */
  readonly onClose: (run: () => void) => void;
};

/**
 * The record that the rest of the server sees. The body is read once, the signal made only when
 * somebody asks for it.
 */
export function requestRecord(parts: RequestParts): ApiRequest {
  const mark = parts.target.indexOf("?");
  let abort: AbortController | undefined;
  let reading: Promise<Uint8Array> | undefined;
  return {
    method: parts.method,
    path: mark < 0 ? parts.target : parts.target.slice(0, mark),
    query: mark < 0 ? "" : parts.target.slice(mark + 1),
    headers: parts.headers,
    peer: parts.peer,
    body() {
      reading ??= parts.body();
      return reading;
    },
    upgradable: parts.upgradable,
    get signal() {
      if (abort === undefined) {
        const made = new AbortController();
        parts.onClose(() => made.abort());
        abort = made;
      }
      return abort.signal;
    },
  };
}

/** What the connection proves; asked for once a connection. */
export function peerOf(socket: TLSSocket): Peer {
  const certificate = socket.getPeerX509Certificate()?.raw;
  const address = socket.remoteAddress ?? "";
  return certificate === undefined ? { address } : { address, certificate };
}
