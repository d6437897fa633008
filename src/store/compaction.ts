import { type Clock, pause } from "../lib/clock.ts";
import type { View } from "./view.ts";

/** How much of the past is kept. Whichever bound is reached first counts. */
export type Retention = {
  ageMs: number;
  events: number;
  /** Bytes of values that only the past needs. */
  bytes: number;
};

/** Age as upstream's API server has it; the others bound the memory of a busy store. */
export const defaultRetention: Retention = Object.freeze({
  ageMs: 5 * 60_000,
  events: 100_000,
  bytes: 256 * 1024 * 1024,
});

/** Events or chunks of memory that are let go of in one go: well below a millisecond of work. */
const stepsMax = 500;

/** How exactly the age is kept, as a part of it: the number of marks that are held at a time. */
const marksPerAge = 20;

/**
 * Forgets the past of a view, by age, count and size, in steps short enough to delay nobody.
 * While a revision is pinned, nothing later than it is forgotten.
 */
export class Compaction {
  readonly #view: View;
  readonly #clock: Clock;
  readonly #retention: Retention;
  readonly #onStep: () => void;
  readonly #stop = new AbortController();
  /** Revision that was the newest at a time, oldest first, for the bound by age. */
  #marks: { at: number; revision: number }[] = [];
  #cancelTimer: (() => void) | undefined;
  #target = 0;
  #running: Promise<void> | undefined;
  #pins = new Set<{ revision: number }>();

  constructor(view: View, clock: Clock, retention: Retention, onStep: () => void) {
    this.#view = view;
    this.#clock = clock;
    this.#retention = retention;
    this.#onStep = onStep;
  }

  /** Says that there are new events; starts what has become due. */
  noticeWrites(): void {
    const now = this.#clock.monotonic();
    const last = this.#marks.at(-1);
    if (!last || now - last.at >= this.#retention.ageMs / marksPerAge) {
      this.#marks.push({ at: now, revision: this.#view.revision });
    } else {
      last.revision = this.#view.revision;
    }
    this.#arm();
    this.#boundSize();
  }

  /** Resolves once everything that only reads before `revision` need is forgotten. */
  compact(revision: number): Promise<void> {
    this.#target = Math.max(this.#target, Math.min(revision, this.#view.revision));
    this.#running ??= this.#run();
    return this.#running;
  }

  /** Keeps reads at `revision` possible until the returned function is called. */
  pin(revision: number): () => void {
    const pin = { revision };
    this.#pins.add(pin);
    return () => {
      if (this.#pins.delete(pin)) void this.compact(0);
    };
  }

  async close(): Promise<void> {
    this.#cancelTimer?.();
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    await undefined;
    while (!this.#stop.signal.aborted && !this.#view.compactStep(this.#reachable(), stepsMax)) {
      this.#onStep();
      // Aborted only by `close`, which waits for this function.
      await pause(this.#clock, 0, this.#stop.signal);
    }
    this.#running = undefined;
    this.#onStep();
  }

  #reachable(): number {
    let revision = this.#target;
    for (const pin of this.#pins) revision = Math.min(revision, pin.revision);
    return revision;
  }

  /** Sets the timer for the oldest mark: an idle store has none. */
  #arm(): void {
    const oldest = this.#marks[0];
    if (this.#cancelTimer || !oldest || this.#stop.signal.aborted) return;
    // The mark's revision grew until the next mark, so that is when its age begins.
    const grace = this.#retention.ageMs / marksPerAge;
    const due = oldest.at + grace + this.#retention.ageMs - this.#clock.monotonic();
    this.#cancelTimer = this.#clock.after(due, () => {
      this.#cancelTimer = undefined;
      this.#marks.shift();
      void this.compact(oldest.revision);
      this.#arm();
    });
  }

  #boundSize(): void {
    const revision = outOfBounds(this.#view, this.#retention);
    if (revision > 0 && !this.#running) void this.compact(revision);
  }
}

/** The revision through which a view must forget to be within the bounds of size; 0: it is. */
export function outOfBounds({ history, sizes }: View, retention: Retention): number {
  const surplus = history.length - retention.events;
  if (surplus > 0) return history.at(history.start + surplus - 1)!.revision;
  if (sizes.heldBytes - sizes.liveBytes <= retention.bytes) return 0;
  // The bytes of single events are not summed up: the oldest tenth goes, again if need be.
  return history.at(history.start + Math.ceil(history.length / 10) - 1)?.revision ?? 0;
}
