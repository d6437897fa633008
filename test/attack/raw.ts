// Clients that keep no rules: bytes over TLS, and HTTP/2 frame by frame.
import { Duplex } from "node:stream";
import { connect, type TLSSocket } from "node:tls";
import type { Target } from "./target.ts";

const answerMsMax = 30_000;

export type Raw = {
  readonly socket: TLSSocket;
  /** What has come so far. */
  received(): Buffer;
  /** True once the other side has ended the connection. */
  ended(): boolean;
  /** Resolves when `isSo` or the connection has ended; at the latest after 30 s. */
  until(isSo: (received: Buffer) => boolean): Promise<Buffer>;
  close(): void;
};

export async function open({ port, pki }: Target, protocol: "h2" | "http/1.1"): Promise<Raw> {
  const socket = connect({
    ...{ host: "127.0.0.1", port, ca: pki.authority.certificate },
    ALPNProtocols: [protocol],
  });
  const parts: Buffer[] = [];
  let ended = false;
  const listeners = new Set<() => void>();
  const wake = (): void => {
    for (const listener of listeners) listener();
  };
  socket.on("data", (part: Buffer) => {
    parts.push(part);
    wake();
  });
  // A connection that was cut is what many rows want to see.
  socket.on("error", () => socket.destroy());
  socket.on("close", () => {
    ended = true;
    wake();
  });
  socket.on("end", () => {
    ended = true;
    wake();
  });
  await new Promise<void>((resolve) => {
    socket.once("secureConnect", resolve);
    socket.once("close", resolve);
  });
  const received = (): Buffer => Buffer.concat(parts);
  return {
    socket,
    received,
    ended: () => ended,
    until(isSo) {
      const { promise, resolve } = Promise.withResolvers<Buffer>();
      const timer = setTimeout(resolve, answerMsMax, Buffer.alloc(0));
      const look = (): void => {
        const now = received();
        if (ended || isSo(now)) resolve(now);
      };
      listeners.add(look);
      look();
      return promise.finally(() => {
        clearTimeout(timer);
        listeners.delete(look);
      });
    },
    close: () => void socket.destroy(),
  };
}

/** What a client of TLS says first. */
export function hello(): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const wire = new Duplex({
    read() {},
    write(bytes: Buffer, _encoding, done) {
      resolve(bytes);
      done();
    },
  });
  connect({ socket: wire, ALPNProtocols: ["h2"] }).on("error", () => {});
  return promise;
}

/** The lines with which the answers begin: `400 Bad Request`, or `closed`. */
export async function says(target: Target, bytes: string | Buffer, answers = 1): Promise<string> {
  const raw = await open(target, "http/1.1");
  raw.socket.write(bytes);
  const lines = (got: Buffer): string[] =>
    [...got.toString("latin1").matchAll(/HTTP\/1\.1 (\d{3} [^\r]*)\r\n/g)].map((m) => m[1]!);
  const got = await raw.until((now) => lines(now).length >= answers);
  const isOver = raw.ended();
  raw.close();
  return lines(got).join(", ") || (isOver ? "closed" : "nothing");
}

export const frameTypes = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  promise: 5,
  ping: 6,
  goAway: 7,
  window: 8,
  continuation: 9,
} as const;

export const flags = { endStream: 1, endHeaders: 4, ack: 1, padded: 8 } as const;

export function frame(
  type: keyof typeof frameTypes | number,
  flag: number,
  stream: number,
  payload: Uint8Array | number[] = [],
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = typeof type === "number" ? type : frameTypes[type];
  head[4] = flag;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, Buffer.from(payload)]);
}

/** A field that no table keeps. */
export function literal(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
}

/** The same, kept in the table for later frames. */
export const indexed = (name: string, value: string): Buffer =>
  Buffer.concat([Buffer.from([0x40]), text(name), text(value)]);

function text(value: string): Buffer {
  const bytes = Buffer.from(value, "latin1");
  return Buffer.concat([Buffer.from(integer(bytes.length, 7, 0)), bytes]);
}

/** HPACK's integers. */
export function integer(value: number, bits: number, first: number): number[] {
  const most = 2 ** bits - 1;
  if (value < most) return [first | value];
  const out = [first | most];
  let rest = value - most;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
  out.push(rest);
  return out;
}

export const fields = (path: string, ...more: Buffer[]): Buffer =>
  Buffer.concat([
    literal(":method", "GET"),
    literal(":scheme", "https"),
    literal(":path", path),
    literal(":authority", "localhost"),
    ...more,
  ]);

export const request = (stream: number, path: string, ...more: Buffer[]): Buffer =>
  frame("headers", flags.endHeaders | flags.endStream, stream, fields(path, ...more));

export const preface = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  frame("settings", 0, 0),
]);

const codes = [
  ...["NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT"],
  ...["STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR"],
  ...["CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED"],
];

type Frame = { type: number; flag: number; stream: number; payload: Buffer };

function framesIn(bytes: Buffer): Frame[] {
  const found: Frame[] = [];
  for (let at = 0; at + 9 <= bytes.length; ) {
    const end = at + 9 + bytes.readUIntBE(at, 3);
    found.push({
      type: bytes[at + 3]!,
      flag: bytes[at + 4]!,
      stream: bytes.readUInt32BE(at + 5) & 0x7fff_ffff,
      payload: bytes.subarray(at + 9, end),
    });
    at = end;
  }
  return found;
}

/** What ended the connection or the stream: `goaway PROTOCOL_ERROR`, `reset CANCEL`, `answered`, `closed`. */
export function outcome(bytes: Buffer, isOver: boolean): string {
  const all = framesIn(bytes);
  const code = ({ payload }: Frame, at: number): string =>
    payload.length < at + 4 ? "" : (codes[payload.readUInt32BE(at)] ?? "unknown");
  const away = all.find(({ type }) => type === frameTypes.goAway);
  if (away) return `goaway ${code(away, 4)}`;
  const reset = all.find(({ type }) => type === frameTypes.reset);
  if (reset) return `reset ${code(reset, 0)}`;
  if (isOver) return "closed";
  return all.some(({ type }) => type === frameTypes.headers) ? "answered" : "nothing";
}

/** Sends all, then a ping; what has become of the connection when that is answered. */
export async function says2(target: Target, bytes: Buffer): Promise<string> {
  const raw = await open(target, "h2");
  const mark = Buffer.from("attacked");
  raw.socket.write(Buffer.concat([preface, bytes, frame("ping", 0, 0, mark)]));
  const got = await raw.until((now) => now.includes(mark) && answeredIn(now));
  const isOver = raw.ended();
  raw.close();
  return outcome(got, isOver);
}

const isAnswer = ({ type }: Frame): boolean =>
  type === frameTypes.headers || type === frameTypes.reset;

const answeredIn = (bytes: Buffer): boolean => framesIn(bytes).some(isAnswer);

/** Streams that were answered or reset. */
export const answersIn = (bytes: Buffer): number => framesIn(bytes).filter(isAnswer).length;
