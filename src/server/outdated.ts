// Where several servers share a store, what is seen here may be behind what another one has acknowledged. Decisions are
// made on what is seen; one that refuses is made again when there is something newer (upstream's way, too).
import { StatusError } from "../schema/status-error.ts";
import type { Entry, Store } from "../store/store.ts";

/** Whether the version of `key` that was `seen` (undefined: none) is not the newest one. Resolves when that is seen. */
export async function isOutdated(
  store: Store,
  key: string,
  seen: Entry | undefined,
): Promise<boolean> {
  await store.latest();
  return store.get(key)?.modRevision !== seen?.modRevision;
}

/** Whether `error` refuses what is asked, and rests on such a version. A write without an answer is no decision. */
export const isOutdatedRefusal = async (
  error: unknown,
  store: Store,
  key: string,
  seen: Entry | undefined,
): Promise<boolean> =>
  error instanceof StatusError && error.code < 500 && (await isOutdated(store, key, seen));
