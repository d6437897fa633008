// API priority and fairness: every request from outside belongs to a flow schema, which names the level on whose seats
// it runs. When a level's seats are taken, its requests wait in queues, fairly by flow, or are refused.
//
// Calls from within the process are part of a request that has a seat already, or bounded by the loop that makes
// them; they take none.
import type { Clock } from "../../lib/clock.ts";
import type { Identity } from "../../schema/api-request.ts";
import type { FlowSchema, PriorityLevelConfiguration } from "../../schema/types/flowcontrol-v1.ts";
import type { Attributes } from "../context.ts";
import { type Flow, Flows } from "./flows.ts";
import { Levels } from "./levels.ts";

/** Seats of the whole server, as upstream's defaults for reading and changing requests together. */
const seatsMax = 600;

/** Longest time to wait for a seat: a quarter of what a request may take. */
const waitMsMax = 15_000;

/** A request's way to a seat. */
export type Turn = {
  /** For every answer from here on. */
  readonly headers: Readonly<Record<string, string>>;
  /** Resolves with whether it may run; true where it need not wait. */
  readonly runs: boolean | Promise<boolean>;
  /** For one that may not run. */
  readonly retryAfterSeconds: () => number;
  /** Gives the seat back. To be called once by one that ran. */
  readonly done: () => void;
};

export type Asking = {
  readonly identity: Identity;
  readonly attributes: Attributes;
  /** How many seats it takes, given the most that its level gives to one. */
  readonly seats: (levelMax: number) => number;
  /** Aborted when the caller goes away. Looked at only where it has to wait. */
  readonly signal: () => AbortSignal;
};

export type FairnessOptions = {
  readonly clock: Clock;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
  /** What is stored now. */
  readonly schemas: () => readonly FlowSchema[];
  readonly levels: () => readonly PriorityLevelConfiguration[];
};

export class Fairness {
  readonly levels: Levels;
  readonly #clock: Clock;
  readonly #flows: Flows;
  readonly #options: FairnessOptions;
  #current = false;

  constructor(options: FairnessOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.levels = new Levels(options.clock, seatsMax, options.stopping);
    this.#flows = new Flows(this.levels);
  }

  /** The stored objects have changed: the next request looks at them. */
  changed(): void {
    this.#current = false;
  }

  get flows(): readonly Flow[] {
    this.#update();
    return this.#flows.all;
  }

  take(asking: Asking): Turn {
    this.#update();
    const { identity, attributes } = asking;
    const flow = this.#flows.of(identity, attributes);
    const { level, counts, headers } = flow;
    const seats = asking.seats(flow.seatsMax);
    const distinguisher = flow.distinguish(identity, attributes);
    const now = this.#clock.monotonic();
    const ticket = level.start({ schema: flow.name, distinguisher, seats }, now);
    if (level.rules.type !== "exempt") this.levels.adjustLater();
    const retryAfterSeconds = (): number => flow.retryAfter.refuse(this.#clock.now());
    if (typeof ticket === "string") {
      counts.refuse(ticket);
      return { headers, runs: false, retryAfterSeconds, done: () => {} };
    }
    const done = (): void => {
      const end = this.#clock.monotonic();
      level.finish(ticket, end);
      counts.finish(seats, (end - ticket.startedAtMs) / 1000);
    };
    if (ticket.state === "running") {
      counts.start(seats, 0);
      return { headers, runs: true, retryAfterSeconds, done };
    }
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const signal = asking.signal();
    counts.wait(1, seats);
    const giveUp = (): void => {
      level.leave(ticket, this.#clock.monotonic());
      counts.refuse("time-out");
      settle(false);
    };
    const cancel = this.#clock.after(waitMsMax, giveUp);
    const settle = (runs: boolean): void => {
      cancel();
      signal.removeEventListener("abort", giveUp);
      counts.wait(-1, seats);
      if (runs) counts.start(seats, (this.#clock.monotonic() - now) / 1000);
      resolve(runs);
    };
    signal.addEventListener("abort", giveUp, { once: true });
    ticket.run = () => settle(true);
    return { headers, runs: promise, retryAfterSeconds, done };
  }

  #update(): void {
    if (this.#current) return;
    this.#current = true;
    this.levels.configure(this.#options.levels());
    this.#flows.configure(this.#options.schemas());
  }
}
