// What every store asks of a write before it does anything: its bounds and its condition.
import { keyBytesMax, StoreError, valueBytesMax } from "./store.ts";

/** The revision that the newest version of a key must have; 0: there must be none. */
export type Expected = number | "any";

/** Why a write must not be done when the newest version is of revision `newest`. */
export function refusal(
  newest: number | undefined,
  value: Uint8Array | undefined,
  expected: Expected,
): "exists" | "stale" | "absent" | undefined {
  if (newest === undefined) {
    const fits = value && (expected === 0 || expected === "any");
    return fits ? undefined : "absent";
  }
  if (expected === "any" || expected === newest) return undefined;
  return expected === 0 ? "exists" : "stale";
}

/** Why `key` cannot have `value` in any store; undefined: it can. */
export function misfit(key: string, value: Uint8Array | undefined): StoreError | undefined {
  // No character takes more than three bytes for each of its units.
  const bytes = key.length * 3 <= keyBytesMax ? key.length : Buffer.byteLength(key);
  if (bytes === 0 || !key.isWellFormed())
    return new StoreError("bad-key", `key ${JSON.stringify(key)} is empty or no valid text`);
  if (bytes > keyBytesMax) {
    const start = JSON.stringify(key.slice(0, 60));
    const message = `key ${start}… has ${bytes} bytes, at most ${keyBytesMax} are allowed`;
    return new StoreError("too-large", message);
  }
  if (!value || value.length <= valueBytesMax) return undefined;
  const message = `value of ${key} has ${value.length} bytes, at most ${valueBytesMax} are allowed`;
  return new StoreError("too-large", message);
}
