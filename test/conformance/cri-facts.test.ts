// The definition of CRI in the sources is what the tool makes of the published one.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeFacts, readSource } from "../../tools/cri/make.ts";

const facts = join(import.meta.dirname, "../../src/node/facts/cri.json");

function whyNoGo(): string | false {
  try {
    execFileSync("go", ["version"], { stdio: "ignore" });
    return false;
  } catch {
    return "needs go, to fetch the published definition";
  }
}

test("src/node/facts/cri.json is what tools/cri makes", { skip: whyNoGo() }, () => {
  assert.equal(readFileSync(facts, "utf8"), makeFacts(readSource()));
});
