// Frames of SPDY/3.1, as far as exec, attach and port-forward use them.
//
//   control  1vvvvvvv vvvvvvvv tttttttt tttttttt flags length(24) data      data  0sssssss… flags length(24) data

export const controlTypes = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

export const finFlag = 1;

export type Frame =
  | {
      readonly is: "control";
      readonly type: number;
      readonly flags: number;
      readonly data: Uint8Array;
    }
  | {
      readonly is: "data";
      readonly stream: number;
      readonly flags: number;
      readonly data: Uint8Array;
    };

const spdyVersion = 3;
const headBytes = 8;

export function encodeFrame(frame: Frame): Uint8Array {
  const bytes = Buffer.allocUnsafe(headBytes + frame.data.length);
  if (frame.is === "control") {
    bytes.writeUInt16BE(0x8000 | spdyVersion, 0);
    bytes.writeUInt16BE(frame.type, 2);
  } else bytes.writeUInt32BE(frame.stream, 0);
  bytes.writeUInt32BE(((frame.flags << 24) | frame.data.length) >>> 0, 4);
  bytes.set(frame.data, headBytes);
  return bytes;
}

/** Takes bytes as they come and gives the frames that are whole. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  push(bytes: Uint8Array): Frame[] {
    this.#rest = this.#rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#rest, bytes]);
    const frames: Frame[] = [];
    let at = 0;
    while (this.#rest.length - at >= headBytes) {
      const first = this.#rest.readUInt32BE(at);
      const second = this.#rest.readUInt32BE(at + 4);
      const end = at + headBytes + (second & 0xffffff);
      if (this.#rest.length < end) break;
      const common = { flags: second >>> 24, data: this.#rest.subarray(at + headBytes, end) };
      frames.push(
        first >>> 31 === 1
          ? { is: "control", type: first & 0xffff, ...common }
          : { is: "data", stream: first, ...common },
      );
      at = end;
    }
    this.#rest = this.#rest.subarray(at);
    return frames;
  }
}

/** `count`, then length and text of each name and value. */
export function encodeHeaders(headers: Readonly<Record<string, string>>): Uint8Array {
  const parts: Buffer[] = [];
  const number = (value: number): void => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    parts.push(bytes);
  };
  number(Object.keys(headers).length);
  for (const pair of Object.entries(headers)) {
    for (const text of pair) {
      const bytes = Buffer.from(text);
      number(bytes.length);
      parts.push(bytes);
    }
  }
  return Buffer.concat(parts);
}
