// Connections before TLS. One that has not said hello costs a socket and no more; TLS, which takes fifteen times as much
// memory for each, begins when the whole of a client's first record is there, and for a bounded number at a time.
import type { Socket } from "node:net";
import type { Clock } from "../lib/clock.ts";

/** Time for the first record to arrive. */
const helloMsMax = 10_000;

/** Connections that have not said hello; beyond them the oldest one is cut. */
const silentMax = 10_000;

/** Handshakes that have begun and are not done; others wait in a line. */
const begunMax = 512;

/** Handshakes that begin in one go: each takes half a millisecond. */
const goMax = 16;

/** While others wait, a handshake that takes longer is cut: nearly all take one round trip. */
const patienceMs = 500;

export type Handshakes = {
  /** A new connection. `begin` starts TLS on it. */
  take(socket: Socket, begin: () => void): void;
  /** TLS is established on the connection from there. */
  done(socket: Pick<Socket, "remoteAddress" | "remotePort">): void;
};

type Begun = { readonly socket: Socket; readonly sinceMs: number };
type Waiting = { readonly socket: Socket; readonly begin: () => void };

export function makeHandshakes(clock: Clock): Handshakes {
  const silent = new Set<Socket>();
  const line = new Set<Waiting>();
  /** By address, the oldest first. */
  const begun = new Map<string, Begun>();
  let isLooking = false;
  let inGo = 0;

  const next = (): void => {
    for (const waiting of line) {
      if (begun.size >= begunMax || inGo === goMax) break;
      line.delete(waiting);
      if (waiting.socket.destroyed) continue;
      begun.set(addressOf(waiting.socket), {
        socket: waiting.socket,
        sinceMs: clock.monotonic(),
      });
      if (inGo++ === 0) clock.after(0, nextGo);
      waiting.begin();
    }
    if (line.size === 0 || isLooking) return;
    isLooking = true;
    clock.after(patienceMs, look);
  };

  const nextGo = (): void => {
    inGo = 0;
    next();
  };

  const look = (): void => {
    isLooking = false;
    const lateMs = clock.monotonic() - patienceMs;
    // Their end calls the next ones.
    for (const { socket, sinceMs } of begun.values()) if (sinceMs <= lateMs) socket.destroy();
    next();
  };

  const finish = (address: string): void => {
    if (begun.delete(address)) next();
  };

  return {
    take(socket, begin) {
      const waiting = { socket, begin };
      const address = addressOf(socket);
      silent.add(socket);
      const cancel = clock.after(helloMsMax, () => void socket.destroy());
      const heard = (): void => {
        cancel();
        silent.delete(socket);
      };
      socket.once("close", () => {
        heard();
        line.delete(waiting);
        if (begun.get(address)?.socket === socket) finish(address);
      });
      untilHello(socket, () => {
        heard();
        line.add(waiting);
        next();
      });
      if (silent.size > silentMax) silent.values().next().value?.destroy();
    },
    done: (socket) => finish(addressOf(socket)),
  };
}

const addressOf = ({ remoteAddress, remotePort }: Pick<Socket, "remoteAddress" | "remotePort">) =>
  `${remoteAddress} ${remotePort}`;

/** Calls `then` when the first record is there, which then is what the socket's next reader reads first. */
function untilHello(socket: Socket, then: () => void): void {
  let got: Buffer = Buffer.alloc(0);
  const read = (part: Buffer): void => {
    got = got.length === 0 ? part : Buffer.concat([got, part]);
    if (!isWhole(got)) return;
    socket.off("data", read).off("end", leave).pause();
    socket.unshift(got);
    then();
  };
  const leave = (): void => void socket.destroy();
  // Who goes away before he has said anything is nobody's affair.
  socket.on("error", leave);
  socket.on("end", leave).on("data", read);
}

const handshakeRecord = 22;
const recordHeadBytes = 5;
const recordBytesMax = 1 << 14;

/** True also for what is no record of a handshake: TLS has the words for that. */
function isWhole(got: Buffer): boolean {
  if (got[0] !== handshakeRecord) return true;
  if (got.length < recordHeadBytes) return false;
  const length = got.readUInt16BE(recordHeadBytes - 2);
  return length > recordBytesMax || got.length >= recordHeadBytes + length;
}
