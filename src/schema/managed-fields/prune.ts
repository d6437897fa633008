// What an applier has applied before and does not apply any more is removed, unless somebody else
// owns it too.
import { appliedSet } from "./applied-set.ts";
import type { Owners } from "./entries.ts";
import {
  difference,
  type FieldSet,
  intersection,
  isEmpty,
  newNode,
  noFields,
  union,
} from "./field-set.ts";
import type { Form } from "./form.ts";
import { compareKeys } from "./path-key.ts";
import { removePaths } from "./remove.ts";

/**
 * `merged` without what `self`, which now owns less than `last`, has abandoned. `owners` are all
 * who own something after this apply, in the version of `form`.
 */
export function pruneAbandoned(
  form: Form,
  merged: unknown,
  last: FieldSet,
  owners: Owners,
): unknown {
  const mine = withNamedFields(form, last);
  const mergedSet = withNamedFields(form, appliedSet(form, merged));
  let owned = noFields;
  for (const owner of owners.values()) owned = union(owned, owner.set);
  // First everything is taken out that was applied before, with all below it; then all comes back
  // that somebody owns; then what nobody owns but was not applied before either, such as defaults.
  const without = removePaths(form, merged, mine);
  const firstSet = withNamedFields(form, setOf(form, without));
  const kept = union(firstSet, withNamedFields(form, owned));
  const withOwned = removePaths(form, merged, difference(mergedSet, kept));
  const secondSet = withNamedFields(form, setOf(form, withOwned));
  const abandoned = intersection(difference(mergedSet, secondSet), mine);
  return isEmpty(abandoned) ? merged : removePaths(form, merged, abandoned);
}

/** Also of what has been taken apart: items of which nothing is left have no key. */
const setOf = (form: Form, value: unknown): FieldSet =>
  value === null || value === undefined ? noFields : appliedSet(form, value, true);

/** The set with every known field on the way to a path of it. */
function withNamedFields(form: Form | undefined, set: FieldSet, below = false): FieldSet {
  if (isEmpty(set)) return set;
  const node = newNode(below && set["."] !== undefined);
  for (const key of Object.keys(set).sort(compareKeys)) {
    if (key === ".") continue;
    const part = set[key]!;
    const name = key.slice(2);
    if (key[0] === "f" && form?.kind === "struct") {
      const known = form.part(name);
      const inner = withNamedFields(known?.form ?? form.rest, part, true);
      node[key] = known === undefined || isEmpty(inner) ? inner : { ".": noFields, ...inner };
    } else node[key] = withNamedFields(formBelow(form, key), part, true);
  }
  return node;
}

function formBelow(form: Form | undefined, key: string): Form | undefined {
  if (key[0] === "f")
    return form?.kind === "map" ? form.value() : form?.kind === "any" ? form : undefined;
  return key[0] === "k" && form?.kind === "list" ? form.item() : undefined;
}
