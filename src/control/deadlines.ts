import type { Clock } from "../lib/clock.ts";

type Entry = { key: string; due: number };

/** Keys with a time each, behind one timer of the clock. A binary heap with lazy removal. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #ring: (key: string) => void;
  readonly #due = new Map<string, number>();
  #heap: Entry[] = [];
  #cancel: (() => void) | undefined;
  #armedFor = Number.POSITIVE_INFINITY;

  /** `ring` is called once for each key when its time has come. */
  constructor(clock: Clock, ring: (key: string) => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  get size(): number {
    return this.#due.size;
  }

  /** An earlier time that was set for the same key stays. */
  set(key: string, delayMs: number): void {
    const due = this.#clock.monotonic() + delayMs;
    const old = this.#due.get(key);
    if (old !== undefined && old <= due) return;
    this.#due.set(key, due);
    this.#push({ key, due });
    this.#arm();
  }

  delete(key: string): void {
    this.#due.delete(key);
    if (this.#due.size === 0) this.clear();
  }

  clear(): void {
    this.#due.clear();
    this.#heap = [];
    this.#disarm();
  }

  #arm(): void {
    const first = this.#heap[0];
    if (first && first.due >= this.#armedFor) return;
    this.#disarm();
    if (!first) return;
    this.#armedFor = first.due;
    this.#cancel = this.#clock.after(first.due - this.#clock.monotonic(), () => this.#fire());
  }

  #disarm(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#armedFor = Number.POSITIVE_INFINITY;
  }

  #fire(): void {
    this.#disarm();
    const now = this.#clock.monotonic();
    const due: string[] = [];
    while (this.#heap[0] && this.#heap[0].due <= now) {
      const entry = this.#pop();
      // An entry that was replaced or deleted stays in the heap until its time.
      if (this.#due.get(entry.key) !== entry.due) continue;
      this.#due.delete(entry.key);
      due.push(entry.key);
    }
    this.#arm();
    for (const key of due) this.#ring(key);
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.due <= entry.due) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): Entry {
    const heap = this.#heap;
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.due < heap[child]!.due) child++;
      if (heap[child]!.due >= last.due) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}
