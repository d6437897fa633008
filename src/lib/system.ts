import type { Clock } from "./clock.ts";
import type { Random } from "./random.ts";

// The real world's clock and randomness. Only `main`, programs and tests import this file; all
// other code takes a Clock and a Random by argument.

/** Longest delay that the runtime's timer takes; a longer one would fire at once. */
const timerMsMax = 0x7fff_ffff;

/** Most bytes that one call of the platform's generator gives. */
const randomBytesMax = 65_536;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, run) {
    let timer: ReturnType<typeof setTimeout>;
    const arm = (restMs: number): void => {
      timer =
        restMs > timerMsMax
          ? setTimeout(() => arm(restMs - timerMsMax), timerMsMax)
          : setTimeout(run, restMs);
    };
    arm(Math.max(delayMs, 0));
    return () => clearTimeout(timer);
  },
};

export const systemRandom: Random = {
  bytes(length) {
    if (length <= poolBytes) return drawn(length);
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += randomBytesMax)
      crypto.getRandomValues(bytes.subarray(at, at + randomBytesMax));
    return bytes;
  },
  float() {
    const b = drawn(7);
    const high = b[0]! | (b[1]! << 8) | (b[2]! << 16);
    const low = b[3]! | (b[4]! << 8) | (b[5]! << 16) | ((b[6]! & 0x1f) << 24);
    return (high * 2 ** 29 + low) / 2 ** 53;
  },
};

/** Bytes that are asked of the platform at once: a call costs as much as thousands of them. */
const poolBytes = 4096;
const pool = new Uint8Array(poolBytes);
let poolAt = poolBytes;

/** The next `length` bytes of the pool; each is given out once and forgotten. */
function drawn(length: number): Uint8Array {
  if (poolAt + length > poolBytes) {
    crypto.getRandomValues(pool);
    poolAt = 0;
  }
  const bytes = pool.slice(poolAt, poolAt + length);
  pool.fill(0, poolAt, poolAt + length);
  poolAt += length;
  return bytes;
}
