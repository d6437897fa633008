// The server's end of a WebSocket on a connection that has been upgraded (RFC 6455, without compression).
import { createHash } from "node:crypto";
import type { Duplex } from "../../schema/api-request.ts";

const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
/** Largest message that is taken; clients of exec send 32 KiB at most. */
const messageMax = 32 << 20;
const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** The value of `Sec-WebSocket-Accept`. */
export const acceptKey = (key: string): string =>
  createHash("sha1")
    .update(key + guid)
    .digest("base64");

/** What came: a message, whether as text or not. */
export type Message = { readonly isText: boolean; readonly data: Buffer };

export class WebSocketConnection {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);
  #isClosing = false;

  constructor(connection: Duplex) {
    this.#reader = connection.readable.getReader();
    this.#writer = connection.writable.getWriter();
  }

  /** Resolves when more may be sent. */
  async send(data: Uint8Array, isText = false): Promise<void> {
    await this.#send(isText ? opcodes.text : opcodes.binary, data);
  }

  /** Messages until the other side closes. Throws when it breaks the protocol. */
  async *messages(): AsyncIterable<Message> {
    let parts: Buffer[] = [];
    let isText = false;
    for (;;) {
      const frame = await this.#frame();
      if (!frame || frame.opcode === opcodes.close) return;
      if (frame.opcode === opcodes.ping) await this.#send(opcodes.pong, frame.data);
      if (frame.opcode > opcodes.binary) continue;
      if (frame.opcode !== opcodes.continuation) isText = frame.opcode === opcodes.text;
      parts.push(frame.data);
      if (!frame.isLast) continue;
      yield { isText, data: Buffer.concat(parts) };
      parts = [];
    }
  }

  /** Says goodbye and ends the connection. */
  async close(code = 1000, reason = ""): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    const data = Buffer.alloc(2 + Buffer.byteLength(reason));
    data.writeUInt16BE(code, 0);
    data.write(reason, 2);
    try {
      await this.#writer.ready;
      await this.#writer.write(frameOf(opcodes.close, data));
      await this.#writer.close();
    } catch {
      // The other side is gone already: there is nobody to say goodbye to.
    }
    await this.#reader.cancel().catch(() => {});
  }

  async #send(opcode: number, data: Uint8Array): Promise<void> {
    if (this.#isClosing) return;
    await this.#writer.ready;
    await this.#writer.write(frameOf(opcode, data));
  }

  async #frame(): Promise<{ opcode: number; isLast: boolean; data: Buffer } | undefined> {
    if (!(await this.#fill(2))) return undefined;
    const [first = 0, second = 0] = this.#rest;
    let head = 2;
    let length = second & 0x7f;
    if (length >= 126) {
      const size = length === 126 ? 2 : 8;
      if (!(await this.#fill(head + size))) return undefined;
      length = size === 2 ? this.#rest.readUInt16BE(2) : Number(this.#rest.readBigUInt64BE(2));
      head += size;
    }
    if (length > messageMax) throw new Error(`a WebSocket message of ${length} bytes is too large`);
    if ((second & 0x80) === 0) throw new Error("a WebSocket frame of a client must be masked");
    if (!(await this.#fill(head + 4 + length))) return undefined;
    const mask = this.#rest.subarray(head, head + 4);
    const data = Buffer.from(this.#rest.subarray(head + 4, head + 4 + length));
    for (let i = 0; i < data.length; i++) data[i] = (data[i] as number) ^ (mask[i & 3] as number);
    this.#rest = this.#rest.subarray(head + 4 + length);
    return { opcode: first & 0x0f, isLast: (first & 0x80) !== 0, data };
  }

  /** False at the end of the connection. */
  async #fill(count: number): Promise<boolean> {
    while (this.#rest.length < count) {
      const { done, value } = await this.#reader.read();
      if (done) return false;
      this.#rest =
        this.#rest.length === 0 ? Buffer.from(value) : Buffer.concat([this.#rest, value]);
    }
    return true;
  }
}

function frameOf(opcode: number, data: Uint8Array): Uint8Array {
  const { length } = data;
  const size = length < 126 ? 0 : length < 65536 ? 2 : 8;
  const bytes = Buffer.allocUnsafe(2 + size + length);
  bytes[0] = 0x80 | opcode;
  bytes[1] = size === 0 ? length : size === 2 ? 126 : 127;
  if (size === 2) bytes.writeUInt16BE(length, 2);
  if (size === 8) bytes.writeBigUInt64BE(BigInt(length), 2);
  bytes.set(data, 2 + size);
  return bytes;
}
