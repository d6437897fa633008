import { type Entry, type Store, StoreError } from "../store.ts";
import { rawParts, type Version } from "../version.ts";

export type Rewound = { written: number; deleted: number; revision: number };

/**
 * Makes the newest state what it was at `revision`, by new writes: revisions go on, nobody who has seen later ones
 * sees them used again, and a rewind can itself be rewound. Keys that `keep` names stay as they are.
 */
export async function rewind(
  store: Store,
  revision: number,
  keep: (key: string) => boolean,
): Promise<Rewound> {
  const unpin = store.pin(revision);
  try {
    const then = entriesAt(store, revision);
    const now = entriesAt(store, 0);
    let written = 0;
    let deleted = 0;
    for (const [key, { modRevision }] of now) {
      if (keep(key) || then.has(key)) continue;
      if ((await store.delete(key, modRevision)).ok) deleted++;
    }
    for (const [key, entry] of then) {
      const current = now.get(key);
      if (keep(key) || current?.modRevision === entry.modRevision) continue;
      const value = Buffer.concat(rawParts(entry as Version));
      if ((await store.put(key, value, current?.modRevision ?? 0)).ok) written++;
    }
    return { written, deleted, revision: store.revision() };
  } finally {
    unpin();
  }
}

function entriesAt(store: Store, revision: number): Map<string, Entry> {
  const range = store.range("", { revision });
  if (range.ok) return new Map(range.entries.map((entry) => [entry.key, entry]));
  if (range.why === "future")
    throw new StoreError(
      "unavailable",
      `revision ${revision} is to come: ${range.revision} is the newest`,
    );
  throw new StoreError(
    "unavailable",
    `revision ${revision} is forgotten: the past reaches back to ${range.compactedRevision}`,
  );
}
