import type { Version } from "./version.ts";

/** A key and its newest version. The index changes `head` only through `setHead`. */
export type Slot = { readonly key: string; head: Version | undefined };

/**
 * All keys, by name and in order. In order they are a list of blocks of at most `blockMax` slots each, so that an insertion moves a
 * few hundred pointers and a search halves twice. Each block knows how many of its keys exist
 * (have a head that is not a deletion), so that counting does not visit them.
 */
export class KeyIndex {
  #blocks: Block[] = [];
  readonly #byKey = new SlotMap();
  #live = 0;
  #compare: (a: string, b: string) => number = compareUnits;

  /** Number of keys that exist. */
  get live(): number {
    return this.#live;
  }

  find(key: string): Slot | undefined {
    return this.#byKey.get(key);
  }

  /** The slot of `key`, made when it is not there. */
  findOrAdd(key: string): Slot {
    const there = this.#byKey.get(key);
    if (there) return there;
    const slot: Slot = { key, head: undefined };
    this.#byKey.add(slot);
    this.#insert(slot);
    return slot;
  }

  #insert(slot: Slot): void {
    const { key } = slot;
    if (this.#compare === compareUnits && !sortsByUnits(key)) this.#compare = compareBytes;
    const index = this.#blockOf(key);
    const block = this.#blocks[index];
    if (!block) {
      this.#blocks.push({ slots: [slot], live: 0 });
      return;
    }
    block.slots.splice(this.#slotOf(block, key), 0, slot);
    if (block.slots.length > blockMax) this.#split(index);
  }

  setHead(slot: Slot, head: Version): void {
    const change = Number(exists(head)) - Number(exists(slot.head));
    slot.head = head;
    if (change === 0) return;
    this.#live += change;
    this.#blocks[this.#blockOf(slot.key)]!.live += change;
  }

  /** Forgets a key that does not exist. */
  remove(slot: Slot): void {
    this.#byKey.delete(slot.key);
    const index = this.#blockOf(slot.key);
    const block = this.#blocks[index]!;
    block.slots.splice(this.#slotOf(block, slot.key), 1);
    if (block.slots.length === 0) this.#blocks.splice(index, 1);
  }

  /** The slots with `from` <= key (`from` < key when `exclusive`), in order, up to `to`. */
  *slots(from: string, to: string | undefined, exclusive = false): Generator<Slot> {
    let { block, slot } = this.#seek(from, exclusive);
    for (; block < this.#blocks.length; block++, slot = 0) {
      const { slots } = this.#blocks[block]!;
      const end = this.#endIn(slots, to);
      for (; slot < end; slot++) yield slots[slot]!;
      if (end < slots.length) return;
    }
  }

  /** Newest versions of existing keys, at most `limit`. */
  heads(from: string, to: string | undefined, exclusive: boolean, limit: number): Version[] {
    const heads: Version[] = [];
    let { block, slot } = this.#seek(from, exclusive);
    for (; block < this.#blocks.length; block++, slot = 0) {
      const { slots } = this.#blocks[block]!;
      const end = this.#endIn(slots, to);
      for (; slot < end; slot++) {
        const head = slots[slot]!.head;
        if (!exists(head)) continue;
        if (heads.length === limit) return heads;
        heads.push(head);
      }
      if (end < slots.length) break;
    }
    return heads;
  }

  /** Number of existing keys in the same span. */
  count(from: string, to: string | undefined, exclusive = false): number {
    let { block, slot } = this.#seek(from, exclusive);
    let count = 0;
    for (; block < this.#blocks.length; block++, slot = 0) {
      const { slots, live } = this.#blocks[block]!;
      const end = this.#endIn(slots, to);
      if (slot === 0 && end === slots.length) count += live;
      else for (; slot < end; slot++) count += Number(exists(slots[slot]!.head));
      if (end < slots.length) break;
    }
    return count;
  }

  #seek(from: string, exclusive: boolean): { block: number; slot: number } {
    const block = this.#blockOf(from);
    const found = this.#blocks[block];
    if (!found) return { block, slot: 0 };
    const slot = this.#slotOf(found, from);
    return { block, slot: exclusive && found.slots[slot]?.key === from ? slot + 1 : slot };
  }

  /** How many slots of a block are before `to`. */
  #endIn(slots: readonly Slot[], to: string | undefined): number {
    if (to === undefined || this.#compare(slots[slots.length - 1]!.key, to) < 0) {
      return slots.length;
    }
    return firstNotBefore(slots, to, this.#compare);
  }

  /** The block that holds `key` or would: the last one that starts at or before it. */
  #blockOf(key: string): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(this.#blocks[middle]!.slots[0]!.key, key) <= 0) low = middle + 1;
      else high = middle;
    }
    return Math.max(low - 1, 0);
  }

  #slotOf(block: Block, key: string): number {
    return firstNotBefore(block.slots, key, this.#compare);
  }

  #split(index: number): void {
    const block = this.#blocks[index]!;
    // Keys often come in ascending order: leave the left half fuller.
    const slots = block.slots.splice(Math.floor(blockMax * 0.75));
    const live = slots.reduce((sum, slot) => sum + Number(exists(slot.head)), 0);
    block.live -= live;
    this.#blocks.splice(index + 1, 0, { slots, live });
  }
}

/** Slots by key. A map that grows moves all that it holds, so there are many, which grow one at a time. */
class SlotMap {
  readonly #maps: (Map<string, Slot> | undefined)[] = new Array(mapCount).fill(undefined);

  get(key: string): Slot | undefined {
    return this.#maps[mapOf(key)]?.get(key);
  }

  add(slot: Slot): void {
    const at = mapOf(slot.key);
    this.#maps[at] ??= new Map();
    this.#maps[at].set(slot.key, slot);
  }

  delete(key: string): void {
    this.#maps[mapOf(key)]?.delete(key);
  }
}

/** A power of two. */
const mapCount = 64;

/** Names that are made differ most in their last letters. */
const mapOf = (key: string): number =>
  (key.charCodeAt(key.length - 1) * 7 + key.charCodeAt(key.length - 2)) & (mapCount - 1);

type Block = { slots: Slot[]; live: number };

const blockMax = 256;

/** The first key after all that start with `prefix`; undefined when there is none. */
export function prefixEnd(prefix: string): string | undefined {
  const points = [...prefix];
  for (let point = points.pop(); point !== undefined; point = points.pop()) {
    let next = point.codePointAt(0)! + 1;
    if (next === 0xd800) next = 0xe000;
    if (next <= 0x10ffff) return points.join("") + String.fromCodePoint(next);
  }
  return undefined;
}

/** Orders strings by their UTF-8 bytes, which is the order of their code points. */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above all others, but as numbers are below 0xe000. */
const rank = (unit: number): number => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit);

/** The same order where no key holds a unit from 0xd800 on, at the engine's own speed. */
function compareUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const sortsByUnits = (key: string): boolean => !/[\ud800-\uffff]/.test(key);

const exists = (head: Version | undefined): head is Version => head !== undefined && !head.deleted;

function firstNotBefore(
  slots: readonly Slot[],
  key: string,
  compare: (a: string, b: string) => number,
): number {
  let low = 0;
  let high = slots.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(slots[middle]!.key, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
