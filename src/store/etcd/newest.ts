// One question for all who want to know the newest revision: who comes while it is under way shares the next one, since
// the answer to a question that was asked before may be too old.

export class Newest {
  readonly #question: () => Promise<number>;
  #asking: Promise<number> | undefined;
  /** The one behind it. */
  #next: Promise<number> | undefined;

  constructor(question: () => Promise<number>) {
    this.#question = question;
  }

  /** An answer to a question that was asked after this call began. */
  ask(): Promise<number> {
    const ended = (): void => {
      this.#asking = this.#next;
      this.#next = undefined;
    };
    if (!this.#asking) {
      this.#asking = this.#question().finally(ended);
      return this.#asking;
    }
    this.#next ??= this.#asking.then(this.#question, this.#question).finally(ended);
    return this.#next;
  }
}
