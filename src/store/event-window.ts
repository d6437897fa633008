import type { StoreEvent } from "./store.ts";

/**
 * Events in the order of their revisions, of which the oldest are dropped. Each has a place, a
 * number that never changes: the first event ever is at 0.
 */
export class EventWindow {
  /** The first `#dead` places are empty. */
  #events: (StoreEvent | undefined)[] = [];
  #dead = 0;
  #dropped = 0;

  /** Place of the oldest event that is held; equal to `end` when there is none. */
  get start(): number {
    return this.#dropped;
  }

  /** Place of the next event to come. */
  get end(): number {
    return this.#dropped + this.#events.length - this.#dead;
  }

  get length(): number {
    return this.#events.length - this.#dead;
  }

  push(event: StoreEvent): void {
    this.#events.push(event);
  }

  at(place: number): StoreEvent | undefined {
    return this.#events[place - this.#dropped + this.#dead];
  }

  slice(from: number, to: number): StoreEvent[] {
    const shift = this.#dead - this.#dropped;
    return this.#events.slice(from + shift, to + shift) as StoreEvent[];
  }

  /** Place of the first event later than `revision`. */
  placeAfter(revision: number): number {
    let low = this.start;
    let high = this.end;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.at(middle)!.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Puts events before the oldest one; their places go down from `start`. */
  prepend(events: readonly StoreEvent[]): void {
    if (events.length === 0) return;
    this.#events = [...events, ...this.#events.slice(this.#dead)];
    this.#dead = 0;
    this.#dropped -= events.length;
  }

  /** Drops the oldest event; there must be one. */
  shift(): StoreEvent {
    const event = this.#events[this.#dead]!;
    this.#events[this.#dead++] = undefined;
    this.#dropped++;
    if (this.#dead >= 64 && this.#dead * 2 >= this.#events.length) {
      this.#events.splice(0, this.#dead);
      this.#dead = 0;
    }
    return event;
  }

  /** Drops all events up to and including `revision`. */
  dropThrough(revision: number): void {
    while (this.length > 0 && this.at(this.start)!.revision <= revision) this.shift();
  }
}
