// Plants each known defect of the cluster and tells how long the simulation took to find it.
// Usage: node test/sim/cluster/find-defects.ts [--only TEXT] [--seeds 20]
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { defects, plant, plantedSource } from "./defects.ts";

const { values: flags } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    seeds: { type: "string", default: "20" },
    /** In the child: the defect's place in the list. */
    defect: { type: "string" },
  },
});

/** A defective cluster may never come to an end. */
const patienceMs = 180_000;

if (flags.defect) await lookFor(Number(flags.defect));
else lookForAll();

function lookForAll(): void {
  let missed = 0;
  for (const [index, defect] of defects.entries()) {
    const { name } = defect;
    if (!name.includes(flags.only)) continue;
    // One that has gone stale would end its process, too.
    plantedSource(defect);
    const began = performance.now();
    const self = fileURLToPath(import.meta.url);
    const args = [self, "--defect", `${index}`, "--seeds", flags.seeds];
    const child = spawnSync(process.execPath, args, { encoding: "utf8", timeout: patienceMs });
    const took = `${((performance.now() - began) / 1000).toFixed(1)} s`.padStart(7);
    const isFound = child.status !== 0;
    if (!isFound) missed++;
    const how = child.stdout.trim() || "the process did not come to an end";
    console.log(`${isFound ? "found " : "MISSED"} ${took}  ${name}: ${isFound ? how : "-"}`);
  }
  console.log(`${missed} missed`);
  process.exitCode = missed === 0 ? 0 : 1;
}

async function lookFor(index: number): Promise<void> {
  const defect = defects[index]!;
  plant(defect);
  const { servers } = defect;
  const { simulate } = await import("./simulate.ts");
  for (let seed = 1; seed <= Number(flags.seeds); seed++) {
    try {
      await simulate({ seed, ...(servers ? { servers } : {}) });
    } catch (error) {
      const [why = ""] = `${error instanceof Error ? error.message : error}`.split("\n");
      console.log(`seed ${seed}: ${why.slice(0, 120)}`);
      process.exit(1);
    }
  }
  process.exit(0);
}
