// Definitions of an OpenAPI document, collected from shapes as they are referred to. Version 3 is
// what clients of today read; version 2 knows neither defaults nor alternatives.

import { factsOf, groupOf, shapeOf } from "./facts.ts";
import { textOf, typeTextOf } from "./openapi-texts.ts";
import { unionOf } from "./openapi-unions.ts";
import type { Field, ScalarShape, Shape } from "./shape.ts";

export type Dialect = "v2" | "v3";
export type Json = Record<string, unknown>;
export type GroupVersion = { readonly group: string; readonly version: string };

const meta = "io.k8s.apimachinery.pkg.apis.meta.v1";
const extensions = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1";

/** Kinds of the meta group that every group version has. */
const everywhere = new Set([`${meta}.DeleteOptions`, `${meta}.WatchEvent`]);

export class Definitions {
  readonly #dialect: Dialect;
  readonly #versions: readonly GroupVersion[];
  readonly #made = new Map<string, Json>();

  constructor(dialect: Dialect, versions: readonly GroupVersion[]) {
    this.#dialect = dialect;
    this.#versions = versions;
  }

  /**
   * A reference to a built-in definition; the definition, and all that it refers to, joins the
   * document.
   */
  ref(name: string): Json {
    if (!this.#made.has(name)) {
      this.#made.set(name, {});
      this.#made.set(name, this.#define(name));
    }
    return this.#pointer(name);
  }

  /** A reference to a definition that is written elsewhere, such as a custom resource's. */
  add(name: string, make: () => Json): Json {
    if (!this.#made.has(name)) this.#made.set(name, make());
    return this.#pointer(name);
  }

  /** A reference with something beside it, which version 3 does not allow. */
  beside(ref: Json, rest: Json): Json {
    return this.#dialect === "v3" ? { allOf: [ref], ...rest } : { ...ref, ...rest };
  }

  /** By name, sorted. */
  all(): Json {
    return Object.fromEntries([...this.#made].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #pointer(name: string): Json {
    const folder = this.#dialect === "v3" ? "#/components/schemas/" : "#/definitions/";
    return { $ref: folder + name };
  }

  #define(name: string): Json {
    const special = specials[name];
    if (special) return special[this.#dialect];
    const shape = shapeOf(name);
    const fields = [...shape.fields.values()];
    const required = fields.filter((field) => field.required).map((field) => field.name);
    const sorted = fields.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const isKind = factsOf(name).kind !== undefined;
    const properties = sorted.map((field) => {
      const description = textOf(name, field.name, isKind);
      return [field.name, this.#property(field, description ? { description } : {})];
    });
    const text = typeTextOf(name);
    return {
      ...(text !== undefined && { description: text }),
      type: "object",
      ...(required.length > 0 && { required }),
      ...(fields.length > 0 && { properties: Object.fromEntries(properties) }),
      ...(shape.atomic && { "x-kubernetes-map-type": "atomic" }),
      ...this.#kinds(name),
      ...unionOf(name),
    };
  }

  #kinds(name: string): Json {
    if (!factsOf(name).kind && !everywhere.has(name)) return {};
    const kind = name.slice(name.lastIndexOf(".") + 1);
    const group = name.startsWith(`${meta}.`) ? "" : groupOf(name);
    const own = { group, kind, version: name.split(".").at(-2)! };
    const others = everywhere.has(name) ? this.#versions : [];
    const all = [own, ...others.map(({ group, version }) => ({ group, kind, version }))];
    const unique = new Map(all.map((gvk) => [`${gvk.group}/${gvk.version}`, gvk]));
    return { "x-kubernetes-group-version-kind": [...unique.values()].sort(byGroup) };
  }

  #property(field: Field, description: Json): Json {
    const shape = field.shape();
    const value = this.#value(shape);
    const fallback = this.#dialect === "v3" ? defaultOf(field, shape) : undefined;
    const rest = {
      ...description,
      ...(fallback !== undefined && { default: fallback }),
      ...extensionsOf(field, shape),
    };
    return "$ref" in value ? this.beside(value, rest) : { ...value, ...rest };
  }

  #value(shape: Shape): Json {
    switch (shape.kind) {
      case "object":
        return this.ref(shape.name);
      case "map":
        return { type: "object", additionalProperties: this.#value(shape.value()) };
      case "list":
        return { type: "array", items: this.#value(shape.item()) };
      case "scalar":
        return this.#scalar(shape);
    }
  }

  #scalar(shape: ScalarShape): Json {
    const plain = plainTypes[shape.type];
    if (plain) return { ...plain, ...(shape.enum && { enum: shape.enum }) };
    return this.ref(named[shape.type]!);
  }
}

const byGroup = (a: GroupVersion, b: GroupVersion): number =>
  a.group === b.group ? (a.version < b.version ? -1 : 1) : a.group < b.group ? -1 : 1;

/** The marker's default, or Go's zero value of a field that is always there. */
function defaultOf(field: Field, shape: Shape): unknown {
  if (field.default !== undefined) return field.default;
  if (field.pointer || !field.always) return undefined;
  if (shape.kind === "object") return {};
  if (shape.kind !== "scalar") return undefined;
  return zeros[shape.type];
}

const zeros: Partial<Record<ScalarShape["type"], unknown>> = {
  string: "",
  bool: false,
  int32: 0,
  int64: 0,
  uint32: 0,
  uint64: 0,
  float: 0,
  double: 0,
};

function extensionsOf(field: Field, shape: Shape): Json {
  const isAtomic = shape.kind !== "list" && shape.kind !== "scalar" && shape.atomic;
  const differs =
    (shape.kind === "map" && shape.typed === true) ||
    (shape.kind === "object" ? shape.atomic !== shapeOf(shape.name).atomic : isAtomic);
  return {
    ...(shape.kind === "list" &&
      shape.keys.length > 0 && { "x-kubernetes-list-map-keys": shape.keys }),
    ...(shape.kind === "list" && shape.typed && { "x-kubernetes-list-type": shape.listType }),
    ...(field.listType && { "x-kubernetes-list-type": field.listType }),
    ...(differs && { "x-kubernetes-map-type": isAtomic ? "atomic" : "granular" }),
    ...(field.patchMergeKey && { "x-kubernetes-patch-merge-key": field.patchMergeKey }),
    ...(field.patchStrategy && { "x-kubernetes-patch-strategy": field.patchStrategy.join(",") }),
  };
}

const plainTypes: Partial<Record<ScalarShape["type"], Json>> = {
  string: { type: "string" },
  bool: { type: "boolean" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
  uint32: { type: "integer", format: "int64" },
  uint64: { type: "integer", format: "int64" },
  float: { type: "number", format: "float" },
  double: { type: "number", format: "double" },
  number: { type: "number" },
  bytes: { type: "string", format: "byte" },
};

/** Scalars that have a definition of their own. */
const named: Partial<Record<ScalarShape["type"], string>> = {
  quantity: "io.k8s.apimachinery.pkg.api.resource.Quantity",
  intOrString: "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
  raw: "io.k8s.apimachinery.pkg.runtime.RawExtension",
  time: `${meta}.Time`,
  microTime: `${meta}.MicroTime`,
  duration: `${meta}.Duration`,
  fieldsV1: `${meta}.FieldsV1`,
  any: `${extensions}.JSON`,
  schemaOrArray: `${extensions}.JSONSchemaPropsOrArray`,
  schemaOrBool: `${extensions}.JSONSchemaPropsOrBool`,
  schemaOrStrings: `${extensions}.JSONSchemaPropsOrStringArray`,
};

const alike = (schema: Json): Record<Dialect, Json> => ({ v2: schema, v3: schema });

/** Definitions that no struct stands behind. */
const specials: Readonly<Record<string, Record<Dialect, Json>>> = {
  [named.quantity!]: {
    v2: { type: "string" },
    v3: { oneOf: [{ type: "string" }, { type: "number" }] },
  },
  [named.intOrString!]: {
    v2: { type: "string", format: "int-or-string" },
    v3: { format: "int-or-string", oneOf: [{ type: "integer" }, { type: "string" }] },
  },
  [named.raw!]: alike({ type: "object" }),
  [named.time!]: alike({ type: "string", format: "date-time" }),
  [named.microTime!]: alike({ type: "string", format: "date-time" }),
  [named.duration!]: alike({ type: "string" }),
  [named.fieldsV1!]: alike({ type: "object" }),
  [`${meta}.Patch`]: alike({ type: "object" }),
  [named.any!]: alike({}),
  [named.schemaOrArray!]: alike({}),
  [named.schemaOrBool!]: alike({}),
  [named.schemaOrStrings!]: alike({}),
  "io.k8s.apimachinery.pkg.version.Info": { v2: versionInfo(), v3: versionInfo("") },
};

/** The answer of /version, which is no API kind. */
function versionInfo(fallback?: string): Json {
  const required = [
    "major",
    "minor",
    "gitVersion",
    "gitCommit",
    "gitTreeState",
    "buildDate",
    "goVersion",
    "compiler",
    "platform",
  ];
  const optional = [
    "emulationMajor",
    "emulationMinor",
    "minCompatibilityMajor",
    "minCompatibilityMinor",
  ];
  const names = [...required, ...optional].sort();
  const properties = Object.fromEntries(
    names.map((name) => {
      const filled = fallback !== undefined && required.includes(name);
      return [name, { type: "string", ...(filled && { default: fallback }) }];
    }),
  );
  return { type: "object", required, properties };
}
