// Sums of amounts by resource name.
import {
  addQuantities,
  compareQuantities,
  parseQuantity,
  printQuantity,
  type Quantity,
  signOfQuantity,
  subtractQuantities,
  zeroQuantity,
} from "../../../schema/quantity.ts";

export type Amounts = ReadonlyMap<string, Quantity>;

export function amountsOf(list: Readonly<Record<string, string>> | undefined): Amounts {
  const entries = Object.entries(list ?? {});
  return new Map(entries.map(([name, text]) => [name, parseQuantity(text) ?? zeroQuantity]));
}

export const listOf = (amounts: Amounts): Record<string, string> =>
  Object.fromEntries([...amounts].map(([name, q]) => [name, printQuantity(q)]));

export function plus(a: Amounts, b: Amounts): Amounts {
  const sum = new Map(a);
  for (const [name, q] of b) {
    const held = sum.get(name);
    sum.set(name, held === undefined ? q : addQuantities(held, q));
  }
  return sum;
}

/** How much more `a` is than `b`; nothing where it is less. */
export function excess(a: Amounts, b: Amounts): Amounts {
  const more = new Map<string, Quantity>();
  for (const [name, q] of a) {
    const rest = subtractQuantities(q, b.get(name) ?? zeroQuantity);
    if (signOfQuantity(rest) > 0) more.set(name, rest);
  }
  return more;
}

export function only(amounts: Amounts, has: (name: string) => boolean): Amounts {
  return new Map([...amounts].filter(([name]) => has(name)));
}

export const nonZero = (amounts: Amounts): Amounts =>
  new Map([...amounts].filter(([, q]) => signOfQuantity(q) !== 0));

/** Names of what is more in `a` than `b` allows. */
export function beyond(a: Amounts, b: Amounts): Set<string> {
  const names = [...a.keys()].filter((name) => {
    const bound = b.get(name);
    return bound !== undefined && compareQuantities(a.get(name)!, bound) > 0;
  });
  return new Set(names);
}

export function same(a: Amounts, b: Amounts): boolean {
  if (a.size !== b.size) return false;
  return [...a].every(([name, q]) => {
    const other = b.get(name);
    return other !== undefined && compareQuantities(q, other) === 0;
  });
}

/** `cpu=1,pods=2`, sorted. */
export const amountsText = (amounts: Amounts): string =>
  [...amounts.keys()]
    .sort()
    .map((name) => `${name}=${printQuantity(amounts.get(name)!)}`)
    .join(",");
