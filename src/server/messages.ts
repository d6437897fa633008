// Protobuf messages of stored objects as items of lists, made when first asked for and kept within a bound.
import type { Kind } from "../schema/kind.ts";
import { protobufListItem } from "../schema/protobuf.ts";
import type { ObjectShape } from "../schema/shape.ts";
import type { Entry } from "../store/store.ts";
import type { Objects } from "./objects.ts";

/** Bytes of messages that are kept; of half as many none has to be made twice. */
const messageBytesMax = 64 * 1024 * 1024;

/** Two generations, as for parsed objects: what is asked for again stays. */
export class Messages {
  #young = new Map<Entry, Uint8Array>();
  #old = new Map<Entry, Uint8Array>();
  #bytes = 0;

  /** The message of `entry` in the version of `kind`, which is the one that is stored. */
  of(kind: Kind, entry: Entry, objects: Objects): Uint8Array {
    const young = this.#young.get(entry);
    if (young !== undefined) return young;
    const message =
      this.#old.get(entry) ??
      protobufListItem(kind.shape() as ObjectShape, objects.parsed(kind, entry));
    this.#keep(entry, message);
    return message;
  }

  #keep(entry: Entry, message: Uint8Array): void {
    if (this.#bytes > messageBytesMax / 2) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#bytes = 0;
    }
    this.#young.set(entry, message);
    this.#bytes += message.length;
  }
}
