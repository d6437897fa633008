// Walks over lists and maps, one for each kind of macro.
import { CelError } from "./error.ts";
import { type Code, type Frame, isAbsorbed, listCost, mapCost, pay, selectCost } from "./frame.ts";
import { noOverload } from "./function.ts";
import { type CelValue, entryOf, isList, isMap } from "./values.ts";

export type Folded = (frame: Frame, over: CelValue) => CelValue;

/** Binds each item in turn; `each` says whether to go on. */
function walk(frame: Frame, over: CelValue, slots: readonly number[], each: () => boolean): void {
  const [first, second] = slots as [number, number | undefined];
  if (isList(over)) {
    for (let at = 0; at < over.length; at++) {
      if (second === undefined) frame.slots[first] = over[at]!;
      else {
        frame.slots[first] = BigInt(at);
        frame.slots[second] = over[at]!;
      }
      if (!each()) return;
    }
  } else if (isMap(over)) {
    for (const [key, value] of over) {
      frame.slots[first] = key;
      if (second !== undefined) frame.slots[second] = value;
      if (!each()) return;
    }
  } else throw noOverload();
}

function truthOf(code: Code, frame: Frame): boolean {
  const value = code(frame);
  if (typeof value !== "boolean") throw noOverload();
  return value;
}

/** Units of the machinery around each item, as the steps of the fold that stands behind the macro. */
const quantifierCost = { all: 3, exists: 4 };
const addCost = 12;

/** Fails only when none decides. */
export const quantified =
  (decides: boolean, slots: readonly number[], test: Code): Folded =>
  (frame, over) => {
    let failure: CelError | undefined;
    let decided = false;
    const cost = decides ? quantifierCost.exists : quantifierCost.all;
    walk(frame, over, slots, () => {
      pay(frame, cost);
      try {
        decided = truthOf(test, frame) === decides;
      } catch (error) {
        if (!isAbsorbed(error)) throw error;
        failure ??= error;
      }
      return !decided;
    });
    pay(frame, selectCost);
    if (decided) return decides;
    if (failure) throw failure;
    return !decides;
  };

export const one =
  (slots: readonly number[], test: Code): Folded =>
  (frame, over) => {
    let count = 0;
    walk(frame, over, slots, () => {
      pay(frame, 1);
      if (truthOf(test, frame)) count++;
      return true;
    });
    pay(frame, 2);
    return count === 1;
  };

export const collected =
  (slots: readonly number[], test: Code | undefined, item: Code): Folded =>
  (frame, over) => {
    const list: CelValue[] = [];
    pay(frame, listCost);
    walk(frame, over, slots, () => {
      if (test && !truthOf(test, frame)) pay(frame, 1);
      else {
        list.push(item(frame));
        pay(frame, addCost);
      }
      return true;
    });
    pay(frame, selectCost);
    return list;
  };

export const mapped =
  (slots: readonly number[], test: Code | undefined, value: Code): Folded =>
  (frame, over) => {
    const map = new Map<CelValue, CelValue>();
    pay(frame, mapCost);
    walk(frame, over, slots, () => {
      if (test && !truthOf(test, frame)) pay(frame, 1);
      else {
        const key = frame.slots[slots[0]!]!;
        map.set(key, value(frame));
        pay(frame, 3);
      }
      return true;
    });
    pay(frame, selectCost);
    return map;
  };

export const entries =
  (slots: readonly number[], test: Code | undefined, entry: Code): Folded =>
  (frame, over) => {
    const map = new Map<CelValue, CelValue>();
    pay(frame, mapCost);
    walk(frame, over, slots, () => {
      if (test && !truthOf(test, frame)) pay(frame, 1);
      else addEntries(map, entry(frame));
      pay(frame, 2);
      return true;
    });
    pay(frame, selectCost);
    return map;
  };

function addEntries(map: Map<CelValue, CelValue>, more: CelValue): void {
  if (!isMap(more)) throw noOverload();
  for (const [key, value] of more) {
    if (entryOf(map, key) !== undefined)
      throw new CelError(`insert failed: key ${String(key)} already exists`);
    map.set(key, value);
  }
}
