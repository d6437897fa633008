// The client's end of a SPDY/3.1 connection: it opens streams, the other end answers on them. The other end of a
// container runtime neither opens streams nor counts windows.
import { constants, createDeflate, type Deflate } from "node:zlib";
import { dictionary } from "./dictionary.ts";
import { controlTypes, encodeFrame, encodeHeaders, FrameReader, finFlag } from "./frames.ts";

/** Bytes on their way to one side before the other is asked to wait. */
export type SpdySocket = {
  /** Resolves when more may be written. */
  write(bytes: Uint8Array): Promise<void>;
  end(): void;
};

export type SpdyStream = {
  write(data: Uint8Array): Promise<void>;
  /** Nothing more will be written: the other side sees the end. */
  end(): Promise<void>;
  reset(): Promise<void>;
  /** Resolves when the other side has ended the stream, or the connection is gone. */
  readonly ended: Promise<void>;
};

type Open = { receive: (data: Uint8Array) => void | Promise<void>; end: () => void };

const cancel = 5;
/** Largest frame that is sent. */
const dataMax = 32 * 1024;

export class SpdyConnection {
  readonly #socket: SpdySocket;
  readonly #reader = new FrameReader();
  readonly #streams = new Map<number, Open>();
  readonly #deflate: Deflate;
  #sending: Promise<void> = Promise.resolve();
  #nextId = 1;

  constructor(socket: SpdySocket) {
    this.#socket = socket;
    this.#deflate = createDeflate({ dictionary });
  }

  /** `receive` is called for what comes on the stream; its promise holds up what follows. */
  async open(
    headers: Readonly<Record<string, string>>,
    receive: (data: Uint8Array) => void | Promise<void>,
  ): Promise<SpdyStream> {
    const id = this.#nextId;
    this.#nextId += 2;
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    this.#streams.set(id, { receive, end: resolve });
    await this.#inOrder(async () => {
      const start = Buffer.alloc(10);
      start.writeUInt32BE(id, 0);
      const block = await this.#compress(encodeHeaders(headers));
      await this.#send(controlTypes.synStream, Buffer.concat([start, block]));
    });
    return {
      ended,
      write: (data) => this.#write(id, data),
      end: () => this.#inOrder(() => this.#sendData(id, finFlag, new Uint8Array())),
      reset: () => this.#reset(id),
    };
  }

  /** Bytes from the other end. Resolves when they are taken care of. */
  async receive(bytes: Uint8Array): Promise<void> {
    for (const frame of this.#reader.push(bytes)) {
      if (frame.is === "data") {
        const stream = this.#streams.get(frame.stream);
        if (frame.data.length > 0) await stream?.receive(frame.data);
        if (frame.flags & finFlag) this.#end(frame.stream);
      } else await this.#control(frame.type, frame.flags, Buffer.from(frame.data));
    }
  }

  /** The connection is gone. */
  closed(): void {
    for (const id of [...this.#streams.keys()]) this.#end(id);
    this.#deflate.close();
  }

  async #control(type: number, flags: number, data: Buffer): Promise<void> {
    switch (type) {
      case controlTypes.ping:
        await this.#inOrder(() => this.#send(controlTypes.ping, data));
        return;
      case controlTypes.rstStream:
        this.#end(data.readUInt32BE(0));
        return;
      case controlTypes.synReply:
        if (flags & finFlag) this.#end(data.readUInt32BE(0));
    }
  }

  #end(id: number): void {
    this.#streams.get(id)?.end();
    this.#streams.delete(id);
  }

  async #write(id: number, data: Uint8Array): Promise<void> {
    for (let at = 0; at < data.length; at += dataMax) {
      const part = data.subarray(at, at + dataMax);
      await this.#inOrder(() => this.#sendData(id, 0, part));
    }
  }

  async #reset(id: number): Promise<void> {
    const data = Buffer.alloc(8);
    data.writeUInt32BE(id, 0);
    data.writeUInt32BE(cancel, 4);
    this.#end(id);
    await this.#inOrder(() => this.#send(controlTypes.rstStream, data));
  }

  /** Compression has a state: frames leave in the order in which their headers were compressed. */
  #inOrder(task: () => Promise<void>): Promise<void> {
    const done = this.#sending.then(task);
    // The sender is told; the next frame goes its own way.
    this.#sending = done.catch(() => {});
    return done;
  }

  #send(type: number, data: Uint8Array): Promise<void> {
    return this.#socket.write(encodeFrame({ is: "control", type, flags: 0, data }));
  }

  #sendData(stream: number, flags: number, data: Uint8Array): Promise<void> {
    return this.#socket.write(encodeFrame({ is: "data", stream, flags, data }));
  }

  #compress(block: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const parts: Buffer[] = [];
      const take = (part: Buffer): void => void parts.push(part);
      this.#deflate.on("data", take);
      this.#deflate.once("error", reject);
      this.#deflate.write(block);
      this.#deflate.flush(constants.Z_SYNC_FLUSH, () => {
        this.#deflate.off("data", take);
        this.#deflate.off("error", reject);
        resolve(Buffer.concat(parts));
      });
    });
  }
}
