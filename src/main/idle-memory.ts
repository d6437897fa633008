// Gives memory back once there is little to do. The engine collects garbage when it needs room, and judges by its last
// collections whether there is little to do: where none comes, since nothing is allocated, a server that was busy holds
// twice of what it needs for as long as it rests.
import { PerformanceObserver } from "node:perf_hooks";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Clock } from "../lib/clock.ts";

/** The engine of JavaScript, as far as its memory goes. */
export type Engine = {
  /** Bytes that its heap takes from the system, used or not. */
  heapBytes(): number;
  /** Calls `notice` some time after each collection of garbage, until the returned function is called. */
  onCollection(notice: () => void): () => void;
  /**
   * Collects all garbage, some 20 ms of CPU in one go. The engine sees then that little is allocated, and gives up the
   * room that is left about eight seconds later, in two further collections by small steps.
   */
  collect(): Promise<void>;
};

/** Without any collection for this time the process allocates next to nothing. */
const quietMs = 2000;

/** Shortest time between two collections that are asked for. */
const pauseMs = 10_000;

/** Growth of the heap since the last of them that makes the next one worth its while. */
const growthBytesMin = 8 * 1024 * 1024;

/**
 * Collects garbage when the process has come to rest. Sets no timer while nothing is allocated. Returns a function
 * that ends it.
 */
export function trimAtRest(clock: Clock, engine: Engine): () => void {
  let noticedAt = clock.monotonic();
  let trimmedAt = Number.NEGATIVE_INFINITY;
  let trimmedTo = 0;
  let cancel: (() => void) | undefined;
  const arm = (): void => {
    const due = Math.max(noticedAt + quietMs, trimmedAt + pauseMs);
    cancel ??= clock.after(due - clock.monotonic(), () => {
      cancel = undefined;
      if (clock.monotonic() < noticedAt + quietMs) arm();
      else if (engine.heapBytes() >= trimmedTo + growthBytesMin) void trim();
    });
  };
  const trim = async (): Promise<void> => {
    trimmedAt = clock.monotonic();
    await engine.collect();
    trimmedTo = engine.heapBytes();
  };
  const leave = engine.onCollection(() => {
    noticedAt = clock.monotonic();
    arm();
  });
  arm();
  return () => {
    leave();
    cancel?.();
  };
}

export const v8Engine: Engine = {
  heapBytes: () => getHeapStatistics().total_heap_size,
  onCollection(notice) {
    const observer = new PerformanceObserver(notice);
    observer.observe({ entryTypes: ["gc"] });
    return () => observer.disconnect();
  },
  async collect() {
    // The function exists only in contexts that are made while the flag is set.
    setFlagsFromString("--expose-gc");
    const collect: NodeJS.GCFunction = runInNewContext("gc");
    setFlagsFromString("--no-expose-gc");
    await collect({ type: "major", execution: "async" });
  },
};
