// Ranges of sizes and costs, which end where upstream's do.

export type Range = { readonly min: number; readonly max: number };

/** The greatest number of 64 bits. */
export const endless = 2 ** 64;

export const fixed = (value: number): Range => ({ min: value, max: value });
export const zero: Range = Object.freeze({ min: 0, max: 0 });
export const unknown: Range = Object.freeze({ min: 0, max: endless });

const capped = (value: number): number => (value > endless ? endless : value);

export const plus = (a: Range, b: Range): Range => ({
  min: capped(a.min + b.min),
  max: capped(a.max + b.max),
});

export const timesCost = (a: Range, b: Range): Range => ({
  min: capped(a.min * b.min),
  max: capped(a.max * b.max),
});

/** Rounded up. */
export const scaled = (a: Range, factor: number): Range => ({
  min: capped(Math.ceil(a.min * factor)),
  max: capped(Math.ceil(a.max * factor)),
});

export const joined = (a: Range, b: Range): Range => ({
  min: Math.min(a.min, b.min),
  max: Math.max(a.max, b.max),
});
