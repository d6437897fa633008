import {
  type Disk,
  DiskError,
  type DiskErrorCode,
  type DiskFile,
  type OpenOptions,
} from "../lib/disk.ts";
import { type Random, randomInteger } from "../lib/random.ts";

// A disk in memory that keeps apart what is written and what is durable, for tests and simulation.
// A crash leaves the durable part, and of the rest whatever a real disk might leave.

/** What a sync must cover to be durable, in the order in which it was done. */
type FileChange = { position: number; bytes: Uint8Array } | { size: number };
type NameChange = { name: string; inode: Inode | undefined };

class Inode {
  durable: Uint8Array = new Uint8Array(0);
  current: Uint8Array = new Uint8Array(0);
  unsynced: FileChange[] = [];
}

/** Smallest unit that a disk writes as a whole. */
const sectorBytes = 512;

export type SimDiskOptions = {
  /** Bytes that all files together may have; more makes writes fail as "full". */
  capacityBytes?: number;
  /** Waits before an operation is done; the default lets other work go first. */
  delay?: (operation: string, name: string) => Promise<void>;
  /** Called before each operation; what it returns is how the operation fails. */
  fault?: (operation: string, name: string) => DiskErrorCode | undefined;
  /** Called after each operation that changed something. */
  observe?: (operation: string, name: string) => void;
};

export class SimDisk implements Disk {
  #names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  #unsyncedNames: NameChange[] = [];
  #locked = false;
  #crashed = false;
  readonly options: SimDiskOptions;

  constructor(options: SimDiskOptions = {}) {
    this.options = options;
  }

  path(name: string): string {
    return `sim:/${name}`;
  }

  async list(): Promise<string[]> {
    await this.#step("list", "");
    return [...this.#names.keys()];
  }

  async open(name: string, options: OpenOptions = {}): Promise<DiskFile> {
    const { create = false } = options;
    await this.#step(create ? "create" : "open", name);
    const there = this.#names.get(name);
    if (create && there) throw this.#error("exists", `create ${name}`);
    if (!create && !there) throw this.#error("missing", `open ${name}`);
    const inode = there ?? new Inode();
    if (create) this.#setName(name, inode);
    return this.#file(name, inode, options);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#step("rename", from);
    const inode = this.#names.get(from);
    if (!inode) throw this.#error("missing", `rename ${from}`);
    // One change: a crash leaves either both names as before or both as after.
    this.#names.delete(from);
    this.#names.set(to, inode);
    this.#unsyncedNames.push({ name: `${from}\0${to}`, inode });
    this.options.observe?.("rename", from);
  }

  async remove(name: string): Promise<void> {
    await this.#step("remove", name);
    if (!this.#names.has(name)) throw this.#error("missing", `remove ${name}`);
    this.#setName(name, undefined);
  }

  async syncNames(): Promise<void> {
    await this.#step("syncNames", "");
    this.#durableNames = new Map(this.#names);
    this.#unsyncedNames = [];
    this.options.observe?.("syncNames", "");
  }

  async lock(): Promise<() => Promise<void>> {
    await this.#step("lock", "");
    if (this.#locked) throw this.#error("locked", `${this.path("")} is in use by process 1`);
    this.#locked = true;
    return async () => {
      this.#locked = false;
    };
  }

  /** Bytes that all files take up. */
  get usedBytes(): number {
    return [...this.#names.values()].reduce((sum, inode) => sum + inode.current.length, 0);
  }

  /** Names of the files that are there now. */
  get names(): string[] {
    return [...this.#names.keys()].sort();
  }

  /** What is in a file now; a copy. */
  contents(name: string): Uint8Array {
    return this.#names.get(name)!.current.slice();
  }

  /** Replaces what is in a file, durably, as a person or a failing disk would. */
  overwrite(name: string, bytes: Uint8Array | undefined): void {
    if (!bytes) {
      this.#names.delete(name);
      this.#durableNames.delete(name);
      return;
    }
    const inode = new Inode();
    inode.current = bytes.slice();
    inode.durable = bytes.slice();
    this.#names.set(name, inode);
    this.#durableNames.set(name, inode);
  }

  /** From now on nothing works: the process that used the disk is gone. */
  halt(): void {
    this.#crashed = true;
  }

  /** The disk as it is now with everything durable. */
  copy(options: SimDiskOptions = {}): SimDisk {
    return this.#restored(options, this.#names, (inode) => inode.current.slice());
  }

  /** The least that a crash leaves: what was synced. */
  crashedClean(options: SimDiskOptions = {}): SimDisk {
    return this.#restored(options, this.#durableNames, (inode) => inode.durable.slice());
  }

  /**
   * The disk as a crash at this moment might leave it. Of the changes of names that were not synced
   * any may be there, if those of the same file or name that it follows are; of each unsynced write any part may be there, sector by sector, and the
   * sector that was being copied may end in the middle.
   */
  crashed(random: Random, options: SimDiskOptions = {}): SimDisk {
    const names = new Map(this.#durableNames);
    for (const change of keptNames(this.#unsyncedNames, random)) applyName(names, change);
    return this.#restored(options, names, (inode) => crashedContents(inode, random));
  }

  #restored(
    options: SimDiskOptions,
    names: ReadonlyMap<string, Inode>,
    contents: (inode: Inode) => Uint8Array,
  ): SimDisk {
    const disk = new SimDisk(options);
    for (const [name, inode] of names) disk.overwrite(name, contents(inode));
    return disk;
  }

  #file(name: string, inode: Inode, { readOnly, durable }: OpenOptions): DiskFile {
    const writable = (): void => {
      if (readOnly) throw this.#error("readonly", `write ${name}`);
    };
    const datasync = async (): Promise<void> => {
      const covered = inode.unsynced.length;
      await this.#step("datasync", name);
      for (const change of inode.unsynced.splice(0, covered))
        inode.durable = changed(inode.durable, change);
      this.options.observe?.("datasync", name);
    };
    const write = async (position: number, parts: readonly Uint8Array[]): Promise<void> => {
      writable();
      const change = { position, bytes: Buffer.concat(parts) };
      const apply = (): void => {
        inode.current = changed(inode.current, change);
        inode.unsynced.push(change);
      };
      try {
        await this.#step("write", name);
      } catch (error) {
        // A refused write may have come as far as the cache.
        apply();
        throw error;
      }
      this.#makeRoom(name, inode, position + change.bytes.length);
      apply();
      this.options.observe?.("write", name);
      if (durable) await datasync();
    };
    return {
      size: async () => {
        await this.#step("size", name);
        return inode.current.length;
      },
      read: async (position, length, into) => {
        await this.#step("read", name);
        const bytes = inode.current.slice(position, position + length);
        into?.set(bytes);
        return into ? into.subarray(0, bytes.length) : bytes;
      },
      write,
      truncate: async (size) => {
        writable();
        await this.#step("truncate", name);
        this.#makeRoom(name, inode, size);
        inode.current = changed(inode.current, { size });
        inode.unsynced.push({ size });
        this.options.observe?.("truncate", name);
      },
      datasync,
      close: async () => {},
    };
  }

  #setName(name: string, inode: Inode | undefined): void {
    const change = { name, inode };
    applyName(this.#names, change);
    this.#unsyncedNames.push(change);
    this.options.observe?.(inode ? "create" : "remove", name);
  }

  #makeRoom(name: string, inode: Inode, size: number): void {
    const capacity = this.options.capacityBytes ?? Number.POSITIVE_INFINITY;
    const growth = size - inode.current.length;
    if (growth > 0 && this.usedBytes + growth > capacity)
      throw this.#error("full", `write ${name}`);
  }

  async #step(operation: string, name: string): Promise<void> {
    await (this.options.delay ?? rest)(operation, name);
    // A halted disk answers nobody: the process that asked is gone.
    if (this.#crashed) await new Promise<never>(() => {});
    const code = this.options.fault?.(operation, name);
    if (code) throw this.#error(code, `${operation} ${name}`);
  }

  #error(code: DiskErrorCode, action: string): DiskError {
    return new DiskError(code, `${action}: simulated disk: ${code}`);
  }
}

const rest = async (): Promise<void> => {};

function applyName(names: Map<string, Inode>, { name, inode }: NameChange): void {
  const [from, to] = name.split("\0");
  if (to !== undefined) {
    names.delete(from!);
    names.set(to, inode!);
  } else if (inode) {
    names.set(name, inode);
  } else {
    names.delete(name);
  }
}

/** Half of the time all up to some point, as a journal keeps them; else any that can stand alone. */
function keptNames(changes: readonly NameChange[], random: Random): NameChange[] {
  if (randomInteger(random, 2) === 0)
    return changes.slice(0, randomInteger(random, changes.length + 1));
  const lost = new Set<string | Inode>();
  return changes.filter(({ name, inode }) => {
    const touched = inode ? [...name.split("\0"), inode] : [name];
    if (randomInteger(random, 3) > 0 && !touched.some((each) => lost.has(each))) return true;
    for (const each of touched) lost.add(each);
    return false;
  });
}

function changed(contents: Uint8Array, change: FileChange): Uint8Array {
  if ("size" in change) return resized(contents, change.size);
  const { position, bytes } = change;
  const result = resized(contents, Math.max(contents.length, position + bytes.length));
  result.set(bytes, position);
  return result;
}

function resized(contents: Uint8Array, size: number): Uint8Array {
  if (size === contents.length) return contents;
  const result = new Uint8Array(size);
  result.set(contents.subarray(0, size));
  return result;
}

function crashedContents(inode: Inode, random: Random): Uint8Array {
  let contents: Uint8Array = inode.durable.slice();
  for (const change of inode.unsynced) {
    const fate = randomInteger(random, 4);
    if (fate === 0) continue;
    if (fate === 1 || "size" in change) contents = changed(contents, change);
    else contents = torn(contents, change, random, fate === 2);
  }
  return contents;
}

/** Some sectors of a write, in any choice or as a run from the start, one cut in the middle. */
function torn(
  contents: Uint8Array,
  { position, bytes }: { position: number; bytes: Uint8Array },
  random: Random,
  prefixOnly: boolean,
): Uint8Array {
  const end = position + bytes.length;
  const cut = prefixOnly ? position + randomInteger(random, bytes.length + 1) : end;
  let result = contents;
  for (let at = position; at < cut; ) {
    const sectorEnd = Math.min(at - (at % sectorBytes) + sectorBytes, cut);
    const kept = prefixOnly || randomInteger(random, 2) === 0;
    if (kept) {
      const part = bytes.subarray(at - position, sectorEnd - position);
      result = changed(result, { position: at, bytes: part });
    }
    at = sectorEnd;
  }
  return result;
}
