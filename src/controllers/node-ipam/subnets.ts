// Parts of a network, one for each node: the lowest that is free.
import { contains, parseCidr, printAddress } from "../../schema/ip.ts";

/** `10.244.0.0/16` split into parts of 24 bits: part 2 is `10.244.2.0/24`. */
export class Subnets {
  readonly #network: NonNullable<ReturnType<typeof parseCidr>>;
  readonly #bits: number;
  readonly #holders = new Map<number, string>();
  readonly #parts = new Map<string, number>();
  /** No part below this one is free. */
  #lowest = 0;

  /** Throws when `network` is none, or has no part of `bits` bits. */
  constructor(network: string, bits: number) {
    const parsed = parseCidr(network);
    if (!parsed || bits < parsed.prefix || bits > parsed.address.bytes.length * 8)
      throw new Error(`${network} cannot be split into networks of ${bits} bits`);
    this.#network = parsed;
    this.#bits = bits;
  }

  /** Number of parts. */
  get size(): number {
    return 2 ** Math.min(this.#bits - this.#network.prefix, 30);
  }

  /** The part that `holder` has, or gets now; undefined when none is free. */
  take(holder: string): string | undefined {
    const held = this.#parts.get(holder);
    if (held !== undefined) return this.#print(held);
    while (this.#lowest < this.size && this.#holders.has(this.#lowest)) this.#lowest++;
    if (this.#lowest >= this.size) return undefined;
    this.#hold(holder, this.#lowest);
    return this.#print(this.#lowest);
  }

  /** Notes that `holder` has `cidr` already. Ignores what is no part of this network. */
  note(holder: string, cidr: string): void {
    const part = this.#partOf(cidr);
    if (part === undefined) return;
    const held = this.#parts.get(holder);
    if (held === part) return;
    if (held !== undefined) this.release(holder);
    this.#hold(holder, part);
  }

  release(holder: string): void {
    const part = this.#parts.get(holder);
    if (part === undefined) return;
    this.#parts.delete(holder);
    if (this.#holders.get(part) !== holder) return;
    this.#holders.delete(part);
    this.#lowest = Math.min(this.#lowest, part);
  }

  has(cidr: string): boolean {
    return this.#partOf(cidr) !== undefined;
  }

  #hold(holder: string, part: number): void {
    this.#parts.set(holder, part);
    this.#holders.set(part, holder);
  }

  #partOf(cidr: string): number | undefined {
    const parsed = parseCidr(cidr);
    if (!parsed || !contains(this.#network, parsed.address)) return undefined;
    if (parsed.prefix !== this.#bits) return undefined;
    const offset = numberOf(parsed.address.bytes) - numberOf(this.#network.address.bytes);
    return Number(offset >> this.#shift());
  }

  #shift(): bigint {
    return BigInt(this.#network.address.bytes.length * 8 - this.#bits);
  }

  #print(part: number): string {
    const { bytes } = this.#network.address;
    const address = numberOf(bytes) + (BigInt(part) << this.#shift());
    return `${printAddress({ bytes: bytesOf(address, bytes.length) })}/${this.#bits}`;
  }
}

const numberOf = (bytes: Uint8Array): bigint => {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
};

function bytesOf(value: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = length - 1, rest = value; i >= 0; i--, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
  return bytes;
}
