// A conditional write as a transaction of etcd, and how one that was asked for twice is recognised.
import type { Compare, KeyValue, RequestOp, TxnRequest } from "./definition.ts";

const equal = 0;
const greater = 1;
const byVersion = 0;
const byModRevision = 2;

/** Puts or (`value` undefined) deletes when the key's newest revision is `expected`; else reads the key. */
export function writeOf(
  key: Uint8Array,
  value: Uint8Array | undefined,
  expected: number | "any",
): TxnRequest {
  const change: RequestOp = value
    ? { requestPut: { key, value } }
    : { requestDeleteRange: { key } };
  return {
    compare: conditions(key, value !== undefined, expected),
    success: [change],
    failure: [{ requestRange: { key } }],
  };
}

function conditions(key: Uint8Array, isPut: boolean, expected: number | "any"): Compare[] {
  const exists: Compare = { result: greater, target: byVersion, key, version: 0 };
  if (expected === "any") return isPut ? [] : [exists];
  const fits: Compare = { result: equal, target: byModRevision, key, modRevision: expected };
  // A key that is not there has revision 0: there is nothing to delete.
  return isPut || expected !== 0 ? [fits] : [exists, fits];
}

/** True when what is there now is what an attempt without an answer has written. */
export function isOurs(kv: KeyValue, value: Uint8Array, expected: number | "any"): boolean {
  if (expected === "any") return false;
  const follows = expected === 0 ? kv.version === 1 : kv.version > 1 && kv.modRevision > expected;
  return follows && Buffer.compare(kv.value, value) === 0;
}
