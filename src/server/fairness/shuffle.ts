// Shuffle sharding: each flow of requests may use only a few of a level's queues, so that one that floods its own
// does not fill everybody's.
import { createHash } from "node:crypto";

/** Number of a flow: requests of one schema from one user or in one namespace, as the schema tells them apart. */
export function flowNumber(schema: string, distinguisher: string): bigint {
  const digest = createHash("sha256").update(`${schema}\0${distinguisher}`).digest();
  return digest.readBigUInt64LE(0);
}

/**
 * `handSize` different numbers below `deckSize`, always the same for a flow. The flow's number is read as digits of
 * falling base; each digit says which of the cards that are left is dealt.
 *
 * Example: 17 with a deck of 5 and a hand of 2 has the digits 2 and 3 (17 = 2 + 5·3): card 2, and of 0 1 3 4 the
 * one at 3: card 4.
 */
export function hand(flow: bigint, deckSize: number, handSize: number): number[] {
  const dealt: number[] = [];
  let left = flow;
  for (let i = 0; i < handSize; i++) {
    const base = BigInt(deckSize - i);
    let card = Number(left % base);
    left /= base;
    for (const lower of [...dealt].sort((a, b) => a - b)) if (card >= lower) card++;
    dealt.push(card);
  }
  return dealt;
}
