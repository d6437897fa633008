// Entries may be older than the schema: what was owned in parts may be owned as a whole by now.
// (The other way round upstream does nothing: such fields are owned in parts by whoever writes them
// next.)
import type { Owners } from "./entries.ts";
import { type FieldSet, isEmpty, leaf } from "./field-set.ts";
import type { Form } from "./form.ts";
import { withSet } from "./ownership.ts";

/**
 * Brings each owner's set in line with the form of its version; undefined for a version that is not
 * known.
 */
export function reconcile(owners: Owners, formIn: (apiVersion: string) => Form | undefined): void {
  for (const [id, owner] of owners) {
    const form = formIn(owner.apiVersion);
    if (form === undefined || inLine.get(owner.set) === form) continue;
    const set = reconciled(form, owner.set);
    inLine.set(set, form);
    if (set !== owner.set) owners.set(id, withSet(owner, set));
  }
}

/**
 * Sets that have been looked at, with the form; objects are cached, so most are seen more than
 * once.
 */
const inLine = new WeakMap<FieldSet, Form>();

/** `node` itself when nothing changes. */
function reconciled(form: Form, node: FieldSet): FieldSet {
  if (isEmpty(node) || form.kind === "scalar") return node;
  // Upstream leaves maps alone whose values may be anything.
  if (form.kind === "map" && isUntyped(form.value())) return node;
  if (form.kind === "list" ? form.type === "atomic" : form.atomic) return leaf;
  if (form.kind === "any") return node;
  let result: Record<string, FieldSet> | undefined;
  for (const key in node) {
    const part = node[key]!;
    const below = formBelow(form, key);
    const next = below === undefined ? part : reconciled(below, part);
    if (next === part) continue;
    result ??= { ...node };
    result[key] = next;
  }
  return result ?? node;
}

const isUntyped = (form: Form): boolean =>
  form.kind === "any" || (form.kind === "scalar" && form.type === "untyped");

/** Undefined for what the schema does not know. */
function formBelow(form: Exclude<Form, { kind: "scalar" | "any" }>, key: string): Form | undefined {
  if (form.kind === "list") return form.item();
  if (key[0] !== "f") return undefined;
  return form.kind === "map" ? form.value() : (form.part(key.slice(2))?.form ?? form.rest);
}
