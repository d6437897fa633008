// Between objects and the store: bytes, and what is remembered of them.
import { clone, deepFreeze } from "../schema/clone.ts";
import type { ApiObject, Kind } from "../schema/kind.ts";
import { apiVersionOf } from "../schema/resource.ts";
import { StatusError } from "../schema/status-error.ts";
import type { Entry, Written } from "../store/store.ts";
import { encodeUnstamped, reuseBytes, sameBytes } from "./codec.ts";
import type { Scope } from "./scope.ts";
import type { Outcome } from "./write.ts";

/** Largest encoded object, as upstream's store takes it. */
const objectBytesMax = 1.5 * 1024 * 1024;

/** The bytes of `object` in the version that is stored. */
export async function encodeStored({ parts, kind }: Scope, object: ApiObject): Promise<Uint8Array> {
  const inStore = await storedForm(kind, object);
  const storedKind = parts.objects.storedKind(kind);
  const bytes = encodeUnstamped(storedKind, inStore);
  if (bytes.length <= objectBytesMax) return bytes;
  // Better nobody owns anything than that the object cannot be written.
  delete inStore.metadata.managedFields;
  const shorter = encodeUnstamped(storedKind, inStore);
  if (shorter.length > objectBytesMax) throw tooLarge(shorter.length);
  return shorter;
}

function storedForm(kind: Kind, object: ApiObject): ApiObject | Promise<ApiObject> {
  if (kind.toStored !== undefined) return kind.toStored(object);
  if (kind.convert === undefined || kind.storedAs === undefined) return object;
  return kind
    .convert([object], apiVersionOf(kind.storedAs))
    .then(([converted]) => clone(converted!));
}

/** What is stored is what the request's version says. */
const storesOwn = ({ toStored, convert, storedAs }: Kind): boolean =>
  toStored === undefined && (convert === undefined || storedAs === undefined);

const tooLarge = (size: number): StatusError =>
  new StatusError(
    413,
    "RequestEntityTooLarge",
    `Request entity too large: object of ${size} bytes exceeds the limit of ${objectBytesMax}`,
  );

/** `written`, of which is told who has asked for it. */
export function noteWriter(scope: Scope, written: Written): Written {
  if (written.ok) scope.parts.noteWrite?.(scope, written.revision);
  return written;
}

/**
 * Writes `object`, which is `bytes` in the version of the request. Nobody changes it any more; of `bytes` nothing may
 * be read when they were written.
 */
export async function putObject(
  scope: Scope,
  key: string,
  { bytes, object, expected }: { bytes: Uint8Array; object: ApiObject; expected: number },
): Promise<Written> {
  const { parts, kind } = scope;
  const own = storesOwn(kind);
  const arrived = own ? parts.objects.announce(key, bytes, object) : undefined;
  try {
    const written = noteWriter(scope, await parts.store.put(key, bytes, expected));
    reuseBytes(bytes);
    return written;
  } finally {
    arrived?.();
  }
}

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
export async function stored(
  { parts, kind }: Scope,
  entry: Entry,
  object: ApiObject,
  created: boolean,
): Promise<Outcome> {
  if (kind.convert !== undefined) await parts.objects.ready(kind, [entry]);
  const shared = storesOwn(kind)
    ? parts.objects.remember(entry, object)
    : parts.objects.parsed(kind, entry);
  return { entry, object: shared, created };
}

/** Stores `next` in the place of `entry` without asking any rule: the first half of a delete. */
export async function replaceStored(
  scope: Scope,
  entry: Entry,
  next: ApiObject,
  dryRun: boolean,
): Promise<Outcome | "again"> {
  const { resourceVersion } = next.metadata;
  const bytes = await encodeStored(scope, next);
  next.metadata.resourceVersion = resourceVersion;
  if (dryRun || sameBytes(bytes, entry.value))
    return { entry: dryRun ? undefined : entry, object: deepFreeze(next), created: false };
  const written = await putObject(scope, entry.key, {
    bytes,
    object: next,
    expected: entry.modRevision,
  });
  return written.ok ? stored(scope, written.entry, next, false) : "again";
}
