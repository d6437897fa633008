// Ranges out of which Services get addresses and ports: who has which, and the next free one.
import type { Random } from "../../lib/random.ts";
import { randomInteger } from "../../lib/random.ts";

/** Numbers from `first` to `last`. `reserved` at the beginning are given only to those who ask for them by number. */
export type Range = { first: number; last: number; reserved: number };

/** What is taken: by stored objects (`count` of them) and by writes under way. */
export class Taken {
  readonly #counts = new Map<number, number>();

  has(value: number): boolean {
    return this.#counts.has(value);
  }

  add(value: number): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
  }

  remove(value: number): void {
    const count = this.#counts.get(value) ?? 0;
    if (count > 1) this.#counts.set(value, count - 1);
    else this.#counts.delete(value);
  }
}

export const isIn = ({ first, last }: Range, value: number): boolean =>
  value >= first && value <= last;

/** A free number: at random behind the reserved ones, then among these; undefined when all are taken. */
export function nextFree(
  range: Range,
  taken: Pick<Taken, "has">,
  random: Random,
): number | undefined {
  const { first, last, reserved } = range;
  return (
    freeIn(first + reserved, last, taken, random) ??
    freeIn(first, first + reserved - 1, taken, random)
  );
}

function freeIn(
  first: number,
  last: number,
  taken: Pick<Taken, "has">,
  random: Random,
): number | undefined {
  const size = last - first + 1;
  if (size <= 0) return undefined;
  const start = randomInteger(random, size);
  for (let i = 0; i < size; i++) {
    const value = first + ((start + i) % size);
    if (!taken.has(value)) return value;
  }
  return undefined;
}

/** Addresses of an IPv4 range but for the network's own and the broadcast address; upstream's reserved part. */
export function addressRange(cidr: string): Range {
  const [base = "", bits = "32"] = cidr.split("/");
  const size = 2 ** (32 - Number(bits));
  const network = Math.floor(addressNumber(base) / size) * size;
  const usable = size - 2;
  const reserved = usable < 16 ? 0 : Math.min(Math.max(16, Math.floor(usable / 16)), 256);
  return { first: network + 1, last: network + size - 2, reserved };
}

/** Upstream's reserved part of a range of ports: a 32nd, 16 to 128. */
export function portRange(first: number, last: number): Range {
  const size = last - first + 1;
  const reserved = size < 16 ? 0 : Math.min(Math.max(16, Math.floor(size / 32)), 128);
  return { first, last, reserved: reserved >= size ? 0 : reserved };
}

export const addressNumber = (dotted: string): number =>
  dotted.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);

export const addressText = (value: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
