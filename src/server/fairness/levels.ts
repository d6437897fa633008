// All priority levels: made of the stored objects, with seats that they lend to each other.
import type { Clock } from "../../lib/clock.ts";
import { fixedLevels } from "../../schema/kinds/flowcontrol/fixed.ts";
import type {
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
} from "../../schema/types/flowcontrol-v1.ts";
import { Level, type Rules } from "./level.ts";
import { type Asked, limitsFor, type Part, partsOf } from "./shares.ts";
import { seatsMaxOf } from "./width.ts";

/** How often seats are lent anew while requests come. */
const adjustMs = 10_000;

/** What a level wanted is forgotten by half in five minutes. */
const smoothing = 0.977;

export type KnownLevel = {
  readonly level: Level;
  readonly uid: string;
  readonly part: Part;
  /** Most seats of one request; 0: the level sets no bound. */
  readonly seatsMax: number;
  smoothed: number;
  highest: number;
};

/** Levels that are gone let their requests end on the seats that they had. */
export class Levels {
  readonly #clock: Clock;
  readonly #seats: number;
  readonly #stopping: AbortSignal;
  #known = new Map<string, KnownLevel>();
  #adjustedAtMs: number;
  #cancelAdjusting: (() => void) | undefined;

  /** `stopping` ends the timer, which would keep the process alive. */
  constructor(clock: Clock, seats: number, stopping: AbortSignal) {
    this.#clock = clock;
    this.#seats = seats;
    this.#stopping = stopping;
    stopping.addEventListener("abort", () => this.#cancelAdjusting?.());
    this.#adjustedAtMs = clock.monotonic();
  }

  get(name: string): KnownLevel | undefined {
    return this.#known.get(name);
  }

  all(): readonly KnownLevel[] {
    return [...this.#known.values()];
  }

  configure(stored: readonly PriorityLevelConfiguration[]): void {
    const specs = new Map<string, { uid: string; spec: PriorityLevelConfigurationSpec }>();
    for (const [name, spec] of fixedLevels) specs.set(name, { uid: "", spec });
    for (const { metadata, spec } of stored)
      specs.set(metadata.name ?? "", { uid: metadata.uid ?? "", spec });
    const parts = partsOf(
      this.#seats,
      [...specs.values()].map(({ spec }) => askedBy(spec)),
    );
    const now = this.#clock.monotonic();
    const next = new Map<string, KnownLevel>();
    for (const [i, [name, { uid, spec }]] of [...specs].entries()) {
      const part = parts[i]!;
      const rules = rulesOf(spec);
      const before = this.#known.get(name);
      const first = Math.round((part.nominal + part.least) / 2);
      next.set(name, {
        level: before?.level ?? new Level(name, rules, first, now),
        uid,
        part,
        seatsMax: rules.type === "queue" ? seatsMaxOf(part.nominal, rules.handSize) : 0,
        smoothed: before?.smoothed ?? 0,
        highest: before?.highest ?? 0,
      });
      before?.level.configure(rules, before.level.limit, now);
    }
    this.#known = next;
    this.#adjust();
  }

  /** There is something to lend or to borrow. No timer runs while nobody asks. */
  adjustLater(): void {
    if (this.#cancelAdjusting || this.#stopping.aborted) return;
    this.#forget();
    this.#cancelAdjusting = this.#clock.after(adjustMs, () => {
      this.#cancelAdjusting = undefined;
      const quiet = this.#adjust();
      if (!quiet) this.adjustLater();
    });
  }

  /** What the time without a timer would have done. */
  #forget(): void {
    const periods = Math.floor((this.#clock.monotonic() - this.#adjustedAtMs) / adjustMs);
    if (periods < 1) return;
    for (const known of this.#known.values()) known.smoothed *= smoothing ** periods;
  }

  /** True when nothing was demanded since the last time. */
  #adjust(): boolean {
    const now = this.#clock.monotonic();
    this.#adjustedAtMs = now;
    let quiet = true;
    for (const known of this.#known.values()) {
      const { seconds, average, deviation, most } = known.level.takeDemand(now);
      known.highest = most;
      if (most > 0 && known.level.rules.type !== "exempt") quiet = false;
      if (seconds <= 0) continue;
      const wanted = average + deviation;
      known.smoothed = Math.max(wanted, smoothing * known.smoothed + (1 - smoothing) * wanted);
    }
    const all = this.all();
    const limits = limitsFor(
      all.map(({ level, part, highest, smoothed }) => ({
        ...part,
        exempt: level.rules.type === "exempt",
        highest,
        smoothed,
      })),
    );
    for (const [i, { level }] of all.entries()) level.configure(level.rules, limits[i]!, now);
    return quiet;
  }
}

function askedBy({ limited, exempt }: PriorityLevelConfigurationSpec): Asked {
  return {
    shares: (limited ?? exempt)?.nominalConcurrencyShares ?? 0,
    lendablePercent: (limited ?? exempt)?.lendablePercent ?? 0,
    borrowingLimitPercent: limited?.borrowingLimitPercent,
  };
}

function rulesOf({ type, limited }: PriorityLevelConfigurationSpec): Rules {
  if (type === "Exempt") return { type: "exempt" };
  const queuing = limited?.limitResponse.queuing;
  if (queuing === undefined) return { type: "reject" };
  const { queues, handSize, queueLengthLimit } = queuing;
  return { type: "queue", queues, handSize, lengthMax: queueLengthLimit };
}
