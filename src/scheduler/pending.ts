// Pods that wait for a node: ready to be tried, held back after a failure, or waiting for something to change.
import { Deadlines } from "../control/deadlines.ts";
import type { Clock } from "../lib/clock.ts";
import type { Cure } from "./filter.ts";
import type { PodAsk } from "./pod-ask.ts";

type Waiting = {
  ask: PodAsk;
  /** Order of arrival, for pods of equal priority. */
  order: number;
  attempts: number;
  /** Until then the pod is not tried again (monotonic ms). */
  backoffUntil: number;
  /** What can help; empty while the pod is ready or held back. */
  cures: ReadonlySet<Cure>;
};

/** Upstream's waits between attempts: 1 s, doubled up to 10 s. */
const backoffMs = { first: 1000, max: 10_000 } as const;

export class Pending {
  readonly #clock: Clock;
  readonly #pods = new Map<string, Waiting>();
  readonly #ready = new Set<string>();
  readonly #heldBack: Deadlines;
  /** Ready pods, best first; made anew when a pod came that does not belong at its end. */
  #sorted: string[] = [];
  #order = 0;

  /** `wake` is called when a pod has become ready. */
  constructor(clock: Clock, wake: () => void) {
    this.#clock = clock;
    this.#heldBack = new Deadlines(clock, (key) => {
      this.#makeReady(key);
      wake();
    });
  }

  get readyCount(): number {
    return this.#ready.size;
  }

  get size(): number {
    return this.#pods.size;
  }

  has(key: string): boolean {
    return this.#pods.has(key);
  }

  /** A pod that is new, or whose own change may make it fit. */
  put(ask: PodAsk): void {
    const known = this.#pods.get(ask.key);
    const waiting = known ?? {
      ask,
      order: this.#order++,
      attempts: 0,
      backoffUntil: 0,
      cures: new Set<Cure>(),
    };
    waiting.ask = ask;
    this.#pods.set(ask.key, waiting);
    if (!this.#ready.has(ask.key)) this.#release(waiting);
  }

  /** The same pod in a version that changes nothing for its placement. */
  refresh(ask: PodAsk): void {
    const known = this.#pods.get(ask.key);
    if (known) known.ask = ask;
  }

  remove(key: string): void {
    this.#pods.delete(key);
    this.#ready.delete(key);
    this.#heldBack.delete(key);
  }

  /** The next pod to try: highest priority first, then who came first. It stays known until it is removed. */
  take(): PodAsk | undefined {
    if (this.#sorted.length === 0) this.#sort();
    for (let key = this.#sorted.pop(); key !== undefined; key = this.#sorted.pop()) {
      if (this.#ready.delete(key)) return this.#pods.get(key)?.ask;
      if (this.#sorted.length === 0) this.#sort();
    }
    return undefined;
  }

  /** No node now: the pod waits until one of `cures` has happened. */
  refused(key: string, cures: ReadonlySet<Cure>): void {
    const waiting = this.#failed(key);
    if (waiting) waiting.cures = cures;
  }

  /** The attempt failed for a reason outside: try again after a while. */
  retry(key: string): void {
    const waiting = this.#failed(key);
    if (waiting) this.#release(waiting);
  }

  /** Something changed that may help those who wait for it. */
  cure(cure: Cure): void {
    for (const waiting of this.#pods.values()) {
      if (waiting.cures.has(cure)) this.#release(waiting);
    }
  }

  clear(): void {
    this.#pods.clear();
    this.#ready.clear();
    this.#sorted = [];
    this.#heldBack.clear();
  }

  #failed(key: string): Waiting | undefined {
    const waiting = this.#pods.get(key);
    if (!waiting) return undefined;
    const waitMs = Math.min(backoffMs.first * 2 ** waiting.attempts, backoffMs.max);
    waiting.attempts++;
    waiting.backoffUntil = this.#clock.monotonic() + waitMs;
    return waiting;
  }

  #release(waiting: Waiting): void {
    waiting.cures = new Set();
    const restMs = waiting.backoffUntil - this.#clock.monotonic();
    if (restMs > 0) this.#heldBack.set(waiting.ask.key, restMs);
    else this.#makeReady(waiting.ask.key);
  }

  #makeReady(key: string): void {
    if (!this.#pods.has(key)) return;
    this.#ready.add(key);
    // A newcomer may be ahead of everybody in the sorted rest.
    const next = this.#sorted.at(-1);
    if (next !== undefined && this.#isAhead(key, next)) this.#sorted = [];
  }

  #sort(): void {
    this.#sorted = [...this.#ready].sort((a, b) => (this.#isAhead(a, b) ? 1 : -1));
  }

  #isAhead(a: string, b: string): boolean {
    const [x, y] = [this.#pods.get(a), this.#pods.get(b)];
    if (!x || !y) return x !== undefined;
    return x.ask.priority === y.ask.priority ? x.order < y.order : x.ask.priority > y.ask.priority;
  }
}
