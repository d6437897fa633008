// The one watch that keeps a view in step with etcd. It is of the whole keyspace, so that every revision comes by as
// an event, and goes on behind the last one that was taken in, at another member when one is lost.
import type { Clock } from "../../lib/clock.ts";
import type { Log } from "../../lib/log.ts";
import type { WatchResponse, WireEvent } from "./definition.ts";
import type { CallFailure } from "./failure.ts";
import type { Members, WatchStream } from "./members.ts";

type Options = {
  members: Members;
  clock: Clock;
  log: Log;
  /** All events up to it were taken in. */
  revision: () => number;
  /** Takes in whole revisions in order; the next come when it has resolved. */
  receive: (events: readonly WireEvent[], revision: number) => void | Promise<void>;
  /** What follows `revision` is gone: takes in the present state instead. */
  startAnew: () => Promise<void>;
};

/** Pause before a watch is opened again; doubled with each failure up to the largest. */
const pauseMsMin = 20;
const pauseMsMax = 1000;
/** A member that says nothing for so long although something must come is asked how far it is. */
const askMs = 500;
/** And is left when it has not brought it after so long. */
const leaveMs = 2500;

/** All keys. */
const everything = { key: Buffer.from([0]), rangeEnd: Buffer.from([0]) };

export class Feed {
  readonly #options: Options;
  #stream: WatchStream | undefined;
  #events: WireEvent[] = [];
  /** Answers that wait for the one being taken in. */
  #work: Promise<void> | undefined;
  #failures = 0;
  #cancelPause: (() => void) | undefined;
  #cancelAlarm: (() => void) | undefined;
  /** What somebody waits for, and since when; 0: nobody does. */
  #expected = 0;
  #expectedSince = 0;
  #stopped = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Begins behind the current revision. */
  start(): void {
    const { members, revision } = this.#options;
    const stream = members.watch(
      (answer) => {
        if (this.#stream === stream) this.#hear(answer);
      },
      (failure) => {
        if (this.#stream === stream) this.#again(failure);
      },
    );
    this.#stream = stream;
    this.#events = [];
    stream.write({
      createRequest: { ...everything, startRevision: revision() + 1, fragment: true },
    });
  }

  /** Somebody waits for `revision`: a member that does not bring it is asked for it, then left. */
  expect(revision: number): void {
    const { clock } = this.#options;
    if (this.#expected === 0) this.#expectedSince = clock.monotonic();
    this.#expected = Math.max(this.#expected, revision);
    this.#cancelAlarm ??= clock.after(askMs, () => this.#alarm());
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelPause?.();
    this.#cancelAlarm?.();
    this.#stream?.cancel();
    this.#stream = undefined;
    await this.#work;
  }

  #hear(answer: WatchResponse): void {
    this.#failures = 0;
    if (answer.canceled) return this.#cancelled(answer);
    this.#events.push(...answer.events);
    // The rest of a revision may be in the next part.
    if (answer.fragment) return;
    const events = this.#events;
    this.#events = [];
    const revision = answer.created ? 0 : answer.header.revision;
    this.#then(() => this.#take(events, revision));
  }

  #take(events: readonly WireEvent[], revision: number): void | Promise<void> {
    const known = this.#options.revision();
    const fresh = events.filter(({ kv }) => kv.modRevision > known);
    const last = fresh.at(-1)?.kv.modRevision;
    // Without events it tells how far the member is; with them, what follows may be on its way.
    if (last === undefined && (events.length > 0 || revision <= known)) return;
    const taken = this.#options.receive(fresh, last ?? revision);
    if (taken) return taken.then(() => this.#settle());
    this.#settle();
  }

  #settle(): void {
    if (this.#expected > this.#options.revision()) return;
    this.#expected = 0;
    this.#cancelAlarm?.();
    this.#cancelAlarm = undefined;
  }

  /** Runs `step` behind those before it; at once when there are none and it needs no waiting. */
  #then(step: () => void | Promise<void>): void {
    const begun = this.#begin(step);
    if (!begun) return;
    const work: Promise<void> = begun
      .catch((error) => this.#failed(error))
      .then(() => {
        if (this.#work === work) this.#work = undefined;
      });
    this.#work = work;
  }

  #begin(step: () => void | Promise<void>): void | Promise<void> {
    try {
      return this.#work ? this.#work.then(step) : step();
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.#again({ code: 13, details: `${error}` });
  }

  #cancelled({ compactRevision, cancelReason, header }: WatchResponse): void {
    const known = this.#options.revision();
    if (compactRevision > known || cancelReason.includes("compacted")) {
      this.#stream?.cancel();
      this.#stream = undefined;
      const { log, startAnew } = this.#options;
      log.warn("etcd was compacted behind this server: the present state is read anew", {
        revision: known,
        compactRevision: compactRevision || header.revision,
      });
      this.#then(async () => {
        await startAnew();
        if (!this.#stopped) this.start();
      });
      return;
    }
    this.#again({ code: 14, details: cancelReason || "the member has cancelled the watch" });
  }

  /** Opens the watch again, at the next member. */
  #again(failure: CallFailure): void {
    this.#stream?.cancel();
    this.#stream = undefined;
    if (this.#stopped || this.#cancelPause) return;
    const { members, clock, log } = this.#options;
    const { code, details } = failure;
    if (this.#failures === 0)
      log.warn("a watch of etcd has ended", { at: members.current, code, details });
    members.leave();
    const pauseMs = Math.min(pauseMsMin * 2 ** this.#failures++, pauseMsMax);
    this.#cancelPause = clock.after(pauseMs, () => {
      this.#cancelPause = undefined;
      this.#then(async () => {
        if (!this.#stopped && !this.#stream) this.start();
      });
    });
  }

  #alarm(): void {
    this.#cancelAlarm = undefined;
    if (this.#stopped || this.#expected === 0) return;
    const { clock } = this.#options;
    const waitedMs = clock.monotonic() - this.#expectedSince;
    if (waitedMs >= leaveMs && this.#stream) {
      this.#expectedSince = clock.monotonic();
      this.#again({ code: 14, details: `revision ${this.#expected} did not come` });
    } else this.#stream?.write({ progressRequest: {} });
    this.#cancelAlarm = clock.after(askMs, () => this.#alarm());
  }
}
