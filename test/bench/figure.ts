// What a measurement is, and on whom it is made.
import type { Measured, StartOptions } from "./process.ts";

export type Figure = {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly target: string;
  /** More is better. */
  readonly more?: boolean;
};

/** Ours or the peer; each start is a process of its own. */
export type Subject = { readonly start: (options?: StartOptions) => Promise<Measured> };

export type Measure = (subject: Subject) => AsyncIterable<Figure>;
