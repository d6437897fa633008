/** One write as it is put on record. */
export type JournalRecord = {
  key: string;
  /** Undefined: the key was deleted. */
  value: Uint8Array | undefined;
  revision: number;
  createRevision: number;
  version: number;
};

/** Writes that become durable together. */
export type Batch = {
  add(record: JournalRecord): void;
  /** What it will take on disk so far. */
  readonly bytes: number;
};

/** Where a store makes its writes durable. */
export type Journal = {
  /** True when there is room for deletions only. */
  readonly full: boolean;
  /** A new batch behind all others. Records go into one batch after the other. */
  begin(): Batch;
  /**
   * Resolves once the batch is durable; at most one is under way. Rejects with a `StoreError`: after
   * "full" nothing of the batch counts; anything else is final.
   */
  commit(batch: Batch): Promise<void>;
  /** Forgets all batches that are not durable; the next one follows the last durable record. */
  rewind(): void;
  /** Bytes on disk, and those that a snapshot at `compactedRevision` would free. */
  sizes(compactedRevision: number): { diskBytes: number; reclaimableBytes: number };
};

/** No disk: a write is as durable as it will ever be. */
export const memoryJournal: Journal = {
  full: false,
  begin: () => ({ add() {}, bytes: 0 }),
  commit: async () => {},
  rewind() {},
  sizes: () => ({ diskBytes: 0, reclaimableBytes: 0 }),
};
