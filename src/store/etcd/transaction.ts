// A conditional write as a transaction of etcd, and how one that was asked for twice is recognised.
import type { Compare, KeyValue, RequestOp, TxnRequest } from "./definition.ts";

const equal = 0;
const greater = 1;
const byVersion = 0;
const byModRevision = 2;

/**
 * Puts or (`value` undefined) deletes when the key's newest revision is `expected` (0: it is not there); else reads
 * the key. There is always a condition, so that an attempt which a slow member does late changes nothing any more.
 */
export function writeOf(
  key: Uint8Array,
  value: Uint8Array | undefined,
  expected: number,
): TxnRequest {
  const change: RequestOp = value
    ? { requestPut: { key, value } }
    : { requestDeleteRange: { key } };
  const compare: Compare[] = [{ result: equal, target: byModRevision, key, modRevision: expected }];
  // A key that is not there has revision 0: there is nothing to delete.
  if (!value) compare.push({ result: greater, target: byVersion, key, version: 0 });
  return { compare, success: [change], failure: [{ requestRange: { key } }] };
}

/** True when what is there now is what an attempt without an answer has written. */
export function isOurs(kv: KeyValue, value: Uint8Array, expected: number): boolean {
  const follows = expected === 0 ? kv.version === 1 : kv.version > 1 && kv.modRevision > expected;
  return follows && Buffer.compare(kv.value, value) === 0;
}
