import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Endpoint, EndpointSlice } from "../../schema/types/discovery-v1.ts";
import { pack, sliceMax } from "./pack.ts";

const endpoint = (n: number, ready = true): Endpoint => ({
  addresses: [`10.0.${n >> 8}.${n & 255}`],
  conditions: { ready },
});

const slice = (name: string, numbers: number[]): EndpointSlice => ({
  metadata: { name },
  addressType: "IPv4",
  endpoints: numbers.map((n) => endpoint(n)),
});

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);
const endpoints = (numbers: number[]): Endpoint[] => numbers.map((n) => endpoint(n));
const fresh = (): boolean => false;

const rows: {
  why: string;
  slices: EndpointSlice[];
  wanted: Endpoint[];
  is: { create: number[]; update: string[]; delete: string[] };
}[] = [
  {
    why: "nothing changes",
    slices: [slice("s", [1, 2])],
    wanted: endpoints([2, 1]),
    is: { create: [], update: [], delete: [] },
  },
  {
    why: "one more goes into the slice that is there",
    slices: [slice("s", [1])],
    wanted: endpoints([1, 2]),
    is: { create: [], update: ["s 2"], delete: [] },
  },
  {
    why: "a condition changes in place",
    slices: [slice("s", [1, 2])],
    wanted: [endpoint(1, false), endpoint(2)],
    is: { create: [], update: ["s 2"], delete: [] },
  },
  {
    why: "an empty slice goes",
    slices: [slice("s", [1]), slice("t", [2])],
    wanted: endpoints([2]),
    is: { create: [], update: [], delete: ["s"] },
  },
  {
    why: "more than fit make new slices",
    slices: [],
    wanted: endpoints(range(0, 250)),
    is: { create: [100, 100, 50], update: [], delete: [] },
  },
  {
    why: "of the slices with room the fullest takes them all",
    slices: [slice("s", range(0, 10)), slice("t", range(100, 190))],
    wanted: endpoints([...range(0, 10), ...range(100, 190), 500, 501]),
    is: { create: [], update: ["t 92"], delete: [] },
  },
];

for (const row of rows)
  test(row.why, () => {
    const packed = pack(row.slices, row.wanted, fresh);
    assert.deepEqual(
      {
        create: packed.create.map((list) => list.length),
        update: packed.update.map((u) => `${u.slice.metadata.name} ${u.endpoints.length}`),
        delete: packed.delete.map((s) => s.metadata.name),
      },
      row.is,
    );
  });

test("every endpoint is in exactly one slice, no slice is too full, and a second pass does nothing", () => {
  const numbers = fc.uniqueArray(fc.nat(400), { maxLength: 300 });
  fc.assert(
    fc.property(numbers, numbers, fc.integer({ min: 1, max: sliceMax }), (before, after, size) => {
      const slices = [];
      for (let at = 0; at < before.length; at += size)
        slices.push(slice(`s${at}`, before.slice(at, at + size)));
      const packed = pack(slices, endpoints(after), fresh);
      const touched = new Set([...packed.update.map((u) => u.slice), ...packed.delete]);
      const result = [
        ...slices.filter((s) => !touched.has(s)),
        ...packed.update.map((u) => ({ ...u.slice, endpoints: u.endpoints })),
        ...packed.create.map((list, i) => ({ ...slice(`n${i}`, []), endpoints: list })),
      ];
      const all = result.flatMap((s) => s.endpoints ?? []);
      assert.deepEqual(new Set(all.map((e) => e.addresses[0])).size, all.length);
      assert.deepEqual(all.length, after.length);
      for (const { endpoints: list = [] } of result) assert.ok(list.length <= sliceMax);
      const again = pack(result, endpoints(after), fresh);
      assert.deepEqual(again, { create: [], update: [], delete: [] });
    }),
  );
});
