import assert from "node:assert/strict";
import { test } from "node:test";
import { systemRandom } from "../../src/lib/system.ts";
import { openEmbeddedStore } from "../../src/store/embedded.ts";
import { defects } from "../crash/defects.ts";
import { killWriters } from "../crash/kill.ts";
import { experiments } from "../crash/laboratory.ts";
import { openerWith, plantedSource } from "../crash/plant.ts";
import { checkCrashStates } from "../crash/states.ts";

// The long run is `node test/crash/run.ts --states 100000`.
test("no crash loses an acknowledged write or keeps the store from starting", async () => {
  let states = 0;
  for (let seed = 1; seed <= 6; seed++)
    states += await checkCrashStates({ open: openEmbeddedStore, seed, bursts: 40, variants: 1 });
  assert.ok(states > 1000, `${states} states`);
});

// The long run is `node test/crash/kill.ts --kills 1000`.
test("a process that is killed while it writes loses nothing that it promised", async () => {
  assert.ok((await killWriters(4, systemRandom)) > 100);
});

for (const [name, experiment] of Object.entries(experiments)) {
  test(`the store stands the experiment "${name}"`, async () => {
    for (let seed = 1; seed <= 3; seed++) await experiment(openEmbeddedStore, seed);
  });
}

// All of them are looked for by `node test/crash/find-defects.ts`.
test("every planted defect still fits the source, and those of recovery are found", async () => {
  assert.ok(defects.length >= 30);
  for (const defect of defects) plantedSource(defect);
  const torn = defects.find(({ name }) => name === "a torn record is accepted")!;
  await assert.rejects(experiments["crash"]!(await openerWith(torn), 1), /state at revision/);
});
