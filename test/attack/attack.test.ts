// Hostile inputs, each with the answer it must get. Whatever comes, the server goes on for others: no work of more than
// 100 ms at a stretch, no memory that stays, no fault of its own, and a quiet tenant reads as before.
// `ATTACK=quick` leaves the slow ones out; `ATTACK_ONLY=word` runs rows with that word in their names.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { matches, type Row, shown } from "./row.ts";
import { furnish, quietMaps, quietWord } from "./setting.ts";
import { tables } from "./tables.ts";
import { startTarget, type Target } from "./target.ts";

const stallMsMax = 100;
/** What the fixed piece of work takes on an idle machine; where it takes longer, all does. */
const paceMsIdle = 5;
const gainedBytesMax = 64 << 20;
/** The engine compiles and collects when it likes: what an attack costs, it costs each time. */
const triesMax = 4;
const hopeless = 10;

const isQuick = process.env["ATTACK"] === "quick";
const only = process.env["ATTACK_ONLY"] ?? "";
const chosen = tables.map(({ title, rows }) => ({
  title,
  rows: rows.filter((row) => !(isQuick && row.slow) && `${title}: ${row.name}`.includes(only)),
}));

let target: Target;
const lines: string[] = [];

before(async () => {
  target = await startTarget();
  await furnish(target);
});
after(async () => {
  await target?.[Symbol.asyncDispose]();
  console.log([...lines, `${lines.length} attacks`].join("\n"));
});

for (const { title, rows } of chosen)
  describe(title, () => {
    for (const row of rows) test(row.name, () => attacked(title, row));
  });

async function attacked(title: string, row: Row): Promise<void> {
  let stallMs = Number.POSITIVE_INFINITY;
  let mostMs = 0;
  for (let tries = 0; tries < triesMax && stallMs > mostMs; tries++) {
    // What is so far beyond the bound is no chance.
    if (tries > 0 && stallMs > hopeless * mostMs) break;
    const before = await target.told("measure");
    const answer = await row.run(target);
    const during = await target.told("told");
    stallMs = during.stallMs;
    const quiet = await target.ask(`GET ${quietMaps}/same`, { as: "quinn" });
    assert.equal(quiet.status, 200, "the quiet tenant");
    assert.equal(quiet.body.data.of, quietWord);
    const afterwards = await target.told("measure");
    const pace = Math.max(1, before.paceMs / paceMsIdle, afterwards.paceMs / paceMsIdle);
    mostMs = stallMsMax * pace;
    const gained = afterwards.heapBytes - before.heapBytes;
    if (tries === 0) lines.push(`${title}: ${row.name} → ${shown(answer)}`);
    if (process.env["ATTACK_COST"])
      console.error(row.name, Math.round(stallMs), gained >> 20, before.paceMs);
    assert.ok(matches(row, answer), `answer: ${answer}\nwanted: ${row.answer}`);
    assert.deepEqual([...during.faults, ...afterwards.faults], [], "a fault of the server's own");
    assert.deepEqual(afterwards.polluted, [], "a write to a prototype");
    assert.ok(gained < gainedBytesMax, `${gained >> 20} MB stay`);
  }
  assert.ok(stallMs <= mostMs, `${Math.round(stallMs)} of ${Math.round(mostMs)} ms at a stretch`);
}
