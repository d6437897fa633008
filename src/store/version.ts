import type { Chunk, Held, Slab } from "./slab.ts";
import type { Entry, StoreOptions } from "./store.ts";

export type Stamp = NonNullable<StoreOptions["stamp"]>;

/** One version of a key: the entry that readers see, and its place in the slab. */
export class Version implements Entry, Held {
  readonly key: string;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  readonly deleted: boolean;
  /** The version before, as long as reads of the past can need it. */
  older: Version | undefined;

  chunk: Chunk | undefined = undefined;
  offset = 0;
  /** Length of the value with the revision filled in. */
  readonly length: number;
  released = false;
  /** Where the revision's digits stand in the value; -1: they do not. */
  readonly stampAt: number;

  constructor(fields: VersionFields, { deleted, length, stampAt }: Extent) {
    this.key = fields.key;
    this.createRevision = fields.createRevision;
    this.modRevision = fields.modRevision;
    this.version = fields.version;
    this.deleted = deleted;
    this.older = fields.older;
    this.length = length;
    this.stampAt = stampAt;
  }

  get value(): Uint8Array {
    if (this.deleted) return lastValue(this);
    const { chunk, offset, length } = this;
    if (!chunk) return empty;
    return new Uint8Array(chunk.bytes.buffer, chunk.bytes.byteOffset + offset, length);
  }
}

type VersionFields = Omit<Entry, "value" | "deleted"> & { older: Version | undefined };

type Extent = { deleted: boolean; length: number; stampAt: number };

/** Puts `raw`, a value as it is stored, into the slab with `modRevision` filled in. */
export function placeVersion(
  slab: Slab,
  fields: VersionFields,
  raw: Uint8Array,
  stamp: Stamp,
): Version {
  const stampAt = stamp(raw);
  const digits = stampAt < 0 ? "" : String(fields.modRevision);
  const length = raw.length + digits.length;
  const version = new Version(fields, { deleted: false, length, stampAt });
  if (length > 0) {
    const { bytes } = slab.place(version);
    fill(bytes, version.offset, raw, { stampAt, digits });
  }
  return version;
}

/** The version that says `last`'s key was deleted at `modRevision`. */
export function tombstone(last: Version, modRevision: number): Version {
  const { key, createRevision, version } = last;
  const fields = { key, createRevision, modRevision, version, older: last };
  return new Version(fields, { deleted: true, length: 0, stampAt: -1 });
}

/** The value as it was given to the store, without the revision: two parts to be joined. */
export function rawParts(version: Version): [Uint8Array, Uint8Array] {
  const value = version.value;
  if (version.stampAt < 0) return [value, empty];
  const digits = String(version.modRevision).length;
  return [value.subarray(0, version.stampAt), value.subarray(version.stampAt + digits)];
}

const empty = new Uint8Array(0);

/** Values of deleted versions, made when first asked for. */
const lastValues = new WeakMap<Version, Uint8Array>();

function lastValue(deleted: Version): Uint8Array {
  const known = lastValues.get(deleted);
  if (known) return known;
  const last = deleted.older!;
  const raw = Buffer.concat(rawParts(last));
  const digits = last.stampAt < 0 ? "" : String(deleted.modRevision);
  const value = new Uint8Array(raw.length + digits.length);
  fill(value, 0, raw, { stampAt: last.stampAt, digits });
  lastValues.set(deleted, value);
  return value;
}

/** Copies `raw` to `at`, with `digits` put in at `stampAt`. */
function fill(
  into: Uint8Array,
  at: number,
  raw: Uint8Array,
  { stampAt, digits }: { stampAt: number; digits: string },
): void {
  // All of it moved up by the digits, then the head again at its place: the head is short.
  into.set(raw, at + digits.length);
  if (stampAt < 0) return;
  if (stampAt > loopBytesMax) into.set(raw.subarray(0, stampAt), at);
  else for (let i = 0; i < stampAt; i++) into[at + i] = raw[i]!;
  for (let i = 0; i < digits.length; i++) into[at + stampAt + i] = digits.charCodeAt(i);
}

/** Up to here a loop is quicker than making a view for the copy. */
const loopBytesMax = 128;
