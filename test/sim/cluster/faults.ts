// What goes wrong, and when: chosen by the seed.
import { type Random, randomInteger } from "../../../src/lib/random.ts";
import type { VirtualClock } from "../../../src/lib/virtual-clock.ts";
import type { Machine } from "./machine.ts";
import type { Network } from "./network.ts";
import type { Server } from "./server.ts";

export type Stage = {
  clock: VirtualClock;
  random: Random;
  server: Server;
  network: Network;
  machines: readonly Machine[];
};

type Fault = { name: string; strike: (stage: Stage) => void };

const second = 1_000;

/** Some time later, whatever has become of the rest. */
const later = ({ clock, random }: Stage, secondsMax: number, run: () => void): void =>
  void clock.after((1 + randomInteger(random, secondsMax)) * second, run);

const anyMachine = ({ machines, random }: Stage): Machine =>
  machines[randomInteger(random, machines.length)]!;

export const faults: readonly Fault[] = [
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

/** Ends everything that is still wrong. */
export function heal({ server, network, machines }: Stage): void {
  network.lossPercent = 0;
  network.delayMsMax = 2;
  network.cutOff.clear();
  network.onMessage = () => {};
  server.failSync = false;
  server.unansweredPercent = 0;
  delete server.disk.options.capacityBytes;
  for (const machine of machines) machine.startAgent();
}
