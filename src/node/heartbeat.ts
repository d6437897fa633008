// One timer for the heartbeats of all nodes of a process, spread over their period.
import { Deadlines } from "../control/deadlines.ts";
import type { Clock } from "../lib/clock.ts";

export type Heartbeat = {
  /** Calls `beat` each `periodMs`, the first time within one period, until the returned function is called. */
  join(name: string, periodMs: number, beat: () => void): () => void;
};

/** The golden ratio spreads any number of members evenly. */
const spread = 0.618_033_988_749_895;

export function makeHeartbeat(clock: Clock): Heartbeat {
  const members = new Map<string, { periodMs: number; beat: () => void }>();
  let joined = 0;
  const deadlines = new Deadlines(clock, (name) => {
    const member = members.get(name);
    if (!member) return;
    deadlines.set(name, member.periodMs);
    member.beat();
  });
  return {
    join(name, periodMs, beat) {
      members.set(name, { periodMs, beat });
      deadlines.set(name, periodMs * ((++joined * spread) % 1));
      return () => {
        members.delete(name);
        deadlines.delete(name);
      };
    },
  };
}
