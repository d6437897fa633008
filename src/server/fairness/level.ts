// One priority level at work: its seats, who sits on them, and the queues of those who wait, served by fair queuing
// in virtual time (as upstream's queue sets).
//
// While nobody waits, seats are only counted: a request costs a few additions. The first one that has to wait deals
// those that run into queues, too, so that a flow that took all seats stands behind the others from then on.
//
// Virtual time R is the work (seats times seconds) that each busy queue was given so far. A queue's `next` is the R at
// which its oldest request would start; the one that would finish first runs first.
import { Demand, type Demanded } from "./demand.ts";
import { flowNumber, hand } from "./shuffle.ts";

export type Queuing = {
  readonly queues: number;
  readonly handSize: number;
  readonly lengthMax: number;
};

export type Rules =
  /** Never waits, is never refused. */
  | { readonly type: "exempt" }
  /** Refused when no seat is free. */
  | { readonly type: "reject" }
  | ({ readonly type: "queue" } & Queuing);

/** A request that wants to run. */
export type Ask = {
  /** What tells its flow from others: name of its schema, and user or namespace. */
  readonly schema: string;
  readonly distinguisher: string;
  readonly seats: number;
};

export type Ticket = {
  readonly ask: Ask;
  state: "waiting" | "running" | "over";
  /** Called once when a waiting one may run. */
  run: (() => void) | undefined;
  queue: Queue | undefined;
  arrivedAt: number;
  startedAtMs: number;
};

type Queue = { readonly waiting: Ticket[]; running: number; seats: number; next: number };

export type Refusal = "concurrency-limit" | "queue-full";

/** Seconds that a request is taken to run, until it has. */
const guessSeconds = 0.003;

export class Level {
  readonly name: string;
  readonly demand: Demand;
  #rules: Rules;
  #limit: number;
  #seatsInUse = 0;
  #seatsWaiting = 0;
  #waiting = 0;
  #dealt = 0;
  #turn = 0;
  /** Virtual time, and the real one at which it was that. */
  #virtual = 0;
  #virtualAtMs: number;
  readonly #running = new Set<Ticket>();
  readonly #queues: Queue[] = [];

  constructor(name: string, rules: Rules, limit: number, nowMs: number) {
    this.name = name;
    this.#rules = rules;
    this.#limit = limit;
    this.#virtualAtMs = nowMs;
    this.demand = new Demand(nowMs);
  }

  get limit(): number {
    return this.#limit;
  }

  get rules(): Rules {
    return this.#rules;
  }

  /** Number of requests and their seats. */
  get use(): { running: number; waiting: number; seats: number } {
    return { running: this.#running.size, waiting: this.#waiting, seats: this.#seatsInUse };
  }

  takeDemand(nowMs: number): Demanded {
    return this.demand.take(nowMs);
  }

  /** Those that can run now do. Queues that are too many are used up, but take no new requests. */
  configure(rules: Rules, limit: number, nowMs: number): void {
    this.#pass(nowMs);
    this.#rules = rules;
    this.#limit = limit;
    this.#dispatch(nowMs);
  }

  /** A ticket that runs or waits, or why there is none. One that runs must be given to `finish`. */
  start(ask: Ask, nowMs: number): Ticket | Refusal {
    const free = this.#waiting === 0 && this.#fits(ask.seats);
    if (free || this.#rules.type === "exempt") return this.#runAtOnce(ask, nowMs);
    if (this.#rules.type === "reject") return "concurrency-limit";
    return this.#enqueue(ask, this.#rules, nowMs);
  }

  finish(ticket: Ticket, nowMs: number): void {
    if (this.#waiting > 0) this.#pass(nowMs);
    const { queue, ask } = ticket;
    ticket.state = "over";
    this.#running.delete(ticket);
    this.#seatsInUse -= ask.seats;
    if (queue !== undefined) {
      queue.running--;
      queue.seats -= ask.seats;
      queue.next -= ask.seats * (guessSeconds - (nowMs - ticket.startedAtMs) / 1000);
      bound(queue);
    }
    this.#noteDemand(nowMs);
    if (this.#waiting > 0) this.#dispatch(nowMs);
  }

  /** A waiting one waits no more. */
  leave(ticket: Ticket, nowMs: number): void {
    const { queue } = ticket;
    if (ticket.state !== "waiting" || queue === undefined) return;
    this.#pass(nowMs);
    ticket.state = "over";
    queue.waiting.splice(queue.waiting.indexOf(ticket), 1);
    this.#noteWaiting(-1, ticket);
    bound(queue);
    this.#noteDemand(nowMs);
    this.#dispatch(nowMs);
  }

  #fits(seats: number): boolean {
    // One that needs more seats than there are runs alone.
    if (seats > this.#limit) return this.#running.size === 0;
    return this.#seatsInUse + seats <= this.#limit;
  }

  #runAtOnce(ask: Ask, nowMs: number): Ticket {
    const ticket: Ticket = {
      ask,
      state: "running",
      run: undefined,
      queue: undefined,
      arrivedAt: this.#virtual,
      startedAtMs: nowMs,
    };
    this.#running.add(ticket);
    this.#seatsInUse += ask.seats;
    this.#noteDemand(nowMs);
    return ticket;
  }

  #enqueue(ask: Ask, queuing: Queuing, nowMs: number): Ticket | Refusal {
    this.#pass(nowMs);
    while (this.#queues.length < queuing.queues)
      this.#queues.push({ waiting: [], running: 0, seats: 0, next: 0 });
    if (this.#waiting === 0) this.#dealRunning(queuing);
    const queue = this.#shortest(ask, queuing);
    if (this.#seatsInUse >= this.#limit && queue.waiting.length >= queuing.lengthMax)
      return "queue-full";
    if (isIdle(queue)) queue.next = this.#virtual;
    const ticket: Ticket = {
      ask,
      state: "waiting",
      run: undefined,
      queue,
      arrivedAt: this.#virtual,
      startedAtMs: 0,
    };
    queue.waiting.push(ticket);
    this.#noteWaiting(1, ticket);
    bound(queue);
    this.#noteDemand(nowMs);
    this.#dispatch(nowMs);
    return ticket;
  }

  /** What runs without a queue gets the one where it would have waited. */
  #dealRunning(queuing: Queuing): void {
    for (const ticket of this.#running) {
      if (ticket.queue !== undefined) continue;
      const queue = this.#shortest(ticket.ask, queuing);
      if (isIdle(queue)) queue.next = this.#virtual;
      ticket.queue = queue;
      this.#seat(ticket, queue);
    }
  }

  #seat({ ask }: Ticket, queue: Queue): void {
    queue.running++;
    queue.seats += ask.seats;
    queue.next += ask.seats * guessSeconds;
  }

  /** Of the flow's queues the one with the least work; those of equal work take turns. */
  #shortest({ schema, distinguisher }: Ask, { queues, handSize }: Queuing): Queue {
    const cards = queues === 1 ? [0] : hand(flowNumber(schema, distinguisher), queues, handSize);
    const offset = this.#dealt++ % cards.length;
    let best = this.#queues[cards[offset]!]!;
    for (let i = 1; i < cards.length; i++) {
      const queue = this.#queues[cards[(offset + i) % cards.length]!]!;
      if (workOf(queue) < workOf(best)) best = queue;
    }
    return best;
  }

  #dispatch(nowMs: number): void {
    while (this.#waiting > 0 && this.#seatsInUse < this.#limit) {
      const queue = this.#nextQueue();
      const ticket = queue.waiting[0]!;
      if (!this.#fits(ticket.ask.seats)) return;
      queue.waiting.shift();
      this.#noteWaiting(-1, ticket);
      this.#running.add(ticket);
      this.#seatsInUse += ticket.ask.seats;
      this.#seat(ticket, queue);
      bound(queue);
      ticket.state = "running";
      ticket.startedAtMs = nowMs;
      ticket.run?.();
    }
    this.#noteDemand(nowMs);
  }

  /** The queue whose oldest request would finish first in virtual time; somebody waits. */
  #nextQueue(): Queue {
    const count = this.#queues.length;
    let best: Queue | undefined;
    let finishMin = Number.POSITIVE_INFINITY;
    let turn = this.#turn;
    for (let i = 1; i <= count; i++) {
      const at = (this.#turn + i) % count;
      const queue = this.#queues[at]!;
      const oldest = queue.waiting[0];
      if (oldest === undefined) continue;
      const finish = queue.next + oldest.ask.seats * guessSeconds;
      if (finish >= finishMin) continue;
      [finishMin, best, turn] = [finish, queue, at];
    }
    this.#turn = turn;
    return best!;
  }

  /** Virtual time goes on as fast as seats are shared out among the busy queues. */
  #pass(nowMs: number): void {
    const seconds = (nowMs - this.#virtualAtMs) / 1000;
    this.#virtualAtMs = nowMs;
    if (this.#waiting === 0) return;
    let seats = this.#seatsWaiting;
    let busy = 0;
    for (const queue of this.#queues) {
      seats += queue.seats;
      if (!isIdle(queue)) busy++;
    }
    this.#virtual += (seconds * Math.min(seats, this.#limit)) / busy;
  }

  #noteWaiting(count: 1 | -1, { ask }: Ticket): void {
    this.#waiting += count;
    this.#seatsWaiting += count * ask.seats;
  }

  #noteDemand(nowMs: number): void {
    this.demand.set(this.#seatsInUse + this.#seatsWaiting, nowMs);
  }
}

const isIdle = ({ waiting, running }: Queue): boolean => waiting.length === 0 && running === 0;

const workOf = ({ waiting }: Queue): number =>
  waiting.reduce((sum, { ask }) => sum + ask.seats, 0) * guessSeconds;

/** Nobody starts before he came, or a queue that was short of work would run ahead of all others later. */
function bound(queue: Queue): void {
  const oldest = queue.waiting[0];
  if (oldest !== undefined && queue.next < oldest.arrivedAt) queue.next = oldest.arrivedAt;
}
