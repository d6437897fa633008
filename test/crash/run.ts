// The long run over crash states: node test/crash/run.ts [--states 100000] [--seed N]
// With --seed only the workload of this seed is run, as it was when it failed.
import { parseArgs } from "node:util";
import { openEmbeddedStore } from "../../src/store/embedded.ts";
import { checkCrashStates } from "./states.ts";

const { values: flags } = parseArgs({
  options: { states: { type: "string", default: "100000" }, seed: { type: "string" } },
});
const wanted = Number(flags.states);
const began = performance.now();
let states = 0;
let seed = Number(flags.seed ?? 1000);
for (; states < wanted; seed++) {
  const bursts = 20 + (seed % 5) * 20;
  states += await checkCrashStates({ open: openEmbeddedStore, seed, bursts, variants: 2 });
  if (flags.seed) break;
  if (seed % 50 === 0) console.error(`${states} states, up to seed ${seed}`);
}
const seconds = ((performance.now() - began) / 1000).toFixed(0);
console.log(`${states} crash states, none lost an acknowledged write (${seconds} s)`);
