// Writes the TypeScript types of every group version: one file each, the names as in Go.

import type { FieldFacts, GroupFacts, TypeFacts } from "../../src/schema/facts-format.ts";

type Named = { readonly short: string; readonly facts: GroupFacts };

const scalars: Readonly<Record<string, string>> = {
  string: "string",
  bool: "boolean",
  int32: "number",
  int64: "number",
  uint32: "number",
  uint64: "number",
  float: "number",
  double: "number",
  bytes: "string",
  Time: "string",
  MicroTime: "string",
  Duration: "string",
  Quantity: "string",
  IntOrString: "number | string",
  FieldsV1: "Record<string, unknown>",
  RawExtension: "Record<string, unknown>",
  JSON: "unknown",
  JSONSchemaPropsOrArray: "JSONSchemaProps | JSONSchemaProps[]",
  JSONSchemaPropsOrBool: "JSONSchemaProps | boolean",
  JSONSchemaPropsOrStringArray: "JSONSchemaProps | string[]",
};

export function writeTypes(named: readonly Named[]): Map<string, string> {
  const files = new Map<string, string>();
  for (const one of named) files.set(`types/${one.short}.ts`, new TypesFile(one, named).text());
  return files;
}

class TypesFile {
  readonly #own: Named;
  readonly #all: readonly Named[];
  /** Local name by full name, of types from other files. */
  readonly #imports = new Map<string, { short: string; name: string; as: string }>();

  constructor(own: Named, all: readonly Named[]) {
    this.#own = own;
    this.#all = all;
  }

  text(): string {
    const body = Object.entries(this.#own.facts.types).map(([name, type]) =>
      this.#declaration(name, type),
    );
    const imports = [...this.#imports.values()]
      .sort((a, b) => (a.short + a.name < b.short + b.name ? -1 : 1))
      .map(({ short, name, as }) => ({ short, spec: name === as ? name : `${name} as ${as}` }));
    const lines = [...new Set(imports.map(({ short }) => short))].map((short) => {
      const specs = imports.filter((one) => one.short === short).map(({ spec }) => spec);
      return `import type { ${specs.join(", ")} } from "./${short}.ts";`;
    });
    const { group, version } = this.#own.facts;
    const head = `// Types of ${group === "" ? version : `${group}/${version}`}. Made by tools/facts/make.ts. Do not edit.`;
    return [head, ...lines, "", ...body].join("\n");
  }

  #declaration(name: string, type: TypeFacts): string {
    if (type.enum) return `export type ${name} = ${union(type.enum)};\n`;
    if (type.list) return `export type ${name} = ${this.#type(`[]${type.list}`)};\n`;
    const topLevel = type.kind !== undefined;
    const fields = this.#flat(this.#own, type).map(({ home, field }) => {
      const optional = isOptional(home, field, topLevel, this.#all);
      const ts = this.#type(field.type.replace(/^\*/, ""), home);
      return `  ${property(field.name)}${optional ? "?" : ""}: ${ts};`;
    });
    return [`export type ${name} = {`, ...fields, "};", ""].join("\n");
  }

  /** Fields with those of inlined structs in their place; apiVersion goes first. */
  #flat(home: Named, type: TypeFacts): { home: Named; field: FieldFacts }[] {
    return type.fields!.flatMap((field) => {
      if (field.name !== "") return [{ home, field }];
      const inner = find(this.#all, home, field.type.replace(/^\*/, ""));
      const fields = this.#flat(inner.home, inner.type);
      return inner.name === "TypeMeta" ? fields.reverse() : fields;
    });
  }

  #type(expression: string, home = this.#own): string {
    if (expression.startsWith("[]")) {
      const item = this.#type(expression.slice(2), home);
      return item.includes(" ") ? `(${item})[]` : `${item}[]`;
    }
    const map = /^map\[string\](.*)$/.exec(expression);
    if (map) return `Record<string, ${this.#type(map[1]!, home)}>`;
    if (scalars[expression]) return scalars[expression];
    return this.#reference(find(this.#all, home, expression));
  }

  #reference({ home, name }: Found): string {
    if (home === this.#own) return name;
    const key = `${home.short}.${name}`;
    const known = this.#imports.get(key);
    if (known) return known.as;
    const taken =
      name in this.#own.facts.types || [...this.#imports.values()].some((one) => one.as === name);
    const as = taken ? pascal(home.short) + name : name;
    this.#imports.set(key, { short: home.short, name, as });
    return as;
  }
}

type Found = { readonly home: Named; readonly name: string; readonly type: TypeFacts };

function find(all: readonly Named[], home: Named, expression: string): Found {
  const dot = expression.lastIndexOf(".");
  const owner =
    dot < 0 ? home : all.find(({ facts }) => facts.package === expression.slice(0, dot));
  const name = expression.slice(dot + 1);
  const type = owner?.facts.types[name];
  if (!owner || !type) throw new Error(`${home.short}: no type ${expression}`);
  return { home: owner, name, type };
}

/**
 * A field may be left out where Go omits it when empty. Structs that are always written (`spec`,
 * `metadata` of a kind, `template`, `items`) are there for whoever reads, and are asked of whoever
 * writes; other structs are not.
 */
function isOptional(
  home: Named,
  field: FieldFacts,
  topLevel: boolean,
  all: readonly Named[],
): boolean {
  if (field.type.startsWith("*")) return true;
  if (topLevel && field.name === "metadata") return false;
  if (!field.always) return true;
  if (
    /^(Time|MicroTime|Duration|Quantity|IntOrString|RawExtension|JSON|FieldsV1)/.test(field.type)
  ) {
    return !field.required;
  }
  const plain = scalars[field.type] !== undefined || /^(\[\]|map\[)/.test(field.type);
  if (plain || find(all, home, field.type).type.fields === undefined) {
    return topLevel && !field.required && field.name !== "items";
  }
  return !field.required && !["spec", "template"].includes(field.name);
}

const union = (values: readonly string[]): string =>
  values.map((value) => JSON.stringify(value)).join(" | ");

const property = (name: string): string =>
  /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);

export const pascal = (short: string): string =>
  short.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
