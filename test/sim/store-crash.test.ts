import assert from "node:assert/strict";
import { test } from "node:test";
import { systemRandom } from "../../src/lib/system.ts";
import { openEmbeddedStore } from "../../src/store/embedded.ts";
import { killWriters } from "../crash/kill.ts";
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
