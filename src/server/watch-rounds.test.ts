import assert from "node:assert/strict";
import { test } from "node:test";
import { WatchRounds } from "./watch-rounds.ts";

/** Rounds whose turns end when `turn` is called; it tells who was served in it. */
function rounds() {
  const ends: (() => void)[] = [];
  let served: number[] = [];
  const made = new WatchRounds((run) => void ends.push(run));
  return {
    join: (watch: number) => made.join(() => served.push(watch)),
    made,
    turn(): number[] {
      served = [];
      for (const end of ends.splice(0)) end();
      return served;
    },
  };
}

const upTo = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);

test("watches are served in the order in which they were woken, some in each turn", () => {
  const { join, turn } = rounds();
  for (const watch of upTo(0, 38)) join(watch);
  assert.deepEqual(turn(), upTo(0, 16));
  join(0);
  assert.deepEqual(turn(), upTo(16, 32));
  assert.deepEqual(turn(), [...upTo(32, 38), 0]);
  assert.deepEqual(turn(), []);
  join(1);
  assert.deepEqual(turn(), [1]);
});

test("one that is woken while others are served has its turn after them", () => {
  const { made, turn, join } = rounds();
  made.join(() => join(2));
  join(1);
  assert.deepEqual(turn(), [1]);
  assert.deepEqual(turn(), [2]);
});
