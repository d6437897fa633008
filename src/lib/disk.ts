/**
 * Files below one folder, passed in by argument so that a test or the simulator owns the disk.
 * Names are plain file names without folders. Everything rejects with a `DiskError` when the disk
 * refuses. Only what a sync covered survives a crash: contents by `DiskFile.datasync`, names (created,
 * renamed, removed) by `syncNames`.
 */
export type Disk = {
  /** What a message calls `name`: the path of the file for a real disk. */
  path(name: string): string;
  list(): Promise<string[]>;
  /** Opens for reading and writing. */
  open(name: string, options?: OpenOptions): Promise<DiskFile>;
  rename(from: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** Resolves once the names in the folder are durable. */
  syncNames(): Promise<void>;
  /**
   * Makes this process the folder's only user, until the returned function is called. Rejects with
   * a `DiskError` of code "locked" that names the holder while another live process has it.
   */
  lock(): Promise<() => Promise<void>>;
};

export type OpenOptions = {
  /** Makes the file, which must not exist. */
  create?: boolean;
  readOnly?: boolean;
  /** Each write resolves when it is durable, as if `datasync` were part of it. */
  durable?: boolean;
};

export type DiskFile = {
  size(): Promise<number>;
  /**
   * Up to `length` bytes from `position`; fewer only at the end of the file. They are put into
   * `into` where it is given, which has room for `length` bytes.
   */
  read(position: number, length: number, into?: Uint8Array): Promise<Uint8Array>;
  /** Writes all of `parts`, one after the other, from `position`. Not durable before a sync (see `durable`). */
  write(position: number, parts: readonly Uint8Array[]): Promise<void>;
  /** Sets the size; new bytes are zero but need not have space on the disk. */
  truncate(size: number): Promise<void>;
  /** Resolves once contents and size are durable. After a rejection nothing is known. */
  datasync(): Promise<void>;
  close(): Promise<void>;
};

/** Why the disk refused. "io" stands for everything without a code of its own. */
export type DiskErrorCode = "full" | "readonly" | "missing" | "exists" | "locked" | "io";

export class DiskError extends Error {
  readonly code: DiskErrorCode;

  constructor(code: DiskErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DiskError";
    this.code = code;
  }
}
