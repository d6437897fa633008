// Parsed objects: a cache with a bound over the stored bytes, never the truth. All of them are frozen throughout.

import { deepFreeze } from "../schema/clone.ts";
import type { ApiObject, Codec, Kind } from "../schema/kind.ts";
import type { FieldSet } from "../schema/managed-fields/field-set.ts";
import { sharedSet } from "../schema/managed-fields/shared-set.ts";
import { apiVersionOf } from "../schema/resource.ts";
import type { Entry } from "../store/store.ts";
import { codecOf, sameBytes } from "./codec.ts";
import type { Kinds } from "./context.ts";

/** Bytes of stored text whose parsed forms are kept: about three times as much memory. */
const parsedBytesMax = 12 * 1024 * 1024;

/**
 * Two generations: what is asked for again moves to the younger one, and when that is full, the older one is
 * dropped whole. So keeping and finding cost one map access each.
 */
export class Objects {
  readonly #kinds: Kinds;
  readonly #bytesMax: number;
  #young = new Map<Entry, ApiObject>();
  #old = new Map<Entry, ApiObject>();
  #youngBytes = 0;
  /** What is being written, by key. */
  readonly #coming = new Map<string, { bytes: Uint8Array; object: ApiObject }>();
  /** Other served versions of a parsed object, by what is stored. */
  readonly #converted = new WeakMap<ApiObject, Map<Kind, ApiObject>>();
  /** The same of kinds that are converted outside: kept as long as somebody holds what was read from the store. */
  readonly #outside = new WeakMap<Entry, Map<Kind, ApiObject>>();

  constructor(kinds: Kinds, bytesMax = parsedBytesMax) {
    this.#kinds = kinds;
    this.#bytesMax = bytesMax;
    // A custom resource's new schema reads old bytes in another way.
    kinds.onChange(() => {
      this.#young.clear();
      this.#old.clear();
      this.#coming.clear();
      this.#youngBytes = 0;
    });
  }

  /** The object of `entry` in the version of `kind`; `ready` must be over where that is converted outside. */
  parsed(kind: Kind, entry: Entry): ApiObject {
    const stored = this.#stored(kind, entry);
    if (kind.convert !== undefined) return this.#fromOutside(kind, entry, stored);
    return kind.fromStored === undefined ? stored : this.#asVersion(kind, stored);
  }

  /**
   * Has `entries` brought to the version of `kind`, all at once, where somebody outside does that. Throws a StatusError
   * when he does not.
   */
  async ready(kind: Kind, entries: readonly Entry[]): Promise<void> {
    if (kind.convert === undefined) return;
    const own = apiVersionOf(kind.resource);
    const missing = entries.filter(
      (entry) =>
        this.#outside.get(entry)?.has(kind) !== true &&
        this.#stored(kind, entry).apiVersion !== own,
    );
    if (missing.length === 0) return;
    const stored = missing.map((entry) => this.#stored(kind, entry));
    const made = await kind.convert(stored, own);
    for (const [i, entry] of missing.entries()) {
      let versions = this.#outside.get(entry);
      if (versions === undefined) {
        versions = new Map();
        this.#outside.set(entry, versions);
      }
      const object = made[i]!;
      object.metadata.resourceVersion = String(entry.modRevision);
      versions.set(kind, deepFreeze(object));
    }
  }

  #fromOutside(kind: Kind, entry: Entry, stored: ApiObject): ApiObject {
    if (stored.apiVersion === apiVersionOf(kind.resource)) return stored;
    const object = this.#outside.get(entry)?.get(kind);
    if (object === undefined) throw new Error(`${entry.key} has not been converted`);
    return object;
  }

  /**
   * `object` is what `bytes` say, which are on their way to `key`: a watch that hears of them before the writer does
   * need not parse them. Nobody changes it until the returned function is called, which ends this.
   */
  announce(key: string, bytes: Uint8Array, object: ApiObject): () => void {
    // Of several writers of one key only one is going to get its way; the others cost no more than a parse.
    if (this.#coming.has(key)) return () => {};
    this.#coming.set(key, { bytes, object });
    return () => this.#coming.delete(key);
  }

  /**
   * `object` is what `entry` holds in the version that is stored; it gets the entry's revision and is frozen by this
   * call. The answer is the one that everybody shares.
   */
  remember(entry: Entry, object: ApiObject): ApiObject {
    const known = this.#young.get(entry) ?? this.#old.get(entry);
    if (known !== undefined) return known;
    // A watch has had it, and the cache was emptied since: the next reader parses it anew.
    if (Object.isFrozen(object)) return object;
    object.metadata.resourceVersion = String(entry.modRevision);
    this.#keep(entry, deepFreeze(object));
    return object;
  }

  /** The kind under which objects of `kind` are stored: itself, or another served version. */
  storedKind(kind: Kind): Kind {
    const other = kind.storedAs;
    return (other && this.#kinds.find(other.group, other.version, other.plural)) ?? kind;
  }

  /** Whether the stored bytes are an answer as they stand. */
  answersStored(kind: Kind): boolean {
    return kind.rereads !== true && this.storedKind(kind) === kind && kind.fromStored === undefined;
  }

  #stored(kind: Kind, entry: Entry): ApiObject {
    const young = this.#young.get(entry);
    if (young !== undefined) return young;
    const object = this.#old.get(entry) ?? this.#arrived(entry) ?? parse(this.#codec(kind), entry);
    this.#keep(entry, object);
    return object;
  }

  #arrived(entry: Entry): ApiObject | undefined {
    const coming = this.#coming.get(entry.key);
    if (coming === undefined || !sameBytes(coming.bytes, entry.value)) return undefined;
    const { object } = coming;
    // Another server wrote the very same: this object shows that version already.
    if (Object.isFrozen(object)) return undefined;
    object.metadata.resourceVersion = String(entry.modRevision);
    return deepFreeze(object);
  }

  #codec(kind: Kind): Codec {
    return kind.storedCodec ?? codecOf(this.storedKind(kind));
  }

  #keep(entry: Entry, object: ApiObject): void {
    if (this.#youngBytes > this.#bytesMax / 2) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    this.#young.set(entry, object);
    this.#youngBytes += entry.value.length;
  }

  #asVersion(kind: Kind, stored: ApiObject): ApiObject {
    let versions = this.#converted.get(stored);
    if (versions === undefined) {
      versions = new Map();
      this.#converted.set(stored, versions);
    }
    let object = versions.get(kind);
    if (object === undefined) {
      object = deepFreeze(kind.fromStored!(stored));
      versions.set(kind, object);
    }
    return object;
  }
}

function parse(codec: Codec, { value }: Entry): ApiObject {
  const text = Buffer.from(value.buffer, value.byteOffset, value.length).toString();
  const object = codec.decode(JSON.parse(text), {}).object as ApiObject;
  for (const entry of object.metadata.managedFields ?? [])
    if (entry.fieldsV1 !== undefined) entry.fieldsV1 = sharedSet(entry.fieldsV1 as FieldSet);
  return deepFreeze(object);
}
