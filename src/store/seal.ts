import { StoreError } from "./store.ts";

/**
 * Closes values before they leave the process, and opens what was stored. The key is bound to its value: what was
 * closed for one key does not open for another.
 */
export type Seal = {
  close(key: string, value: Uint8Array): Uint8Array;
  /**
   * The value as it was given to `close`, or as it stands when it was never closed. A promise where somebody outside
   * must be asked first; it and the call throw a `StoreError` of code "sealed" that names the key.
   */
  open(key: string, stored: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /** True when `close` would do otherwise now than when the key's newest value was closed. */
  isStale(key: string): boolean;
};

/** How all encrypted values begin, as upstream stores them. */
export const sealedPrefix = "k8s:enc:";

export function isSealed(stored: Uint8Array): boolean {
  if (stored.length < sealedPrefix.length || stored[0] !== sealedPrefix.charCodeAt(0)) return false;
  const { buffer, byteOffset } = stored;
  return Buffer.from(buffer, byteOffset, sealedPrefix.length).toString("latin1") === sealedPrefix;
}

/** `value` as it was given to the store. An encrypted one without a seal is refused, never taken as it stands. */
export function openedBy(
  seal: Seal | undefined,
  key: string,
  value: Uint8Array,
): Uint8Array | Promise<Uint8Array> {
  if (seal) return seal.open(key, value);
  if (!isSealed(value)) return value;
  throw new StoreError(
    "sealed",
    `the value of ${key} is encrypted: give --encryption-provider-config with the key it was written with`,
  );
}
