// A machine on which everything succeeds and nothing is kept: what a simulated node's agent runs on.
import type { Host, LogRange, Machine, ProbeAnswer, VolumeAsk } from "../host.ts";
import type { Signals } from "../pressure/signals.ts";
import type { LogStore } from "./logs.ts";

export type SimulatedMachine = {
  name: string;
  /** Its address. */
  ip: string;
  cpus?: number;
  memoryBytes?: number;
  /** Result of every probe over the network; success when absent. */
  probe?: () => ProbeAnswer;
  /** What it has left; never short of anything when absent. */
  signals?: () => Signals;
};

const encoder = new TextEncoder();

export function simulatedHost(machine: SimulatedMachine, logs: LogStore): Host {
  const probe = async (): Promise<ProbeAnswer> =>
    machine.probe?.() ?? { result: "success", output: "" };
  return {
    keepsFiles: false,
    machine: async () => machineOf(machine),
    signals: async () => machine.signals?.(),
    podUids: async () => [],
    mountVolumes: async (_uid, volumes: readonly VolumeAsk[]) =>
      new Map(volumes.map((v) => [v.name, `/simulated/${v.name}`])),
    volumeUse: async () => new Map(),
    subPath: async ({ volumePath, subPath }) => `${volumePath}/${subPath}`,
    writePodFile: async (_uid, name) => `/simulated/${name}`,
    terminationFile: async () => "",
    readStart: async () => "",
    removePod: async () => {},
    logRoot: "/simulated/logs",
    readLog: (path, range, _ended, _signal) => linesOf(logs, path, range),
    rotateLog: async () => false,
    removeLogs: async (path) => logs.remove(path),
    lastLogNumber: async () => undefined,
    logTail: async () => "",
    probeHttp: probe,
    probeTcp: probe,
    probeGrpc: probe,
    httpGet: async () => {},
    cgroupRoot: "",
    makeCgroup: async () => {},
    removeCgroup: async () => {},
    resolver: async () => ({ servers: [], searches: [], options: [] }),
    hostsFile: async () => "127.0.0.1\tlocalhost\n",
    hasAppArmor: true,
    seccompRoot: "/simulated/seccomp",
  };
}

async function* linesOf(logs: LogStore, path: string, range: LogRange): AsyncIterable<Uint8Array> {
  const lines = logs.lines(path).filter((l) => l.ms >= (range.sinceMs ?? 0));
  const shown = range.tailLines === undefined ? lines : lines.slice(-range.tailLines || Infinity);
  let left = range.limitBytes ?? Number.POSITIVE_INFINITY;
  for (const { ms, text } of range.tailLines === 0 ? [] : shown) {
    const stamp = range.timestamps ? `${new Date(ms).toISOString()} ` : "";
    const bytes = encoder.encode(`${stamp}${text}\n`).subarray(0, left);
    left -= bytes.length;
    if (bytes.length > 0) yield bytes;
  }
}

const machineOf = ({
  name,
  ip,
  cpus = 32,
  memoryBytes = 256 * 2 ** 30,
}: SimulatedMachine): Machine => ({
  addresses: [
    { type: "InternalIP", address: ip },
    { type: "Hostname", address: name },
  ],
  cpus,
  memoryBytes,
  storageBytes: 1024 * 2 ** 30,
  info: {
    architecture: "amd64",
    bootID: name,
    machineID: name,
    systemUUID: name,
    kernelVersion: "simulated",
    operatingSystem: "linux",
    osImage: "Simulated",
  },
});
