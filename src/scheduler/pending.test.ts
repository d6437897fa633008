import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../lib/virtual-clock.ts";
import type { Pod } from "../schema/types/core-v1.ts";
import { Pending } from "./pending.ts";
import { askOf } from "./pod-ask.ts";

const pod = (name: string, priority = 0): Pod => ({
  metadata: { name, namespace: "ns", uid: name },
  spec: { containers: [], priority },
});

test("pods are taken by priority, then in the order in which they came", () => {
  const pending = new Pending(new VirtualClock(), () => {});
  for (const [name, priority] of [
    ["a", 0],
    ["b", 5],
    ["c", 0],
    ["d", 5],
  ] as const) {
    pending.put(askOf(pod(name, priority)));
  }
  assert.equal(pending.take()?.key, "ns/b");
  pending.put(askOf(pod("e", 9)));
  const rest = [1, 2, 3, 4, 5].map(() => pending.take()?.key);
  assert.deepEqual(rest, ["ns/e", "ns/d", "ns/a", "ns/c", undefined]);
});

test("a refused pod waits for its cure, and not less than its back-off", async () => {
  const clock = new VirtualClock();
  let woken = 0;
  const pending = new Pending(clock, () => woken++);
  pending.put(askOf(pod("a")));
  pending.take();
  pending.refused("ns/a", new Set(["pod-gone"]));
  pending.cure("node");
  await clock.advance(60_000);
  assert.equal(pending.take(), undefined);
  pending.cure("pod-gone");
  assert.equal(pending.take()?.key, "ns/a");
  pending.refused("ns/a", new Set(["pod-gone"]));
  pending.cure("pod-gone");
  assert.equal(pending.take(), undefined);
  await clock.advance(2000);
  assert.equal(woken, 1);
  assert.equal(pending.take()?.key, "ns/a");
});
