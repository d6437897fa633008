import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { pods } from "../schema/resources.ts";
import type { Pod } from "../schema/types/core-v1.ts";
import type { Change } from "./cache.ts";
import { Contents } from "./contents.ts";
import { compareVersions } from "./resource-version.ts";

const pod = (name: string, version: number, node = "n"): Pod => ({
  metadata: { namespace: "d", name, resourceVersion: String(version) },
  spec: { containers: [], nodeName: node },
});

const versions: [string | undefined, string | undefined, number][] = [
  ["9", "10", -1],
  ["10", "9", 1],
  ["10", "10", 0],
  [undefined, "1", -1],
  ["", undefined, 0],
  ["9007199254740993", "9007199254740992", 1],
  ["99999999999999999999", "100000000000000000000", -1],
];
for (const [a, b, order] of versions)
  test(`version ${a} against ${b}`, () => assert.equal(Math.sign(compareVersions(a, b)), order));

test("an older version of an object never replaces a newer one", () => {
  const cache = new Contents(pods, assert.ifError);
  const changes: Change<Pod>[] = [];
  cache.onChange((change) => changes.push(change));
  cache.put(pod("a", 5));
  cache.put(pod("a", 5));
  cache.put(pod("a", 4));
  cache.remove(pod("a", 4));
  assert.equal(cache.get({ namespace: "d", name: "a" })?.metadata.resourceVersion, "5");
  assert.equal(changes.length, 1);
});

test("a listener is given what is there before it is told of changes", () => {
  const cache = new Contents(pods, assert.ifError);
  cache.put(pod("a", 1));
  const seen: (string | undefined)[][] = [];
  const version = (p: Pod | undefined) => p?.metadata.resourceVersion;
  const end = cache.onChange(({ old, next }) => seen.push([version(old), version(next)]));
  cache.put(pod("a", 2));
  cache.remove(pod("a", 3));
  end();
  cache.put(pod("a", 4));
  assert.deepEqual(seen, [
    [undefined, "1"],
    ["1", "2"],
    ["3", undefined],
  ]);
});

test("until resolves with the change that shows what was waited for, and rejects when aborted", async () => {
  const cache = new Contents(pods, assert.ifError);
  const shows = cache.until(() => cache.get({ namespace: "d", name: "a" }) !== undefined);
  const stop = new AbortController();
  const never = cache.until(() => false, stop.signal);
  cache.put(pod("a", 1));
  cache.advance("1");
  await shows;
  stop.abort(new Error("enough"));
  await assert.rejects(never, /enough/);
});

test("whatever comes, indexes and listeners agree with what the cache holds", () => {
  const step = fc.record({
    what: fc.constantFrom("put", "remove", "replace", "force"),
    name: fc.constantFrom("a", "b", "c"),
    version: fc.nat(20),
    node: fc.constantFrom("n", "m"),
  });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const cache = new Contents(pods, assert.ifError);
      cache.addIndex("node", (p) => [p.spec.nodeName ?? ""]);
      const heard = new Map<string, Pod>();
      cache.onChange(({ key, next }) => (next ? heard.set(key, next) : heard.delete(key)));
      for (const { what, name, version, node } of steps) {
        const object = pod(name, version, node);
        if (what === "put") cache.put(object);
        else if (what === "remove") cache.remove(object);
        else cache.replace([object], String(version), what === "force");
      }
      const held = cache.list();
      assert.deepEqual(new Set(heard.values()), new Set(held));
      for (const node of ["n", "m"])
        assert.deepEqual(
          new Set(cache.by("node", node)),
          new Set(held.filter((p) => p.spec.nodeName === node)),
        );
      assert.deepEqual(new Set(cache.list("d")), new Set(held));
    }),
  );
});
