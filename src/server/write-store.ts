// Between objects and the store: bytes, and what is remembered of them.
import { deepFreeze } from "../schema/clone.ts";
import type { ApiObject } from "../schema/kind.ts";
import { StatusError } from "../schema/status-error.ts";
import type { Entry, Written } from "../store/store.ts";
import { encodeUnstamped, stampOffset } from "./codec.ts";
import type { Scope } from "./scope.ts";
import type { Outcome } from "./write.ts";

/** Largest encoded object, as upstream's store takes it. */
export const objectBytesMax = 1.5 * 1024 * 1024;

/** The bytes of `object` in the version that is stored. */
export function encodeStored({ parts, kind }: Scope, object: ApiObject): Uint8Array {
  const inStore = kind.toStored === undefined ? object : kind.toStored(object);
  const storedKind = parts.objects.storedKind(kind);
  const bytes = encodeUnstamped(storedKind, inStore);
  if (bytes.length <= objectBytesMax) return bytes;
  // Better nobody owns anything than that the object cannot be written.
  delete inStore.metadata.managedFields;
  const shorter = encodeUnstamped(storedKind, inStore);
  if (shorter.length > objectBytesMax) throw tooLarge(shorter.length);
  return shorter;
}

const tooLarge = (size: number): StatusError =>
  new StatusError(
    413,
    "RequestEntityTooLarge",
    `Request entity too large: object of ${size} bytes exceeds the limit of ${objectBytesMax}`,
  );

export const putBytes = (
  { parts }: Scope,
  key: string,
  bytes: Uint8Array,
  expected: number,
): Promise<Written> => parts.store.put(key, bytes, expected);

export async function undoOnFailure(
  undo: () => void,
  run: () => Promise<Written>,
): Promise<Written> {
  try {
    return await run();
  } catch (error) {
    undo();
    throw error;
  }
}

/** Remembers what was written, so that nobody has to parse it. */
export function stored(
  { parts, kind }: Scope,
  entry: Entry,
  object: ApiObject,
  created: boolean,
): Outcome {
  object.metadata.resourceVersion = String(entry.modRevision);
  if (kind.toStored !== undefined)
    return { entry, object: parts.objects.parsed(kind, entry), created };
  parts.objects.remember(entry, object);
  return { entry, object, created };
}

/** True when stored bytes, which carry a revision, say the same as new ones, which do not. */
export function sameBytes(next: Uint8Array, value: Uint8Array): boolean {
  const digits = value.length - next.length;
  if (digits < 1 || digits > 20) return false;
  const at = stampOffset(next);
  const [a, b] = [bufferOf(next), bufferOf(value)];
  return a.compare(b, 0, at, 0, at) === 0 && a.compare(b, at + digits, b.length, at) === 0;
}

const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

/** Stores `next` in the place of `entry` without asking any rule: the first half of a delete. */
export async function replaceStored(
  scope: Scope,
  entry: Entry,
  next: ApiObject,
  dryRun: boolean,
): Promise<Outcome | "again"> {
  const { resourceVersion } = next.metadata;
  const bytes = encodeStored(scope, next);
  next.metadata.resourceVersion = resourceVersion;
  if (dryRun || sameBytes(bytes, entry.value))
    return { entry: dryRun ? undefined : entry, object: deepFreeze(next), created: false };
  const written = await putBytes(scope, entry.key, bytes, entry.modRevision);
  return written.ok ? stored(scope, written.entry, next, false) : "again";
}
