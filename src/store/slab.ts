// Values in large chunks of memory outside V8's heap: a value costs its bytes and a place in the
// chunk's list, and the collector of garbage has nothing to walk through.
//
// A chunk is filled from its start and never overwritten. When a value is released only a counter
// falls; when less than half of a full chunk is still in use, `tidy` moves the rest into the chunk
// being filled and lets go of the old one, which lives on while somebody still holds bytes of it.

/** What has bytes in the slab. The slab changes `chunk` and `offset` when it moves the bytes. */
export type Held = {
  chunk: Chunk | undefined;
  offset: number;
  readonly length: number;
  released: boolean;
};

export type Chunk = {
  readonly bytes: Uint8Array;
  used: number;
  live: number;
  /** Everything put here, released ones included, until the chunk is let go of. */
  held: Held[];
};

/** Size of the first chunk, so that a small store is small; each one doubles up to the largest. */
const chunkBytesMin = 64 * 1024;
const chunkBytesMax = 1024 * 1024;

/** A value of more than this gets a chunk of its own, so that no chunk ends half empty. */
const ownChunkBytes = chunkBytesMax / 4;

/** Part of a full chunk that must be in use for the chunk to stay. */
const liveShareMin = 0.5;

export class Slab {
  #filling: Chunk = newChunk(chunkBytesMin);
  /** Full chunks that are to be emptied by `tidy`. */
  #sparse: Chunk[] = [];
  #memoryBytes = chunkBytesMin;
  #liveBytes = 0;

  /** Bytes of all chunks that the slab holds. */
  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  /** Bytes of all values that were not released. */
  get liveBytes(): number {
    return this.#liveBytes;
  }

  /** Makes room for `held.length` bytes, which the caller fills at once: `offset` in the chunk. */
  place(held: Held): Chunk {
    const chunk = this.#chunkFor(held.length);
    held.chunk = chunk;
    held.offset = chunk.used;
    chunk.used += held.length;
    chunk.live += held.length;
    chunk.held.push(held);
    this.#liveBytes += held.length;
    return chunk;
  }

  /** Gives up the bytes of `held`. It can still be read as long as somebody keeps it. */
  release(held: Held): void {
    const chunk = held.chunk;
    if (!chunk || held.released) return;
    held.released = true;
    chunk.live -= held.length;
    this.#liveBytes -= held.length;
    if (chunk !== this.#filling) this.#weigh(chunk, held.length);
  }

  /** Empties one sparse chunk. False when there is none left. */
  tidy(): boolean {
    const chunk = this.#sparse.pop();
    if (!chunk) return false;
    for (const held of chunk.held) {
      if (held.released) continue;
      const from = held.offset;
      this.#liveBytes -= held.length;
      const moved = chunk.bytes.subarray(from, from + held.length);
      this.place(held).bytes.set(moved, held.offset);
    }
    this.#letGo(chunk);
    return true;
  }

  #chunkFor(length: number): Chunk {
    if (length > ownChunkBytes) {
      this.#memoryBytes += length;
      return newChunk(length);
    }
    const filling = this.#filling;
    if (filling.bytes.length - filling.used >= length) return filling;
    const next = newChunk(Math.max(Math.min(filling.bytes.length * 2, chunkBytesMax), length));
    this.#memoryBytes += next.bytes.length;
    this.#filling = next;
    this.#weigh(filling, filling.bytes.length);
    return next;
  }

  /** Looks at a full chunk of which `freed` bytes went just now: is it sparse, is it empty? */
  #weigh(chunk: Chunk, freed: number): void {
    const bar = chunk.bytes.length * liveShareMin;
    const crossed = chunk.live < bar && chunk.live + freed >= bar;
    if (crossed) this.#sparse.push(chunk);
  }

  #letGo(chunk: Chunk): void {
    this.#memoryBytes -= chunk.bytes.length;
    chunk.held = [];
  }
}

function newChunk(length: number): Chunk {
  // Not zeroed: only what was written can be reached.
  return { bytes: Buffer.allocUnsafeSlow(length), used: 0, live: 0, held: [] };
}
