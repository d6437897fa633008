// Watches that have something to read, served in the order in which they were woken, some in each turn.
//
// What a watch costs is the flush, not the event. While it waits for its turn more events come, which it then sends in
// one flush; and between two turns the requests that came meanwhile are read. Example: 1,000 watches of one kind take 63
// turns to be served, so a change that comes in the third turn goes out together with the first one for most of them.

/** Watches that are served in one turn: half a millisecond of work. With more of them fewer events share a flush. */
const servedMax = 16;

export class WatchRounds {
  readonly #turnEnd: (run: () => void) => void;
  #waiting: (() => void)[] = [];

  /** `turnEnd` calls what it is given when all has been looked at that had come before. */
  constructor(turnEnd: (run: () => void) => void) {
    this.#turnEnd = turnEnd;
  }

  /** Calls `serve` when it is its turn. */
  join(serve: () => void): void {
    if (this.#waiting.push(serve) === 1) this.#turnEnd(this.#serve);
  }

  readonly #serve = (): void => {
    const first = this.#waiting.slice(0, servedMax);
    this.#waiting = this.#waiting.slice(servedMax);
    if (this.#waiting.length > 0) this.#turnEnd(this.#serve);
    for (const serve of first) serve();
  };
}
