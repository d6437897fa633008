// What the metrics tell of a flow schema.
import { Histogram } from "../metrics/histogram.ts";
import type { Refusal } from "./level.ts";

/** Seconds; upstream's. */
const buckets = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30] as const;

export class FlowCounts {
  readonly waits = new Histogram(buckets);
  readonly runs = new Histogram(buckets);
  readonly refused = new Map<Refusal | "time-out", number>();
  dispatched = 0;
  running = 0;
  runningSeats = 0;
  waiting = 0;
  waitingSeats = 0;

  refuse(reason: Refusal | "time-out"): void {
    this.refused.set(reason, (this.refused.get(reason) ?? 0) + 1);
  }

  wait(count: 1 | -1, seats: number): void {
    this.waiting += count;
    this.waitingSeats += count * seats;
  }

  start(seats: number, waitedSeconds: number): void {
    this.dispatched++;
    this.running++;
    this.runningSeats += seats;
    this.waits.observe(waitedSeconds);
  }

  finish(seats: number, seconds: number): void {
    this.running--;
    this.runningSeats -= seats;
    this.runs.observe(seconds);
  }
}
