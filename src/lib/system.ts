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
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += randomBytesMax)
      crypto.getRandomValues(bytes.subarray(at, at + randomBytesMax));
    return bytes;
  },
  float() {
    const words = crypto.getRandomValues(new Uint32Array(2));
    return ((words[0]! >>> 5) * 0x400_0000 + (words[1]! >>> 6)) / 2 ** 53;
  },
};
