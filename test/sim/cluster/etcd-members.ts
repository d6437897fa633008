// The members of an etcd cluster as the servers reach them, by the program's own client of etcd: only what lies below
// its calls is simulated. Every call is answered by what the cluster has agreed on; a watch lags behind.
import type { Client, Metadata } from "@grpc/grpc-js";
import type { Type } from "protobufjs";
import { type Random, randomInteger } from "../../../src/lib/random.ts";
import type { VirtualClock } from "../../../src/lib/virtual-clock.ts";
import {
  type Calls,
  type MethodName,
  methods,
  type WatchRequest,
  type WatchResponse,
} from "../../../src/store/etcd/definition.ts";
import type { CallFailure } from "../../../src/store/etcd/failure.ts";
import { Members } from "../../../src/store/etcd/members.ts";
import type { Etcd, Outcome } from "./etcd.ts";
import type { Life } from "./life.ts";

const memberCount = 3;

const unavailable = (details: string): CallFailure => ({ code: 14, details });
const lost: CallFailure = { code: 4, details: "Deadline exceeded" };

type Callback = (error: CallFailure | null, answer?: object) => void;

export class EtcdMembers {
  /** Share of calls, in percent, that are not answered: half of them are done all the same. */
  unansweredPercent = 0;
  /** The longest that a message takes, and that a watch lags behind. */
  delayMsMax = 2;
  lagMsMax = 3;
  /** Members that do not run, and those that take everything and say nothing. */
  readonly down = new Set<number>();
  readonly silent = new Set<number>();
  /** Nothing comes by any watch. */
  #isHeld = false;
  readonly etcd: Etcd;
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #streams = new Set<Stream>();

  constructor(etcd: Etcd, clock: VirtualClock, random: Random) {
    this.etcd = etcd;
    this.#clock = clock;
    this.#random = random;
    etcd.onWrite = () => {
      for (const stream of this.#streams) this.#pumpSoon(stream);
    };
  }

  /** The cluster as a process reaches it. */
  connect(life: Life): Members {
    const endpoints = Array.from(
      { length: memberCount },
      (_, i) => `https://192.0.2.${101 + i}:2379`,
    );
    const clients = endpoints.map((_, at) => this.#client(life, at) as unknown as Client);
    const named = Object.entries(methods).map(([name, { path }]) => [
      name,
      { path, request: {} as Type, response: {} as Type },
    ]);
    const parts = { clients, methods: Object.fromEntries(named), metadata: {} as Metadata };
    return new Members({ endpoints, tls: {}, clock: life.clock }, parts);
  }

  /** A member ends: who waits for it finds out. */
  kill(at: number): void {
    this.down.add(at);
    for (const stream of this.#streams)
      if (stream.at === at) stream.end(unavailable("the connection was lost"));
  }

  /** A silent member answers again. */
  wake(at: number): void {
    this.silent.delete(at);
    for (const stream of this.#streams) this.#pumpSoon(stream);
  }

  /** Holds all watches back, and compacts what they have not told by then. */
  compactBehindWatches(holdMs: number): void {
    const { etcd } = this;
    this.#isHeld = true;
    this.#clock.after(holdMs, () => {
      this.#isHeld = false;
      if (etcd.revision > etcd.compactedRevision) etcd.compact(etcd.revision);
      for (const stream of this.#streams) this.#pumpSoon(stream);
    });
  }

  /** All members run and answer again. */
  heal(): void {
    this.unansweredPercent = 0;
    this.delayMsMax = 2;
    this.lagMsMax = 3;
    this.etcd.isFull = false;
    this.down.clear();
    this.silent.clear();
    for (const stream of this.#streams) this.#pumpSoon(stream);
  }

  #client(life: Life, at: number) {
    return {
      makeUnaryRequest: (
        path: string,
        _encode: unknown,
        _decode: unknown,
        message: object,
        _metadata: unknown,
        { deadline }: { deadline: number },
        done: Callback,
      ) => this.#call(life, { at, path, message, waitMs: deadline - life.clock.now() }, done),
      makeBidiStreamRequest: () => this.#open(life, at),
      close: () => {},
    };
  }

  #call(
    life: Life,
    { at, path, message, waitMs }: { at: number; path: string; message: object; waitMs: number },
    done: Callback,
  ): void {
    let isOver = false;
    const settle = (outcome: Outcome): void => {
      if (isOver || life.isDead) return;
      isOver = true;
      if ("answer" in outcome) done(null, outcome.answer);
      else done(outcome.failure);
    };
    if (this.down.has(at)) {
      const failure = unavailable("No connection established");
      this.#clock.after(this.#delayMs, () => settle({ failure }));
      return;
    }
    this.#clock.after(waitMs, () => settle({ failure: lost }));
    const isLost = randomInteger(this.#random, 100) < this.unansweredPercent;
    if (isLost && randomInteger(this.#random, 2) === 0) return;
    this.#clock.after(this.#delayMs, () => {
      if (this.down.has(at) || this.silent.has(at)) return;
      const name = nameOf(path) as keyof Calls;
      const outcome = this.etcd.call(name, message as Calls[typeof name][0]);
      if (!isLost) this.#clock.after(this.#delayMs, () => settle(outcome));
    });
  }

  #open(life: Life, at: number): object {
    const stream = new Stream(life, at);
    this.#streams.add(stream);
    if (this.down.has(at))
      this.#clock.after(this.#delayMs, () => stream.end(unavailable("No connection established")));
    return {
      on: (event: string, run: (value: object) => void) => void stream.listeners.set(event, run),
      write: (request: WatchRequest) => {
        this.#clock.after(this.#delayMs, () => this.#ask(stream, request));
      },
      cancel: () => {
        stream.end();
        this.#streams.delete(stream);
      },
    };
  }

  #ask(stream: Stream, request: WatchRequest): void {
    if (this.silent.has(stream.at) || stream.isOver) return;
    if ("createRequest" in request) {
      stream.next = request.createRequest.startRevision;
      stream.tell({ ...nothing, header: { revision: this.etcd.revision }, created: true });
      this.#pumpSoon(stream);
    } else if (stream.next > 0) {
      this.#pump(stream);
      stream.tell({ ...nothing, header: { revision: stream.next - 1 } });
    }
  }

  #pumpSoon(stream: Stream): void {
    if (stream.isPumping || stream.next === 0) return;
    stream.isPumping = true;
    this.#clock.after(randomInteger(this.#random, this.lagMsMax + 1), () => {
      stream.isPumping = false;
      this.#pump(stream);
    });
  }

  /** Everything that has happened since, or that it is forgotten. */
  #pump(stream: Stream): void {
    if (stream.isOver || stream.life.isDead) return void this.#streams.delete(stream);
    const { etcd } = this;
    if (this.#isHeld || this.silent.has(stream.at) || this.down.has(stream.at)) return;
    const header = { revision: etcd.revision };
    const { compactedRevision } = etcd;
    if (stream.next < compactedRevision) {
      stream.tell({ ...nothing, header, canceled: true, compactRevision: compactedRevision });
      return;
    }
    const events = etcd.eventsFrom(stream.next);
    if (events.length === 0) return;
    stream.next = etcd.revision + 1;
    stream.tell({ ...nothing, header, events });
  }

  get #delayMs(): number {
    return randomInteger(this.#random, this.delayMsMax + 1);
  }
}

class Stream {
  readonly listeners = new Map<string, (value: object) => void>();
  readonly life: Life;
  readonly at: number;
  /** The next revision to tell; 0: not asked for yet. */
  next = 0;
  isPumping = false;
  isOver = false;

  constructor(life: Life, at: number) {
    this.life = life;
    this.at = at;
  }

  tell(answer: WatchResponse): void {
    if (!this.isOver && !this.life.isDead) this.listeners.get("data")?.(answer);
  }

  end(failure?: CallFailure): void {
    if (this.isOver) return;
    this.isOver = true;
    if (failure && !this.life.isDead) this.listeners.get("error")?.(failure);
  }
}

const nothing = {
  created: false,
  canceled: false,
  compactRevision: 0,
  cancelReason: "",
  fragment: false,
  events: [],
};

function nameOf(path: string): MethodName {
  const found = Object.entries(methods).find(([, method]) => method.path === path);
  return found![0] as MethodName;
}
