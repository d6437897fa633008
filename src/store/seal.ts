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
