// Many runs of a simulated cluster: node test/sim/cluster/run.ts [--seeds 1000] [--from 1] [--seed N] [--servers N]
// With --servers that many share one etcd; without it there is one, with a disk of its own. With --seed only that run is
// made, and told line by line. How fast it is stands against the process's CPU time, too, which other work of the machine
// does not change.
import { parseArgs } from "node:util";
import { simulate } from "./simulate.ts";

const { values: flags } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    servers: { type: "string" },
  },
});
const first = Number(flags.seed ?? flags.from);
const count = flags.seed === undefined ? Number(flags.seeds) : 1;
const tell = flags.seed === undefined ? undefined : (line: string) => console.log(line);
const more = flags.servers === undefined ? {} : { servers: Number(flags.servers) };
const words = flags.servers === undefined ? "" : ` --servers ${flags.servers}`;
const began = performance.now();
const cpuAtStart = process.cpuUsage();
const sum = { virtualMs: 0, crashes: 0, events: 0, flips: 0, failures: 0 };
for (let seed = first; seed < first + count; seed++) {
  try {
    const run = await simulate({ seed, ...more, ...(tell ? { tell } : {}) });
    sum.virtualMs += run.virtualMs;
    sum.crashes += run.crashes;
    sum.events += run.events;
    sum.flips += run.flipsFound;
    if (tell) console.log(`fingerprint ${run.fingerprint}`);
  } catch (error) {
    sum.failures++;
    console.error(
      `seed ${seed} failed; replay it with: npm run sim -- --seed ${seed}${words}\n`,
      error,
    );
  }
  const done = seed - first + 1;
  if (done % 100 === 0 && done < count) console.error(`${done} seeds, ${sum.failures} failed`);
}
const realMs = performance.now() - began;
const { user, system } = process.cpuUsage(cpuAtStart);
const cpuMs = (user + system) / 1000;
const seconds = (ms: number): string => (ms / 1000).toFixed(0);
const speed = (ms: number): string => (sum.virtualMs / ms).toFixed(0);
console.log(
  `${count} seeds from ${first}, ${sum.failures} failed; ${(sum.virtualMs / 3_600_000).toFixed(1)} hours in ` +
    `${seconds(realMs)} s (${speed(realMs)} times real time) and ${seconds(cpuMs)} s of CPU (${speed(cpuMs)} times), ` +
    `${sum.crashes} crashes of the server, ${sum.flips} flipped bits found, ${sum.events} events watched`,
);
process.exitCode = sum.failures > 0 ? 1 : 0;
