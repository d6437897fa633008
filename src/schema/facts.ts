// Built-in types as shapes, compiled from the facts when first asked for and kept.

import { groups, retired } from "./facts/index.ts";
import type { FieldFacts, GroupFacts, TypeFacts } from "./facts-format.ts";
import type { Field, ListShape, ObjectShape, ScalarShape, Shape } from "./shape.ts";

/**
 * The shape of a built-in type by its full name (`io.k8s.api.core.v1.Pod`). Throws for names that
 * are not built in.
 */
export function shapeOf(type: string): ObjectShape {
  const known = shapes.get(type);
  if (known) return known;
  const { group, name, facts } = find(type);
  if (!facts.fields) throw new Error(`${type} is not an object`);
  const shape = compileObject(group, name, facts);
  shapes.set(type, shape);
  return shape;
}

/** Whether `shapeOf` knows the name. */
export const hasShape = (type: string): boolean =>
  groupFacts(packageOf(type))?.types[nameOf(type)]?.fields !== undefined;

/**
 * The published facts of a built-in type: its kind, its releases, its rules. Throws for unknown
 * names.
 */
export const factsOf = (type: string): TypeFacts => find(type).facts;

/** The API group in which a built-in type is defined. */
export const groupOf = (type: string): string => find(type).group.group;

/**
 * Full names of the kinds of one group version, in alphabetical order, lists and options included.
 */
export function kindsOf(group: string, version: string): string[] {
  return Object.entries(groups).flatMap(([name, entry]) => {
    if (entry.group !== group || entry.version !== version) return [];
    const { types } = groupFacts(name)!;
    return Object.keys(types).flatMap((type) => (types[type]?.kind ? `${name}.${type}` : []));
  });
}

/** Whether upstream knows the kind in this version, be it served or not any more. */
export function isKnownKind(group: string, version: string, kind: string): boolean {
  const given = retired[`${group}/${version}`];
  if (given !== undefined) return given.split(" ").includes(kind);
  return kindsOf(group, version).some((name) => name.endsWith(`.${kind}`));
}

/** Every group version that was ever published, the kinds of all groups apart. */
export function knownVersions(): { group: string; version: string }[] {
  const current = Object.values(groups).map(({ group, version }) => ({ group, version }));
  const old = Object.keys(retired).map((name) => {
    const [group = "", version = ""] = name.split("/");
    return { group, version };
  });
  return [...current, ...old].filter(({ group }) => group !== "meta.k8s.io");
}

const parsed = new Map<string, GroupFacts>();

/** The facts of a package, parsed when a bundle holds them as text. */
function groupFacts(name: string): GroupFacts | undefined {
  const facts = groups[name]?.facts;
  if (typeof facts !== "function") return facts;
  const known = parsed.get(name) ?? (JSON.parse(facts()) as GroupFacts);
  parsed.set(name, known);
  return known;
}

const shapes = new Map<string, ObjectShape>();

type Found = { readonly group: GroupFacts; readonly name: string; readonly facts: TypeFacts };

const packageOf = (type: string): string => type.slice(0, type.lastIndexOf("."));
const nameOf = (type: string): string => type.slice(type.lastIndexOf(".") + 1);

function find(type: string): Found {
  const group = groupFacts(packageOf(type));
  const facts = group?.types[nameOf(type)];
  if (!group || !facts) throw new Error(`${type} is not a published type`);
  return { group, name: nameOf(type), facts };
}

/** As `find`, where a name without a package is one of `home`. */
const resolve = (home: GroupFacts, type: string): Found =>
  find(type.includes(".") ? type : `${home.package}.${type}`);

function compileObject(group: GroupFacts, name: string, facts: TypeFacts): ObjectShape {
  const fields = new Map<string, Field>();
  for (const field of flatten(group, facts)) fields.set(field.name, field);
  return {
    kind: "object",
    name: `${group.package}.${name}`,
    fields,
    atomic: facts.atomic === true,
    keepsUnknown: false,
    embedded: false,
  };
}

/** Numbers and Go names of the inlined structs around a field. */
type Around = { readonly numbers: readonly number[]; readonly names: readonly string[] };

/** Fields with those of inlined structs in their place. */
function flatten(
  home: GroupFacts,
  facts: TypeFacts,
  around: Around = { numbers: [], names: [] },
): Field[] {
  return facts.fields!.flatMap((field) => {
    if (field.name !== "") return [compileField(home, field, around)];
    const inner = resolve(home, field.type.replace("*", ""));
    const names = [...around.names, inner.name];
    const numbers = field.number ? [...around.numbers, field.number] : around.numbers;
    const fields = flatten(inner.group, inner.facts, { numbers, names });
    // TypeMeta has no number where it is inlined: protobuf has it in the envelope, not in the
    // message.
    return field.number ? fields : fields.map((f) => ({ ...f, number: 0 }));
  });
}

function compileField(home: GroupFacts, facts: FieldFacts, around: Around): Field {
  const pointer = facts.type.startsWith("*");
  const type = pointer ? facts.type.slice(1) : facts.type;
  return {
    name: facts.name,
    shape: once(() => compileType(home, type, facts)),
    number: facts.number ?? 0,
    always: facts.always === true,
    pointer,
    required: facts.required === true,
    ...(facts.default !== undefined && { default: facts.default }),
    ...(facts.patchStrategy && { patchStrategy: facts.patchStrategy }),
    ...(facts.patchMergeKey && { patchMergeKey: facts.patchMergeKey }),
    ...(type === "bytes" && facts.listType === "atomic" && { listType: "atomic" }),
    ...(around.numbers.length > 0 && { inlined: around.numbers }),
    ...(around.names.length > 0 && { within: around.names }),
  };
}

/** `field` gives what the marker of a field says about its outermost type. */
function compileType(home: GroupFacts, type: string, field?: FieldFacts): Shape {
  if (type.startsWith("[]")) {
    return {
      kind: "list",
      item: once(() => compileType(home, type.slice(2))),
      listType: field?.listType ?? "atomic",
      typed: field?.listType !== undefined,
      keys: field?.keys ?? [],
    };
  }
  if (type.startsWith("map[string]")) {
    const value = once(() => compileType(home, type.slice("map[string]".length)));
    const typed = field?.atomic !== undefined;
    return { kind: "map", value, atomic: field?.atomic === true, typed };
  }
  const scalar = scalars[type];
  if (scalar) return scalar;
  const found = resolve(home, type);
  if (found.facts.enum) return { kind: "scalar", type: "string", enum: found.facts.enum };
  if (found.facts.list) return wrappedList(found, field);
  const shape = shapeOf(`${found.group.package}.${found.name}`);
  const { atomic = shape.atomic } = field ?? {};
  return atomic === shape.atomic ? shape : { ...shape, atomic };
}

const wrappedList = ({ group, facts }: Found, field: FieldFacts | undefined): ListShape => ({
  kind: "list",
  item: once(() => compileType(group, facts.list!)),
  listType: field?.listType ?? "atomic",
  typed: field?.listType !== undefined,
  keys: field?.keys ?? [],
  wrapped: true,
});

const schemaProps = (): ObjectShape =>
  shapeOf("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps");

const scalar = (type: ScalarShape["type"]): ScalarShape => ({ kind: "scalar", type });

const scalars: Readonly<Record<string, ScalarShape>> = {
  string: scalar("string"),
  bool: scalar("bool"),
  int32: scalar("int32"),
  int64: scalar("int64"),
  uint32: scalar("uint32"),
  uint64: scalar("uint64"),
  float: scalar("float"),
  double: scalar("double"),
  bytes: scalar("bytes"),
  Time: scalar("time"),
  MicroTime: scalar("microTime"),
  Duration: scalar("duration"),
  Quantity: scalar("quantity"),
  IntOrString: scalar("intOrString"),
  FieldsV1: scalar("fieldsV1"),
  RawExtension: scalar("raw"),
  JSON: scalar("any"),
  JSONSchemaPropsOrArray: { kind: "scalar", type: "schemaOrArray", schema: schemaProps },
  JSONSchemaPropsOrBool: { kind: "scalar", type: "schemaOrBool", schema: schemaProps },
  JSONSchemaPropsOrStringArray: { kind: "scalar", type: "schemaOrStrings", schema: schemaProps },
};

function once<T>(make: () => T): () => T {
  let value: T | undefined;
  return () => {
    value ??= make();
    return value;
  };
}
