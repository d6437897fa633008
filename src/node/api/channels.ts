// What exec, attach and port-forward over a WebSocket share: messages of the client that begin with the number of a
// channel, and behind them streams of the runtime's connection.
import type { Duplex } from "node:stream";
import type { WebSocketConnection } from "../../lib/websocket.ts";
import { SpdyConnection } from "../spdy/connection.ts";

/** How a client writes its channels: as bytes, or (`isText`) as a digit before base64. */
export class Channels {
  readonly #client: WebSocketConnection;
  readonly #isText: boolean;

  constructor(client: WebSocketConnection, isText: boolean) {
    this.#client = client;
    this.#isText = isText;
  }

  /** Resolves when more may be sent. */
  send(channel: number, data: Uint8Array): Promise<void> {
    const body = this.#isText ? Buffer.from(Buffer.from(data).toString("base64")) : data;
    const mark = this.#isText ? digitZero + channel : channel;
    return this.#client.send(Buffer.concat([Buffer.from([mark]), body]), this.#isText);
  }

  /** Until the client closes. An empty message is one of channel 0 without data. */
  async *messages(): AsyncIterable<{ channel: number; data: Uint8Array }> {
    for await (const message of this.#client.messages()) {
      const [mark = this.#isText ? digitZero : 0] = message.data;
      const body = message.data.subarray(1);
      if (this.#isText) {
        const data = Buffer.from(Buffer.from(body).toString("latin1"), "base64");
        yield { channel: mark - digitZero, data };
      } else yield { channel: mark, data: body };
    }
  }
}

const digitZero = 0x30;

/** Streams over a connection to the runtime. `reading` resolves when the connection has ended, and with it all streams. */
export function streamsOver(socket: Duplex): { spdy: SpdyConnection; reading: Promise<void> } {
  const spdy = new SpdyConnection({
    write: (bytes) => written(socket, bytes),
    end: () => socket.end(),
  });
  socket.on("error", () => socket.destroy());
  const reading = (async () => {
    for await (const bytes of socket) await spdy.receive(bytes as Buffer);
  })()
    // A connection that breaks off is an end as any other: the streams tell who waits for them.
    .catch(() => {})
    .finally(() => spdy.closed());
  return { spdy, reading };
}

/** Resolves when the socket takes more, also when it never will, because it is closed. */
export function written(socket: Duplex, bytes: Uint8Array): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (socket.destroyed || socket.write(bytes)) {
    resolve();
    return promise;
  }
  const done = (): void => {
    socket.off("drain", done).off("close", done);
    resolve();
  };
  socket.on("drain", done).on("close", done);
  return promise;
}
