// The servers of a simulated cluster with what they keep their data on: one with a disk, or several on one etcd.
import { randomInteger, seededRandom } from "../../../src/lib/random.ts";
import type { VirtualClock } from "../../../src/lib/virtual-clock.ts";
import { Etcd } from "./etcd.ts";
import { EtcdMembers } from "./etcd-members.ts";
import { heal, ownFaults, type Stage, sharedFaults } from "./faults.ts";
import type { Network } from "./network.ts";
import type { ServerProcess } from "./plane.ts";
import { Server } from "./server.ts";
import { type Leaders, SharedServer } from "./shared-server.ts";

export type Site = {
  readonly servers: readonly ServerProcess[];
  /** Does one of the faults, by chance; its name. */
  strike(stage: Stage): string;
  /** Of so many writes, in percent, nobody hears what became of them. */
  loseAnswers(percent: number): void;
  heal(stage: Stage): void;
  /** Bits that had changed on a disk, and were found. */
  flipsFound(): number;
};

type Parts = {
  clock: VirtualClock;
  network: Network;
  seed: number;
  fail: (error: unknown) => void;
};

export function ownSite({ clock, network, seed }: Parts): Site {
  const server = new Server({ clock, network, seed });
  return {
    servers: [server],
    strike(stage) {
      const { name, strike } = ownFaults[randomInteger(stage.random, ownFaults.length)]!;
      strike({ ...stage, server });
      return name;
    },
    loseAnswers(percent) {
      server.unansweredPercent = percent;
    },
    heal(stage) {
      heal(stage);
      server.failSync = false;
      server.unansweredPercent = 0;
      delete server.disk.options.capacityBytes;
    },
    flipsFound: () => server.flipsFound,
  };
}

export function sharedSite({ clock, network, seed, fail }: Parts, count: number): Site {
  const members = new EtcdMembers(new Etcd(), clock, seededRandom(seed * 41));
  const leaders: Leaders = new Map();
  const servers = Array.from(
    { length: count },
    (_, index) => new SharedServer({ clock, network, members, leaders, fail, seed, index }),
  );
  return {
    servers,
    strike(stage) {
      const { name, strike } = sharedFaults[randomInteger(stage.random, sharedFaults.length)]!;
      strike({ ...stage, servers, members });
      return name;
    },
    loseAnswers(percent) {
      members.unansweredPercent = percent;
    },
    heal(stage) {
      heal(stage);
      members.heal();
    },
    flipsFound: () => 0,
  };
}
