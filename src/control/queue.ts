// Keys to be worked on. A key is in work at most once, is remembered while it is in work, and comes back
// later and later while it fails.
//
//   add("a") add("b") add("a")  →  work("a"), work("b")         twice the same is once
//   add("a") during work("a")   →  work("a") again, afterwards   nothing is missed
import type { Clock } from "../lib/clock.ts";
import { Deadlines } from "./deadlines.ts";

export type QueueOptions = {
  clock: Clock;
  /** Keys in work at a time. */
  workers: number;
  /**
   * Works on one key. When it rejects, the key comes back after a wait. A promise in `until` keeps the key
   * out of work, but not a worker, until it resolves; it must not reject.
   */
  work: (key: string, signal: AbortSignal) => Promise<{ until?: Promise<void> } | undefined>;
  /** Told of each failure before the key waits. `failures` counts those in a row. */
  onError?: (key: string, error: unknown, failures: number) => void;
  /** Waits after failures in a row; upstream's 5 ms doubling to 1000 s when absent. */
  retryMs?: { first: number; max: number };
};

export type Queue = {
  /** As soon as a worker is free. Keys are taken in the order in which they came. */
  add(key: string): void;
  /** No later than `delayMs` from now; an earlier time that was asked for stays. */
  addAfter(key: string, delayMs: number): void;
  /** Keys that wait for a worker. */
  readonly length: number;
  /** True when no key waits or is in work; later ones (`addAfter`, failures) do not count. */
  readonly isIdle: boolean;
  /** Aborts the work under way; resolves when it has ended. Keys that wait are forgotten. */
  stop(): Promise<void>;
};

const retryDefault = { first: 5, max: 1_000_000 };

/** Works on keys as soon as they are added. Keys that wait are bounded by the objects that there are. */
export function startQueue(options: QueueOptions): Queue {
  const { clock, workers, work, onError } = options;
  const retryMs = options.retryMs ?? retryDefault;
  const waiting = new Set<string>();
  const inWork = new Map<string, Promise<void>>();
  const again = new Set<string>();
  const failures = new Map<string, number>();
  const stopping = new AbortController();
  let busy = 0;

  const add = (key: string): void => {
    if (stopping.signal.aborted) return;
    if (inWork.has(key)) again.add(key);
    else waiting.add(key);
    next();
  };
  const later = new Deadlines(clock, add);

  function next(): void {
    for (const key of waiting) {
      if (busy >= workers || stopping.signal.aborted) return;
      waiting.delete(key);
      busy++;
      inWork.set(key, run(key));
    }
  }

  async function run(key: string): Promise<void> {
    let until: Promise<void> | undefined;
    try {
      // Work starts in a turn of its own, so that `add` never runs it; what was added until then it will see.
      await undefined;
      again.delete(key);
      until = (await work(key, stopping.signal))?.until;
      failures.delete(key);
    } catch (error) {
      if (!stopping.signal.aborted) retry(key, error);
    }
    busy--;
    next();
    await until;
    inWork.delete(key);
    if (again.delete(key)) add(key);
  }

  function retry(key: string, error: unknown): void {
    const count = failures.get(key) ?? 0;
    failures.set(key, count + 1);
    onError?.(key, error, count + 1);
    later.set(key, Math.min(retryMs.first * 2 ** count, retryMs.max));
  }

  return {
    add,
    addAfter(key, delayMs) {
      if (delayMs <= 0) add(key);
      else if (!stopping.signal.aborted) later.set(key, delayMs);
    },
    get length() {
      return waiting.size;
    },
    get isIdle() {
      return waiting.size === 0 && inWork.size === 0;
    },
    async stop() {
      stopping.abort();
      waiting.clear();
      again.clear();
      later.clear();
      await Promise.all(inWork.values());
    },
  };
}
