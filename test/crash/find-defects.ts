// Plants each known defect and tells how long the laboratory took to find it.
// Usage: node test/crash/find-defects.ts [--only TEXT] [--seeds 12]
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { defects } from "./defects.ts";
import { experiments } from "./laboratory.ts";
import { openerWith, plantedSource } from "./plant.ts";

const { values: flags } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    seeds: { type: "string", default: "12" },
    /** In the child: the defect's place in the list. */
    defect: { type: "string" },
  },
});

/** A defective store may wait for ever, and eat memory meanwhile: each gets a process of its own. */
const patienceMs = 60_000;
const heapMb = 512;

if (flags.defect) await lookFor(Number(flags.defect));
else await lookForAll();

async function lookForAll(): Promise<void> {
  let missed = 0;
  for (const [i, defect] of defects.entries()) {
    if (!defect.name.includes(flags.only)) continue;
    // One that has gone stale would end its process, too.
    plantedSource(defect);
    const began = performance.now();
    const found = await inChild(i);
    const took = `${((performance.now() - began) / 1000).toFixed(1)} s`.padStart(7);
    if (!found) missed++;
    console.log(`${found ? "found " : "MISSED"} ${took}  ${defect.name}: ${found ?? "-"}`);
  }
  console.log(`${missed} missed`);
  process.exitCode = missed === 0 ? 0 : 1;
}

/** How the defect showed; undefined when it did not. */
function inChild(index: number): Promise<string | undefined> {
  const self = fileURLToPath(import.meta.url);
  const args = [`--max-old-space-size=${heapMb}`, self, "--defect", `${index}`];
  const child = spawn(process.execPath, [...args, "--seeds", flags.seeds], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let output = "";
  child.stdout.on("data", (data) => {
    output += data;
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  return new Promise((resolve) => {
    child.on("exit", (code) => {
      clearTimeout(timer);
      if (code === 0) resolve(undefined);
      else resolve(output.trim() || "the process did not come to an end");
    });
  });
}

async function lookFor(index: number): Promise<void> {
  const open = await openerWith(defects[index]!);
  const found = (name: string, seed: number, error: unknown): never => {
    const why = (error as Error).message.split("\n")[0]!.slice(0, 100);
    console.log(`${name}, seed ${seed}: ${why}`);
    process.exit(1);
  };
  for (let seed = 1; seed <= Number(flags.seeds); seed++) {
    for (const [name, experiment] of Object.entries(experiments)) {
      const caught = (error: unknown): void => found(name, seed, error);
      process.once("uncaughtException", caught);
      await experiment(open, seed).catch(caught);
      process.off("uncaughtException", caught);
    }
  }
  process.exit(0);
}
