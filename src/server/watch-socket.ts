// A watch over a WebSocket, which browsers can read line by line: one message for each event.
import { acceptKey, WebSocketConnection } from "../lib/websocket.ts";
import type { ApiRequest, ApiResponse } from "../schema/api-request.ts";
import { badRequest } from "../schema/status-error.ts";

type Batches = AsyncIterable<readonly Uint8Array[]>;

/** True when the caller wants the events by WebSocket, and the connection allows it. */
export const wantsSocket = ({ upgradable, headers }: ApiRequest): boolean =>
  upgradable === true && headers["upgrade"]?.toLowerCase() === "websocket";

/** JSON goes as text. Throws StatusError(400) for a handshake that is none. */
export async function socketAnswer(
  { headers }: ApiRequest,
  batches: Batches,
  isText: boolean,
): Promise<ApiResponse> {
  const key = headers["sec-websocket-key"];
  if (key === undefined) throw badRequest("the header Sec-WebSocket-Key is missing");
  const protocol = headers["sec-websocket-protocol"]?.split(",").map((name) => name.trim())[0];
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
        // Its end ends the connection, and with it the watch.
        const closed = untilClosed(socket);
        for await (const batch of batches)
          for (const event of batch) await socket.send(event, isText);
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
