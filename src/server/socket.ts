// A stream over a WebSocket, which browsers can read piece by piece: one message for each piece, nothing is taken.
import { acceptKey, WebSocketConnection } from "../lib/websocket.ts";
import type { ApiRequest, ApiResponse } from "../schema/api-request.ts";
import { badRequest } from "../schema/status-error.ts";

export type Batches = AsyncIterable<readonly Uint8Array[]>;

/** A browser's token among the names of protocols; the header is its only place for one. */
export const tokenProtocol = "base64url.bearer.authorization.k8s.io.";

/** True when the caller wants a WebSocket, and the connection allows it. */
export const wantsSocket = ({ upgradable, headers }: ApiRequest): boolean =>
  upgradable === true && headers["upgrade"]?.toLowerCase() === "websocket";

/** The protocols that the caller speaks, the one that he likes best first. */
export const protocolsOf = ({ headers }: ApiRequest): string[] =>
  (headers["sec-websocket-protocol"] ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && !name.startsWith(tokenProtocol));

export type SocketOptions = {
  readonly batches: Batches;
  readonly isText: boolean;
  /** Agreed on; undefined: none was asked for. */
  readonly protocol: string | undefined;
};

/** Throws StatusError(400) for a handshake that is none. */
export async function socketAnswer(
  { headers }: ApiRequest,
  { batches, isText, protocol }: SocketOptions,
): Promise<ApiResponse> {
  const key = headers["sec-websocket-key"];
  if (key === undefined) throw badRequest("the header Sec-WebSocket-Key is missing");
  return {
    status: 101,
    headers: {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-accept": await acceptKey(key),
      ...(protocol === undefined ? {} : { "sec-websocket-protocol": protocol }),
    },
    body: {
      is: "upgrade",
      async run(connection) {
        const socket = new WebSocketConnection(connection);
        // Its end ends the connection, and with it the stream.
        const closed = untilClosed(socket);
        for await (const batch of batches)
          for (const message of batch) await socket.send(message, isText);
        await socket.close();
        await closed;
      },
    },
  };
}

/** What a reader says besides goodbye means nothing. */
async function untilClosed(socket: WebSocketConnection): Promise<void> {
  try {
    for await (const _ of socket.messages());
    await socket.close();
  } catch {
    await socket.close(1002);
  }
}
