import assert from "node:assert/strict";
import { test } from "node:test";
import { nameSuffix, randomInteger, seededRandom, uuid } from "./random.ts";
import { systemRandom } from "./system.ts";

test("a seed gives the same sequence again, another seed another one", () => {
  const draw = (seed: number): string => {
    const random = seededRandom(seed);
    return `${random.float()} ${uuid(random)} ${nameSuffix(random)} ${random.bytes(7)}`;
  };
  assert.equal(draw(7), draw(7));
  assert.notEqual(draw(7), draw(8));
});

for (const [name, random] of [
  ["seeded", seededRandom(1)],
  ["system", systemRandom],
] as const) {
  test(`${name} numbers are spread evenly over [0, 1)`, () => {
    const bins = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) bins[randomInteger(random, 10)]!++;
    for (const count of bins) assert.ok(count > 800 && count < 1200, `${bins}`);
  });

  test(`${name} uuids and suffixes have upstream's form`, () => {
    for (let i = 0; i < 100; i++) {
      assert.match(
        uuid(random),
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
      assert.match(nameSuffix(random), /^[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    }
    assert.equal(random.bytes(70_001).length, 70_001);
  });
}
