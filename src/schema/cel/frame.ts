// What runs of an expression share: its variables, what it has spent, and what its parts cost.
import { CelError } from "./error.ts";
import { overspent, tooCostly } from "./spent.ts";
import type { CelValue } from "./values.ts";

export type Variables = Readonly<Record<string, CelValue>>;

export type Frame = {
  readonly variables: Variables;
  readonly spent: { cost: number };
  readonly limit: number;
  /** What folds have bound. */
  readonly slots: CelValue[];
};

export type Code = (frame: Frame) => CelValue;

export function pay(frame: Frame, cost: number): void {
  frame.spent.cost += cost;
  if (frame.spent.cost > frame.limit) throw overspent();
}

export const selectCost = 1;
export const listCost = 10;
export const mapCost = 30;
export const structCost = 40;

/** A failure that a decision elsewhere may make good. */
export const isAbsorbed = (error: unknown): error is CelError =>
  error instanceof CelError && error.message !== tooCostly;
