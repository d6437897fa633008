// What a watch gives its reader: objects in process, JSON lines over a connection. Lines are made once for all
// watches of the same version of an object.

import type { WatchEvent } from "../schema/api-request.ts";
import { deepFreeze } from "../schema/clone.ts";
import { jsonText } from "../schema/encode.ts";
import type { ApiObject, Kind } from "../schema/kind.ts";
import { apiVersionOf } from "../schema/resource.ts";
import type { Entry } from "../store/store.ts";
import { codecOf } from "./codec.ts";
import type { Scope } from "./scope.ts";
import type { Change, Frames } from "./watch-follow.ts";

export function objectFrames({ parts, kind }: Scope): Frames<WatchEvent> {
  const parsed = (entry: Entry): ApiObject => parts.objects.parsed(kind, entry);
  return {
    change: (type, entry) => ({ type, object: parsed(entry) }),
    vanished: (entry, revision) => ({
      type: "DELETED",
      object: atRevision(parsed(entry), revision),
    }),
    bookmark: (revision, initialEnd) => ({
      type: "BOOKMARK",
      object: deepFreeze(bookmarkOf(kind, revision, initialEnd)),
    }),
    error: (object) => ({ type: "ERROR", object }),
  };
}

/** Lines of a kind whose stored bytes are what the caller asked for. */
export function storedLines({ parts: { lines }, kind }: Scope): Frames<Uint8Array> {
  return {
    change: (type, entry) => lines.of(type, entry),
    vanished: (entry, revision) => lineOf("DELETED", withRevision(entry.value, revision)),
    bookmark: (revision, initialEnd) =>
      lineOf("BOOKMARK", Buffer.from(codecOf(kind).encode(bookmarkOf(kind, revision, initialEnd)))),
    error: (status) => lineOf("ERROR", Buffer.from(jsonText(status))),
    form: "stored",
  };
}

/** An object that only says how far the watch has come. */
export function bookmarkOf({ resource }: Kind, revision: number, initialEnd: boolean): ApiObject {
  return {
    kind: resource.kind,
    apiVersion: apiVersionOf(resource),
    metadata: {
      resourceVersion: String(revision),
      ...(initialEnd ? { annotations: { "k8s.io/initial-events-end": "true" } } : {}),
    },
  };
}

export const atRevision = (object: ApiObject, revision: number): ApiObject =>
  deepFreeze({
    ...object,
    metadata: { ...object.metadata, resourceVersion: String(revision) },
  });

const heads = {
  ADDED: Buffer.from('{"type":"ADDED","object":'),
  MODIFIED: Buffer.from('{"type":"MODIFIED","object":'),
  DELETED: Buffer.from('{"type":"DELETED","object":'),
  BOOKMARK: Buffer.from('{"type":"BOOKMARK","object":'),
  ERROR: Buffer.from('{"type":"ERROR","object":'),
};
const tail = Buffer.from("}\n");

export function lineOf(type: keyof typeof heads, object: Uint8Array): Uint8Array {
  const head = heads[type];
  const line = Buffer.allocUnsafe(head.length + object.length + tail.length);
  line.set(head, 0);
  line.set(object, head.length);
  line.set(tail, head.length + object.length);
  return line;
}

/** Bytes of lines that are kept for the watches that have not read them yet. */
const linesBytesMax = 8 * 1024 * 1024;

/** The lines that were made last, so that a thousand watches of one change share one. */
export class Lines {
  readonly #made = new Map<Entry, { type: Change; line: Uint8Array }>();
  #bytes = 0;

  of(type: Change, entry: Entry): Uint8Array {
    const known = this.#made.get(entry);
    if (known?.type === type) return known.line;
    const line = lineOf(type, entry.value);
    if (known === undefined) this.#keep(entry, type, line);
    return line;
  }

  #keep(entry: Entry, type: Change, line: Uint8Array): void {
    this.#made.set(entry, { type, line });
    this.#bytes += line.length;
    for (const [oldest, { line: dropped }] of this.#made) {
      if (this.#bytes <= linesBytesMax) return;
      this.#made.delete(oldest);
      this.#bytes -= dropped.length;
    }
  }
}

const versionKey = Buffer.from('"resourceVersion":"');

/** Stored bytes with another revision in the place of their own. */
function withRevision(value: Uint8Array, revision: number): Uint8Array {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  const from = bytes.indexOf(versionKey) + versionKey.length;
  const to = bytes.indexOf('"', from);
  return Buffer.concat([
    bytes.subarray(0, from),
    Buffer.from(String(revision)),
    bytes.subarray(to),
  ]);
}
