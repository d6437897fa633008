// Between the server and everybody else: messages take time, get lost before or after they had their effect, and
// watches break. Who asks finds out by an error, as over a socket.
import { sleep } from "../../../src/lib/clock.ts";
import { type Random, randomInteger, seededRandom } from "../../../src/lib/random.ts";
import type { VirtualClock } from "../../../src/lib/virtual-clock.ts";
import type { Api, ApiResponse, WatchEvent } from "../../../src/schema/api-request.ts";

/** What answers at a server's address at the moment. */
export type Endpoint = { api: Api; death: Promise<void> };

/** How long it takes to find out that nobody answers. */
const timeoutMs = 3_000;

export class Network {
  /** Share of messages that are lost, in percent, and the longest that one takes. */
  lossPercent = 0;
  delayMsMax = 2;
  /** Whose messages reach nobody. */
  readonly cutOff = new Set<string>();
  /** Those that a balancer leads to, each in turn by chance. */
  readonly endpoints = new Set<Endpoint>();
  /** Told of each message on its way to or from the server, so that a crash can come right there. */
  onMessage: () => void = () => {};
  /** Told of each request, so that two runs can be compared. */
  onRequest: (line: string) => void = () => {};
  readonly #clock: VirtualClock;
  readonly #random: Random;

  constructor(clock: VirtualClock, seed: number) {
    this.#clock = clock;
    this.#random = seededRandom(seed);
  }

  /** The server as `who` reaches it. */
  lineOf(who: string): Api {
    return async (request) => {
      this.onRequest(`${who} ${request.method} ${request.path}\n`);
      await this.#travel(who);
      const endpoint = this.#anyEndpoint();
      if (!endpoint) throw new Error("connection refused");
      const gone = endpoint.death.then((): never => {
        throw new Error("connection reset");
      });
      gone.catch(() => {});
      const answer = await Promise.race([endpoint.api(request), gone]);
      await Promise.race([this.#travel(who), gone]);
      return this.#breakable(answer, who, gone);
    };
  }

  #anyEndpoint(): Endpoint | undefined {
    const all = [...this.endpoints];
    return all.length > 1 ? all[randomInteger(this.#random, all.length)] : all[0];
  }

  async #travel(who: string): Promise<void> {
    this.onMessage();
    if (this.cutOff.has(who) || randomInteger(this.#random, 100) < this.lossPercent) {
      await sleep(this.#clock, timeoutMs);
      throw new Error("no answer in time");
    }
    await sleep(this.#clock, randomInteger(this.#random, this.delayMsMax + 1));
  }

  #breakable(answer: ApiResponse, who: string, gone: Promise<never>): ApiResponse {
    const { body } = answer;
    if (body.is !== "events") return answer;
    const batches = this.#batches(body.batches, who, gone);
    return { ...answer, body: { is: "events", batches } };
  }

  async *#batches(
    source: AsyncIterable<readonly WatchEvent[]>,
    who: string,
    gone: Promise<never>,
  ): AsyncIterable<readonly WatchEvent[]> {
    const events = source[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await Promise.race([events.next(), gone]);
        if (next.done) return;
        await Promise.race([this.#travel(who), gone]);
        yield next.value;
      }
    } finally {
      // A dead server does not answer this either.
      void events.return?.();
    }
  }
}
