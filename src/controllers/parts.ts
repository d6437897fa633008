// What every controller is given, and what each of them is.
import type { Caches } from "../client/cache.ts";
import type { Client } from "../client/client.ts";
import type { Recorder } from "../control/events.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Random } from "../lib/random.ts";

export type Parts = {
  /** Writes in the controller's own name. */
  client: Client;
  /** Shared by all controllers. */
  caches: Caches;
  clock: Clock;
  random: Random;
  log: Log;
  record: Recorder;
};

export type Running = { stop(): Promise<void> };
