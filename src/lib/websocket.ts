// The server's end of a WebSocket on a connection that has been upgraded (RFC 6455, without compression).

const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
/** Largest message that is taken; clients of exec send 32 KiB at most. */
const messageMax = 32 << 20;
/** Most frames of one message: an empty one costs the sender six bytes, and us a hundred. */
const framesMax = 16_384;
const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** The value of `Sec-WebSocket-Accept` for the `key` that the client sent. */
export async function acceptKey(key: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(key + guid));
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}

/** What came: a message, whether as text or not. */
export type Message = { readonly isText: boolean; readonly data: Uint8Array };

type Streams = {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
};

type Frame = { readonly opcode: number; readonly isLast: boolean; readonly data: Uint8Array };

export class WebSocketConnection {
  readonly #received: Received;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #isClosing = false;

  constructor(connection: Streams) {
    this.#received = new Received(connection.readable);
    this.#writer = connection.writable.getWriter();
  }

  /** Resolves when more may be sent. */
  async send(data: Uint8Array, isText = false): Promise<void> {
    await this.#send(isText ? opcodes.text : opcodes.binary, data);
  }

  /** Messages until the other side closes. Throws when it breaks the protocol. */
  async *messages(): AsyncIterable<Message> {
    let parts: Uint8Array[] = [];
    let size = 0;
    let isText = false;
    for (;;) {
      const frame = await this.#frame();
      if (!frame || frame.opcode === opcodes.close) return;
      if (frame.opcode === opcodes.ping) await this.#send(opcodes.pong, frame.data);
      if (frame.opcode > opcodes.binary) continue;
      if (frame.opcode !== opcodes.continuation) isText = frame.opcode === opcodes.text;
      size += frame.data.length;
      if (size > messageMax) throw tooLarge(size);
      parts.push(frame.data);
      if (parts.length > framesMax)
        throw new Error(`a WebSocket message of more than ${framesMax} frames is too large`);
      if (!frame.isLast) continue;
      yield { isText, data: joined(parts, size) };
      parts = [];
      size = 0;
    }
  }

  /** Says goodbye and ends the connection. */
  async close(code = 1000, reason = ""): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    const text = new TextEncoder().encode(reason);
    const data = joined([new Uint8Array([code >>> 8, code & 0xff]), text], 2 + text.length);
    try {
      await this.#writer.ready;
      await this.#writer.write(frameOf(opcodes.close, data));
      await this.#writer.close();
    } catch {
      // The other side is gone already: there is nobody to say goodbye to.
    }
    await this.#received.cancel();
  }

  async #send(opcode: number, data: Uint8Array): Promise<void> {
    if (this.#isClosing) return;
    await this.#writer.ready;
    await this.#writer.write(frameOf(opcode, data));
  }

  async #frame(): Promise<Frame | undefined> {
    const start = await this.#received.take(2);
    if (start === undefined) return undefined;
    const [first = 0, second = 0] = start;
    let length = second & 0x7f;
    if (length >= 126) {
      const bytes = await this.#received.take(length === 126 ? 2 : 8);
      if (bytes === undefined) return undefined;
      length = bytes.reduce((value, byte) => value * 256 + byte, 0);
    }
    if (length > messageMax) throw tooLarge(length);
    if ((second & 0x80) === 0) throw new Error("a WebSocket frame of a client must be masked");
    const mask = await this.#received.take(4);
    const masked = mask && (await this.#received.take(length));
    if (masked === undefined) return undefined;
    const data = new Uint8Array(length);
    for (let i = 0; i < length; i++) data[i] = masked[i]! ^ mask![i & 3]!;
    return { opcode: first & 0x0f, isLast: (first & 0x80) !== 0, data };
  }
}

const tooLarge = (length: number): Error =>
  new Error(`a WebSocket message of ${length} bytes is too large`);

/** Bytes in the order in which they came, taken in pieces of any size. */
class Received {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #chunks: Uint8Array[] = [];
  #size = 0;

  constructor(readable: ReadableStream<Uint8Array>) {
    this.#reader = readable.getReader();
  }

  /** The next `count` bytes; undefined when the connection ends before. */
  async take(count: number): Promise<Uint8Array | undefined> {
    while (this.#size < count) {
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      this.#chunks.push(value);
      this.#size += value.length;
    }
    const all = joined(this.#chunks, this.#size);
    this.#chunks = [all.subarray(count)];
    this.#size -= count;
    return all.subarray(0, count);
  }

  async cancel(): Promise<void> {
    // A connection that has failed is closed already.
    await this.#reader.cancel().catch(() => {});
  }
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function frameOf(opcode: number, data: Uint8Array): Uint8Array {
  const { length } = data;
  const size = length < 126 ? 0 : length < 65536 ? 2 : 8;
  const bytes = new Uint8Array(2 + size + length);
  bytes[0] = 0x80 | opcode;
  bytes[1] = size === 0 ? length : size === 2 ? 126 : 127;
  const view = new DataView(bytes.buffer);
  if (size === 2) view.setUint16(2, length);
  if (size === 8) view.setBigUint64(2, BigInt(length));
  bytes.set(data, 2 + size);
  return bytes;
}
