import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Subnets } from "./subnets.ts";

test("nodes get the lowest free part, the same one each time, and give it back", () => {
  const subnets = new Subnets("10.244.0.0/16", 24);
  assert.equal(subnets.take("a"), "10.244.0.0/24");
  assert.equal(subnets.take("b"), "10.244.1.0/24");
  assert.equal(subnets.take("a"), "10.244.0.0/24");
  subnets.release("a");
  assert.equal(subnets.take("c"), "10.244.0.0/24");
  assert.equal(subnets.size, 256);
});

test("what a node has already is not given to another", () => {
  const subnets = new Subnets("fd00::/48", 64);
  subnets.note("old", "fd00::/64");
  subnets.note("foreign", "10.0.0.0/24");
  assert.equal(subnets.take("a"), "fd00:0:0:1::/64");
});

test("a network that is full says so", () => {
  const subnets = new Subnets("10.0.0.0/30", 31);
  assert.deepEqual(
    ["a", "b", "c"].map((n) => subnets.take(n)),
    ["10.0.0.0/31", "10.0.0.2/31", undefined],
  );
});

test("a network cannot be split into larger ones", () => {
  assert.throws(() => new Subnets("10.0.0.0/24", 16), /cannot be split/);
});

test("no two nodes ever share a part", () => {
  const step = fc.record({ name: fc.constantFrom("a", "b", "c", "d", "e"), leaves: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const subnets = new Subnets("10.0.0.0/22", 24);
      const held = new Map<string, string>();
      for (const { name, leaves } of steps) {
        if (leaves) {
          subnets.release(name);
          held.delete(name);
          continue;
        }
        const cidr = subnets.take(name);
        if (cidr === undefined) assert.equal(held.size, 4);
        else held.set(name, cidr);
        assert.equal(new Set(held.values()).size, held.size);
      }
    }),
  );
});
