// What goes wrong, and when: chosen by the seed.
import { type Random, randomInteger } from "../../../src/lib/random.ts";
import type { VirtualClock } from "../../../src/lib/virtual-clock.ts";
import type { EtcdMembers } from "./etcd-members.ts";
import type { Machine } from "./machine.ts";
import type { Network } from "./network.ts";
import type { Server } from "./server.ts";
import type { SharedServer } from "./shared-server.ts";

export type Stage = {
  clock: VirtualClock;
  random: Random;
  network: Network;
  machines: readonly Machine[];
};

/** One server with a disk of its own. */
type OwnStage = Stage & { server: Server };
/** Several on one etcd. */
type SharedStage = Stage & { servers: readonly SharedServer[]; members: EtcdMembers };

type Fault<S extends Stage> = { name: string; strike: (stage: S) => void };

const second = 1_000;

/** Some time later, whatever has become of the rest. */
const later = ({ clock, random }: Stage, secondsMax: number, run: () => void): void =>
  void clock.after((1 + randomInteger(random, secondsMax)) * second, run);

const anyMachine = ({ machines, random }: Stage): Machine =>
  machines[randomInteger(random, machines.length)]!;

const commonFaults: readonly Fault<Stage>[] = [
  {
    name: "messages are lost",
    strike(stage) {
      stage.network.lossPercent = 1 + randomInteger(stage.random, 20);
      later(stage, 30, () => {
        stage.network.lossPercent = 0;
      });
    },
  },
  {
    name: "messages are slow",
    strike(stage) {
      stage.network.delayMsMax = 1 + randomInteger(stage.random, 800);
      later(stage, 30, () => {
        stage.network.delayMsMax = 2;
      });
    },
  },
  {
    name: "a machine is cut off",
    strike(stage) {
      const { name } = anyMachine(stage);
      stage.network.cutOff.add(name);
      later(stage, 100, () => stage.network.cutOff.delete(name));
    },
  },
  {
    name: "an agent is killed",
    strike(stage) {
      const machine = anyMachine(stage);
      machine.crashAgent();
      later(stage, 20, () => machine.startAgent());
    },
  },
  {
    name: "a machine is switched off and on",
    strike(stage) {
      const machine = anyMachine(stage);
      machine.reboot();
      later(stage, 90, () => machine.startAgent());
    },
  },
  {
    name: "the clock steps",
    strike: ({ clock, random }) => clock.stepWall((randomInteger(random, 121) - 60) * second),
  },
];

export const ownFaults: readonly Fault<OwnStage>[] = [
  { name: "the server is killed", strike: ({ server }) => server.crash() },
  {
    name: "the server dies amid a write",
    strike: ({ server, random }) => server.crashInWrite(randomInteger(random, 40)),
  },
  {
    name: "the server dies amid a message",
    strike({ server, network, random }) {
      let left = randomInteger(random, 60);
      network.onMessage = () => {
        if (left-- > 0) return;
        network.onMessage = () => {};
        server.crash();
      };
    },
  },
  {
    name: "a sync fails",
    strike({ server }) {
      server.failSync = true;
    },
  },
  {
    name: "the disk is full",
    strike(stage) {
      const { server } = stage;
      const { disk } = server;
      disk.options.capacityBytes = disk.usedBytes + 2_000;
      later(stage, 20, () => {
        delete server.disk.options.capacityBytes;
        delete disk.options.capacityBytes;
      });
    },
  },
  {
    name: "a bit flips while the server is down",
    strike: ({ server, random }) => server.crashAndFlip(random),
  },
  {
    name: "the store does not say what became of writes",
    strike(stage) {
      stage.server.unansweredPercent = 1 + randomInteger(stage.random, 30);
      later(stage, 20, () => {
        stage.server.unansweredPercent = 0;
      });
    },
  },
  ...commonFaults,
];

export const sharedFaults: readonly Fault<SharedStage>[] = [
  {
    name: "one of the servers is killed",
    strike: ({ servers, random }) => servers[randomInteger(random, servers.length)]!.crash(),
  },
  {
    name: "a member of etcd dies",
    strike(stage) {
      const { members } = stage;
      const at = randomInteger(stage.random, 3);
      members.kill(at);
      later(stage, 30, () => members.down.delete(at));
    },
  },
  {
    name: "a member of etcd falls silent",
    strike(stage) {
      const { members } = stage;
      const at = randomInteger(stage.random, 3);
      members.silent.add(at);
      later(stage, 30, () => members.wake(at));
    },
  },
  {
    name: "etcd has no leader",
    strike(stage) {
      const { members } = stage;
      for (const at of [0, 1, 2]) members.kill(at);
      later(stage, 12, () => members.down.clear());
    },
  },
  {
    name: "etcd does not say what became of calls",
    strike(stage) {
      const { members } = stage;
      members.unansweredPercent = 1 + randomInteger(stage.random, 30);
      later(stage, 20, () => {
        members.unansweredPercent = 0;
      });
    },
  },
  {
    name: "watches of etcd lag behind",
    strike(stage) {
      const { members } = stage;
      members.lagMsMax = 1 + randomInteger(stage.random, 1_500);
      later(stage, 30, () => {
        members.lagMsMax = 3;
      });
    },
  },
  {
    name: "etcd is compacted up to now",
    strike: ({ members: { etcd } }) => {
      if (etcd.revision > etcd.compactedRevision) etcd.compact(etcd.revision);
    },
  },
  {
    name: "etcd is compacted behind its watches",
    strike: ({ members, random }) =>
      members.compactBehindWatches(1_000 + randomInteger(random, 4_000)),
  },
  {
    name: "etcd is out of space",
    strike(stage) {
      const { etcd } = stage.members;
      etcd.isFull = true;
      later(stage, 20, () => {
        etcd.isFull = false;
      });
    },
  },
  ...commonFaults,
];

/** Ends everything that is still wrong between and on the machines. */
export function heal({ network, machines }: Stage): void {
  network.lossPercent = 0;
  network.delayMsMax = 2;
  network.cutOff.clear();
  network.onMessage = () => {};
  for (const machine of machines) machine.startAgent();
}
