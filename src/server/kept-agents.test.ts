import assert from "node:assert/strict";
import { test } from "node:test";
import { KeptAgents } from "./kept-agents.ts";

test("an agent is made once for each name, and the oldest gives way", () => {
  const made: string[] = [];
  const agents = new KeptAgents((name) => {
    made.push(name);
    return { servername: name };
  });
  const first = agents.of("0");
  assert.equal(agents.of("0"), first);
  for (let i = 1; i < 64; i++) agents.of(`${i}`);
  assert.equal(agents.of("0"), first);
  assert.equal(made.length, 64);
  agents.of("64");
  assert.notEqual(agents.of("0"), first);
  assert.equal(agents.of("64").options.servername, "64");
  agents.close();
});

test("options that cannot be had leave nothing behind", () => {
  let isBroken = true;
  const agents = new KeptAgents(() => {
    if (isBroken) throw new Error("no certificate");
    return {};
  });
  assert.throws(() => agents.of("a"), /no certificate/);
  isBroken = false;
  assert.ok(agents.of("a"));
  agents.close();
});
