import { duplicate, required } from "../../field-error.ts";
import type { Out } from "../checks.ts";

/** Of both kinds of flow control: each with a type of its own. */
export function checkTypes(out: Out, conditions: readonly { readonly type?: string }[] = []): void {
  const types = new Set<string>();
  for (const [i, { type = "" }] of conditions.entries()) {
    const at = `status.conditions[${i}].type`;
    if (types.has(type)) out.push(duplicate(at, type));
    types.add(type);
    if (type === "") out.push(required(at));
  }
}
