// The names that the definitions of a group have been given. Whole definitions would fill the memory.
import type { CustomResourceDefinition } from "../../schema/types/apiextensions-v1.ts";
import type { Claim } from "./names.ts";

export class Claims {
  readonly #byGroup = new Map<string, Map<string, Claim>>();

  /** Takes the place of what was known of the definition; undefined: it is gone. */
  learn(name: string, definition: CustomResourceDefinition | undefined): void {
    const group = groupIn(name);
    const known = this.#byGroup.get(group) ?? new Map<string, Claim>();
    this.#byGroup.set(group, known);
    if (definition === undefined) known.delete(name);
    else known.set(name, { metadata: { name }, status: definition.status });
    if (known.size === 0) this.#byGroup.delete(group);
  }

  /** All of the group of the definition that is so named. */
  besides(name: string): Claim[] {
    return [...(this.#byGroup.get(groupIn(name))?.values() ?? [])];
  }
}

/** A definition is named `<plural>.<group>`, which its validation sees to. */
const groupIn = (name: string): string => name.slice(name.indexOf(".") + 1);
