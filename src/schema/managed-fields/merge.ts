// Merges an applied configuration into the live object: nothing is removed, what both have takes
// the applied value, items of lists merge by key and take the applied order where the two differ.
import { isObject, setField } from "../clone.ts";
import type { Form, ListForm } from "./form.ts";
import { itemsByKey, keyOfItem } from "./items.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Shares what it does not change with both arguments. */
export function mergeApplied(form: Form, live: unknown, applied: unknown): unknown {
  if (applied === undefined) return live;
  if (live === undefined || live === null) return applied;
  switch (form.kind) {
    case "scalar":
      return applied;
    case "struct": {
      if (form.atomic) return applied;
      const { rest } = form;
      return mergeFields((name) => form.part(name)?.form ?? rest!, live, applied);
    }
    case "map":
      return form.atomic ? applied : mergeFields(() => form.value(), live, applied);
    case "list":
      if (form.type === "atomic") return applied;
      return mergeItems(form, live, applied);
    case "any":
      if (form.atomic || !isObject(live)) return applied;
      if (applied === null) return isEmptyObject(live) ? applied : live;
      return isObject(applied) ? mergeFields(() => form, live, applied) : applied;
  }
}

function isEmptyObject(value: object): boolean {
  for (const _ in value) return false;
  return true;
}

function mergeFields(form: (name: string) => Form, live: unknown, applied: unknown): unknown {
  if (!isObject(live) || isEmptyObject(live)) return applied;
  if (!isObject(applied)) return live;
  const result: Record<string, unknown> = {};
  for (const name in live) {
    if (!Object.hasOwn(applied, name)) setField(result, name, live[name]);
    else setField(result, name, mergeApplied(form(name), live[name], applied[name]));
  }
  for (const name in applied) {
    if (!Object.hasOwn(live, name)) setField(result, name, (applied as Fields)[name]);
  }
  return result;
}

/**
 * Walks both lists side by side. Items that only the live list has stay where they are; an item of
 * both waits until it is its turn in the applied order.
 */
function mergeItems(form: ListForm, live: unknown, applied: unknown): unknown {
  if (!Array.isArray(applied)) return Array.isArray(live) && live.length > 0 ? live : applied;
  if (!Array.isArray(live) || live.length === 0) return applied;
  if (applied.length === 0) return live;
  const liveByKey = itemsByKey(form, live);
  const appliedByKey = itemsByKey(form, applied);
  const liveKeys = live.map((item) => keyOfItem(form, item));
  const appliedKeys = [...appliedByKey.keys()];
  const shared = appliedKeys.filter((key) => liveByKey.has(key));
  const merged = new Set<string>();
  const result: unknown[] = [];
  const takeApplied = (key: string): void => {
    merged.add(key);
    // Items that the live list has twice are not merged with the applied one.
    const same = liveByKey.get(key)?.items ?? [];
    result.push(
      mergeApplied(form.item(), same.length > 1 ? null : same[0], appliedByKey.get(key)!.items[0]),
    );
  };
  let turn = 0;
  let [l, a] = [0, 0];
  while (l < liveKeys.length || a < appliedKeys.length) {
    const liveKey = liveKeys[l];
    const appliedKey = appliedKeys[a];
    if (liveKey !== undefined && appliedKey !== undefined) {
      if (liveKey === appliedKey) {
        takeApplied(liveKey);
        l++;
        a++;
        turn++;
        continue;
      }
      if (appliedByKey.has(liveKey) && shared[turn] !== undefined && shared[turn] !== liveKey) {
        l++;
        continue;
      }
    }
    if (liveKey !== undefined) {
      if (!appliedByKey.has(liveKey)) {
        result.push(live[l]);
        l++;
        continue;
      }
      if (merged.has(liveKey)) l++;
    }
    if (appliedKey !== undefined) {
      takeApplied(appliedKey);
      a++;
      if (shared[turn] === appliedKey) turn++;
    }
  }
  return result;
}
