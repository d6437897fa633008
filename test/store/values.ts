import assert from "node:assert/strict";
import type { Entry, Store } from "../../src/store/store.ts";

export const bytes = (value: string): Uint8Array => Buffer.from(value);

export const text = (entry: Entry | undefined): string | undefined =>
  entry && Buffer.from(entry.value).toString();

/** An entry in words. */
export const shape = (entry: Entry | undefined): string =>
  entry
    ? `${entry.key}=${text(entry)} created ${entry.createRevision} ` +
      `modified ${entry.modRevision} version ${entry.version}`
    : "nothing";

/** Values of tests that start with `{"rv":""` have a place for the revision. */
export function stampHole(value: Uint8Array): number {
  for (let i = 0; i < hole.length; i++) if (value[i] !== hole[i]) return -1;
  return hole.length - 1;
}

const hole = bytes('{"rv":""');

/** Writes and expects that it happens; gives the revision. */
export async function mustPut(
  store: Store,
  key: string,
  value: string,
  expected: number | "any",
): Promise<number> {
  const written = await store.put(key, bytes(value), expected);
  assert.ok(written.ok, `put ${key}`);
  return written.revision;
}
