// The form in which descriptions are written: a line that is a name alone is the package of the
// types that follow; a line at the margin is a type; an indented one is a field of it.

export type TypeTexts = { readonly text: string; readonly fields: ReadonlyMap<string, string> };

/** By name of definition. `Type < Base` has the fields of `Base`, of the same package, too. */
export function descriptionsOf(sources: readonly string[]): ReadonlyMap<string, TypeTexts> {
  const types = new Map<string, TypeTexts & { readonly fields: Map<string, string> }>();
  for (const source of sources) {
    let prefix = "";
    let fields = new Map<string, string>();
    for (const line of source.split("\n").filter((one) => one !== "")) {
      const at = line.indexOf(": ");
      const text = line.slice(at + 2);
      if (at < 0) {
        prefix = `${line}.`;
      } else if (line.startsWith("  ")) {
        fields.set(line.slice(2, at), text);
      } else {
        const [name, base] = line.slice(0, at).split(" < ");
        fields = new Map(base === undefined ? [] : types.get(prefix + base)!.fields);
        types.set(prefix + name!, { text, fields });
      }
    }
  }
  return types;
}
