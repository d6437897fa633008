// What watches of one form send for the same events, made once for all that stand together: a thousand watches of a kind
// read the same slice of its events, one after the other.
import type { Kind } from "../schema/kind.ts";
import type { StoreEvent } from "../store/store.ts";

/** Batches that are kept for the next watch: those of a few kinds and forms under way at the same time. */
const batchesMax = 16;

type Form = {
  readonly kind: Kind;
  /** What is asked for of the kind, such as a media type: equal where all frames are. */
  readonly form: string;
};

type Kept = Form & {
  readonly events: readonly StoreEvent[];
  readonly batch: readonly unknown[];
};

export class SharedBatches {
  /** The newest first. */
  readonly #kept: Kept[] = [];

  /** `events`: the store's own slice, the same for all who stand at its beginning. All of them are wanted. */
  of<Frame>(
    events: readonly StoreEvent[],
    { kind, form }: Form,
    make: () => readonly Frame[],
  ): readonly Frame[] {
    for (const kept of this.#kept)
      if (kept.events === events && kept.form === form && kept.kind === kind)
        return kept.batch as readonly Frame[];
    const batch = make();
    this.#kept.unshift({ events, kind, form, batch });
    if (this.#kept.length > batchesMax) this.#kept.pop();
    return batch;
  }
}
