// Requests that turn into streams: which protocol is spoken, and the answer that begins it.
import { Duplex as NodeDuplex } from "node:stream";
import { acceptKey, WebSocketConnection } from "../../lib/websocket.ts";
import type { ApiRequest, ApiResponse, Duplex } from "../../schema/api-request.ts";
import { badRequest, StatusError } from "../../schema/status-error.ts";
import { type Dialled, dialSpdy } from "./dial.ts";

export type Upgrade = { readonly to: "spdy"; readonly protocols: string[] } | WebSocketUpgrade;
export type WebSocketUpgrade = {
  readonly to: "websocket";
  readonly key: string;
  readonly protocols: string[];
};

/** Throws a StatusError when the request asks for neither. */
export function upgradeOf(request: ApiRequest): Upgrade {
  const { headers } = request;
  const to = (headers["upgrade"] ?? "").toLowerCase();
  if (!request.upgradable || to === "") throw badRequest("Upgrade request required");
  if (to.startsWith("spdy/")) {
    return { to: "spdy", protocols: listOf(headers["x-stream-protocol-version"]) };
  }
  const key = headers["sec-websocket-key"];
  if (to !== "websocket" || key === undefined) throw badRequest(`unable to upgrade to "${to}"`);
  return { to: "websocket", key, protocols: listOf(headers["sec-websocket-protocol"]) };
}

const listOf = (text: string | undefined): string[] =>
  (text ?? "")
    .split(",")
    .map((p) => p.trim())
    .filter((p) => p !== "");

/** Both ends speak the same protocol: bytes go through untouched. */
export async function proxySpdy(
  url: URL,
  { protocols }: Extract<Upgrade, { to: "spdy" }>,
): Promise<ApiResponse> {
  const dialled = await dialSpdy(url, protocols);
  return {
    status: 101,
    headers: { ...dialled.headers, connection: "Upgrade", upgrade: "SPDY/3.1" },
    body: { is: "upgrade", run: (connection) => joined(connection, dialled) },
  };
}

/** Resolves when both directions have ended. */
async function joined(connection: Duplex, { socket }: Dialled): Promise<void> {
  const other = NodeDuplex.toWeb(socket) as Duplex;
  socket.on("error", () => socket.destroy());
  await Promise.allSettled([
    connection.readable.pipeTo(other.writable),
    other.readable.pipeTo(connection.writable),
  ]);
}

/**
 * Answers with the first of the client's protocols that `known` has; `""` when the client names none. `run` owns the
 * connection.
 */
export async function webSocketAnswer(
  asked: WebSocketUpgrade,
  known: readonly string[],
  run: (socket: WebSocketConnection, protocol: string) => Promise<void>,
): Promise<ApiResponse> {
  const protocol = asked.protocols.find((p) => known.includes(p));
  if (protocol === undefined && asked.protocols.length > 0) {
    const message = `none of the protocols is supported: ${asked.protocols.join(", ")}`;
    throw new StatusError(403, "Forbidden", message);
  }
  return {
    status: 101,
    headers: {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-accept": await acceptKey(asked.key),
      ...(protocol === undefined ? {} : { "sec-websocket-protocol": protocol }),
    },
    body: {
      is: "upgrade",
      async run(connection) {
        const socket = new WebSocketConnection(connection);
        try {
          await run(socket, protocol ?? "");
          await socket.close();
        } catch (error) {
          await socket.close(1011, error instanceof Error ? error.message.slice(0, 100) : "");
        }
      },
    },
  };
}
