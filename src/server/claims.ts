// Numbers that only one object may have, claimed in the store itself: several servers on one store never give the same
// to two.
import type { Clock } from "../lib/clock.ts";
import type { Store } from "../store/store.ts";
import type { Claim, Claims } from "./context.ts";

/** Claims of one sort (`servicenodeports`). */
export function makeClaims(store: Store, clock: Clock, sort: string): Claims {
  const prefix = `/registry/ranges/${sort}/`;
  return {
    async take(name) {
      const value = Buffer.from(JSON.stringify({ at: clock.now() }));
      return (await store.put(prefix + name, value, 0)).ok;
    },
    async free(name) {
      const found = store.get(prefix + name);
      // One that was taken anew meanwhile has another revision.
      if (found !== undefined) await store.delete(found.key, found.modRevision);
    },
    all() {
      const range = store.range(prefix);
      if (!range.ok) return [];
      return range.entries.map(({ key, value }): Claim => {
        const { at } = JSON.parse(Buffer.from(value).toString()) as { at: number };
        return { name: key.slice(prefix.length), atMs: at };
      });
    },
  };
}
