import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RetryAfter } from "./retry-after.ts";
import { divide, limitsFor, partsOf } from "./shares.ts";
import { flowNumber, hand } from "./shuffle.ts";
import { seatsMaxOf, seatsOfList } from "./width.ts";

const asked = (shares: number, lendablePercent: number, borrowingLimitPercent?: number) => ({
  shares,
  lendablePercent,
  borrowingLimitPercent,
});

test("shares: upstream's levels of a server of 600 seats", () => {
  const levels = [5, 20, 10, 40, 30, 40, 100].map((shares) => asked(shares, 0));
  assert.deepEqual(
    partsOf(600, levels).map(({ nominal }) => nominal),
    [13, 49, 25, 98, 74, 98, 245],
  );
});

const parts: { of: ReturnType<typeof asked>[]; are: [number, number, number][] }[] = [
  { of: [asked(1, 50)], are: [[100, 50, 200]] },
  { of: [asked(1, 33, 10)], are: [[100, 67, 110]] },
  {
    of: [asked(0, 0), asked(1, 0, 0)],
    are: [
      [0, 0, 100],
      [100, 100, 100],
    ],
  },
  { of: [asked(0, 0)], are: [[0, 0, 100]] },
];

for (const { of, are } of parts)
  test(`shares: parts of ${JSON.stringify(of)}`, () => {
    const found = partsOf(100, of).map(({ nominal, least, most }) => [nominal, least, most]);
    assert.deepEqual(found, are);
  });

const claims: { total: number; of: [number, number, number][]; are: number[] }[] = [
  {
    total: 10,
    of: [
      [1, 4, 2],
      [0, 10, 2],
      [0, 10, 1],
    ],
    are: [4, 4, 2],
  },
  {
    total: 9,
    of: [
      [0, 9, 1],
      [0, 9, 2],
    ],
    are: [3, 6],
  },
  {
    total: 9,
    of: [
      [5, 9, 5],
      [0, 9, 100],
    ],
    are: [5, 4],
  },
  {
    total: 3,
    of: [
      [2, 9, 2],
      [2, 9, 2],
    ],
    are: [2, 2],
  },
  {
    total: 30,
    of: [
      [0, 9, 1],
      [0, 9, 2],
    ],
    are: [9, 9],
  },
  {
    total: 8,
    of: [
      [0, 8, 0],
      [0, 8, 0],
    ],
    are: [4, 4],
  },
  { total: 0, of: [[0, 8, 3]], are: [0] },
];

for (const { total, of, are } of claims)
  test(`shares: ${total} among ${JSON.stringify(of)}`, () => {
    const found = divide(
      total,
      of.map(([lower, upper, target]) => ({ lower, upper, target })),
    );
    assert.deepEqual(
      found.map((part) => Math.round(part * 1e6) / 1e6),
      are,
    );
  });

test("shares: what is divided adds up wherever the bounds allow it", () => {
  const claim = fc
    .tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 50 }), fc.nat(80))
    .map(([lower, more, target]) => ({ lower, upper: lower + more, target: lower + target }));
  fc.assert(
    fc.property(fc.array(claim, { minLength: 1, maxLength: 6 }), fc.nat(300), (of, total) => {
      const sum = (of2: readonly number[]): number => of2.reduce((a, b) => a + b, 0);
      const found = divide(total, of);
      for (const [i, { lower, upper }] of of.entries())
        assert.ok(found[i]! >= lower - 1e-9 && found[i]! <= upper + 1e-9);
      const [least, most] = [sum(of.map((c) => c.lower)), sum(of.map((c) => c.upper))];
      const expected = Math.min(Math.max(total, least), most);
      assert.ok(Math.abs(sum(found) - expected) < 1e-6, `${sum(found)} is not ${expected}`);
    }),
  );
});

const level = (nominal: number, least: number, highest: number, smoothed: number) => ({
  nominal,
  least,
  most: nominal + 100,
  exempt: false,
  highest,
  smoothed,
});

const limits: { title: string; of: ReturnType<typeof level>[]; are: number[] }[] = [
  {
    title: "nobody asks: in proportion to what may not be lent",
    of: [level(50, 50, 0, 0), level(50, 50, 0, 0)],
    are: [50, 50],
  },
  {
    title: "one asks for more: it borrows",
    of: [level(50, 25, 0, 0), level(50, 25, 90, 90)],
    are: [25, 75],
  },
  {
    title: "an exempt level takes what it needs",
    of: [{ ...level(0, 0, 30, 30), exempt: true }, level(50, 50, 10, 10)],
    are: [30, 50],
  },
];

for (const { title, of, are } of limits)
  test(`shares: ${title}`, () => assert.deepEqual(limitsFor(of), are));

const hands: { flow: bigint; deck: number; size: number; are: number[] }[] = [
  { flow: 17n, deck: 5, size: 2, are: [2, 4] },
  { flow: 0n, deck: 5, size: 3, are: [0, 1, 2] },
  { flow: 4n, deck: 5, size: 2, are: [4, 0] },
];

for (const { flow, deck, size, are } of hands)
  test(`shuffle: ${flow} of ${deck} by ${size}`, () =>
    assert.deepEqual(hand(flow, deck, size), are));

test("shuffle: cards of a hand differ, and every card is dealt to somebody", () => {
  const seen = new Set<number>();
  for (let user = 0; user < 300; user++) {
    const cards = hand(flowNumber("schema", `user-${user}`), 64, 6);
    assert.equal(new Set(cards).size, 6);
    for (const card of cards) seen.add(card);
  }
  assert.equal(seen.size, 64);
  assert.notEqual(flowNumber("a", "b"), flowNumber("ab", ""));
});

const widths: { of: [number, number, number, boolean]; max: number; is: number }[] = [
  { of: [1000, 4000, 0, false], max: 10, is: 10 },
  { of: [1000, 400, 0, false], max: 10, is: 4 },
  { of: [1000, 4000, 50, false], max: 10, is: 2 },
  { of: [1000, 4000, 0, true], max: 10, is: 1 },
  { of: [1000, 4000, 0, false], max: 3, is: 3 },
  { of: [1_000_000, 4000, 0, false], max: 0, is: 10 },
  { of: [0, 0, 0, false], max: 10, is: 1 },
];

for (const {
  of: [count, bytesEach, limit, single],
  max,
  is,
} of widths)
  test(`width: ${count} objects of ${bytesEach} bytes, at most ${limit}, ${single}, ${max}`, () =>
    assert.equal(seatsOfList({ count, bytesEach, limit, single }, max), is));

test("width: one request gets but a part of its level", () => {
  assert.equal(seatsMaxOf(245, 6), 37);
  assert.equal(seatsMaxOf(13, 6), 2);
  assert.equal(seatsMaxOf(3, 6), 1);
});

test("retry-after: doubles while many are refused, comes down by one, starts at one", () => {
  const retry = new RetryAfter();
  const refuse = (second: number, times: number): number => {
    let wait = 0;
    for (let i = 0; i < times; i++) wait = retry.refuse(second * 1000);
    return wait;
  };
  assert.equal(refuse(1000, 5), 1);
  assert.equal(refuse(1001, 5), 2);
  // Not raised again before the time that was told is over.
  assert.equal(refuse(1002, 9), 2);
  assert.equal(refuse(1003, 9), 4);
  assert.equal(refuse(1050, 1), 3);
  assert.equal(refuse(1100, 1), 2);
});
