import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../lib/virtual-clock.ts";
import { openMemoryStore } from "../store/memory.ts";
import { makeClaims } from "./claims.ts";

test("a claim is one server's until it is given back", async () => {
  const clock = new VirtualClock();
  const store = openMemoryStore({ clock });
  const [one, other] = [makeClaims(store, clock, "ports"), makeClaims(store, clock, "ports")];
  assert.deepEqual(await Promise.all([one.take("1"), other.take("1")]), [true, false]);
  assert.deepEqual(one.all(), [{ name: "1", atMs: clock.now() }]);
  await other.free("1");
  await other.free("2");
  assert.deepEqual(one.all(), []);
  assert.equal(await other.take("1"), true);
  assert.deepEqual(makeClaims(store, clock, "others").all(), []);
});
