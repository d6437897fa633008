import assert from "node:assert/strict";
import { test } from "node:test";
import { isTooOld } from "./claim.ts";
import type { KeyValue } from "./definition.ts";
import { isCertificate, isPassing, refused, unreachable } from "./failure.ts";
import { isOurs, writeOf } from "./transaction.ts";

const key = Buffer.from("/a");
const value = Buffer.from("x");

test("every write has a condition", () => {
  const revisionIs = (modRevision: number) => ({ result: 0, target: 2, key, modRevision });
  const exists = { result: 1, target: 0, key, version: 0 };
  assert.deepEqual(writeOf(key, value, 0).compare, [revisionIs(0)]);
  assert.deepEqual(writeOf(key, value, 7).compare, [revisionIs(7)]);
  assert.deepEqual(writeOf(key, undefined, 7).compare, [revisionIs(7), exists]);
});

const rows: [string, Partial<KeyValue>, number, boolean][] = [
  ["created by us", { version: 1, modRevision: 9 }, 0, true],
  ["created by another", { version: 1, modRevision: 9, value: Buffer.from("y") }, 0, false],
  ["created and changed since", { version: 2, modRevision: 9 }, 0, false],
  ["changed by us", { version: 3, modRevision: 9 }, 7, true],
  ["as it was before", { version: 3, modRevision: 7 }, 7, false],
  ["deleted and created since", { version: 1, modRevision: 9 }, 7, false],
];

for (const [name, kv, expected, ours] of rows)
  test(`a write without an answer: ${name}`, () => {
    const found = { key, value, createRevision: 5, modRevision: 9, version: 1, ...kv };
    assert.equal(isOurs(found, value, expected), ours);
  });

test("versions before 3.5 are too old", () => {
  for (const version of ["3.4.39", "2.3.8", ""]) assert.ok(isTooOld(version), version);
  for (const version of ["3.5.0", "3.6.6", "3.10.0", "4.0.0"]) assert.ok(!isTooOld(version));
});

const failures: [number, string, "passing" | string, RegExp][] = [
  [14, "No connection established. Last error: connect ECONNREFUSED 127.0.0.1:1", "passing", /./],
  [14, "etcdserver: no leader", "passing", /./],
  [8, "etcdserver: too many requests", "passing", /./],
  [8, "etcdserver: mvcc: database space exceeded", "full", /alarm NOSPACE/],
  [3, "etcdserver: request is too large", "too-large", /--max-request-bytes/],
  [7, "etcdserver: permission denied", "unavailable", /does not let this server in/],
  [15, "etcdserver: corrupt cluster", "unavailable", /corrupt cluster \(code 15\)/],
];

for (const [code, details, kind, message] of failures)
  test(`etcd says ${details}`, () => {
    assert.equal(isPassing({ code, details }), kind === "passing");
    if (kind === "passing") return;
    const error = refused("https://a:1", { code, details });
    assert.equal(error.code, kind);
    assert.match(error.message, message);
    assert.match(error.message, /https:\/\/a:1/);
  });

test("who does not answer is told with the reason of each", () => {
  const told = unreachable(
    new Map([
      ["https://a:1", { code: 14, details: "Last error: connect ECONNREFUSED 10.0.0.1:1" }],
      ["https://b:1", { code: 4, details: "Deadline exceeded" }],
      ["https://c:1", { code: 14, details: "Last error: self-signed certificate in chain" }],
    ]),
  );
  assert.match(
    told.message,
    /a:1: connect ECONNREFUSED.*; https:\/\/b:1: no answer in time; certificates of etcd at https:\/\/c:1/,
  );
  assert.ok(isCertificate("unable to verify the first certificate"));
  assert.ok(!isCertificate("connect ECONNREFUSED 127.0.0.1:2379"));
});
