// A shape as ownership sees it: what is owned as a whole, and what in parts. Compiled once per
// shape, part by part.
import { zeroOf } from "../decode.ts";
import type { Field, ListShape, MapShape, ObjectShape, ScalarShape, Shape } from "../shape.ts";
import { fieldKey } from "./path-key.ts";

export type Form = StructForm | MapForm | ListForm | ScalarForm | AnyForm;

export type Part = {
  readonly name: string;
  readonly key: string;
  readonly form: Form;
  /** What an object that leaves the field out is taken to say: the zero value, or null, where upstream writes that. */
  readonly absent: unknown;
};

/** Known fields, owned one by one. */
export type StructForm = {
  readonly kind: "struct";
  readonly atomic: boolean;
  /** Sorted by name; compiled on first use. */
  readonly parts: () => readonly Part[];
  readonly part: (name: string) => Part | undefined;
  /** Form of fields that are not named; undefined: there are none. */
  readonly rest: Form | undefined;
};
export type MapForm = {
  readonly kind: "map";
  readonly atomic: boolean;
  readonly value: () => Form;
};
export type ListForm = {
  readonly kind: "list";
  readonly type: "atomic" | "set" | "map";
  /** Sorted. */
  readonly keys: readonly string[];
  /** The keys as JSON. */
  readonly keyTexts: readonly string[];
  /** The keys as messages list them: in the order of the schema. */
  readonly keyList: string;
  /** By key: what an item that does not have it is taken to have. */
  readonly keyDefaults: () => readonly unknown[];
  readonly item: () => Form;
};
export type ScalarForm = {
  readonly kind: "scalar";
  readonly type: "string" | "boolean" | "numeric" | "untyped";
};
/** Any JSON value: objects are owned by field unless `atomic`, lists as a whole. */
export type AnyForm = { readonly kind: "any"; readonly atomic: boolean };

export const formOf = (shape: Shape): Form => compiled(shape, false);

/**
 * The form of a whole object without what is nobody's: type, and those fields of the metadata that
 * the server sets.
 */
export function objectForm(shape: ObjectShape): Form {
  const known = objectForms.get(shape);
  if (known !== undefined) return known;
  const whole = formOf(shape);
  const form = whole.kind === "struct" ? withoutParts(whole, unownedOfObject, true) : whole;
  objectForms.set(shape, form);
  return form;
}

const objectForms = new WeakMap<Shape, Form>();
const unownedOfObject: ReadonlySet<string> = new Set(["apiVersion", "kind"]);
const unownedOfMetadata: ReadonlySet<string> = new Set([
  "clusterName",
  "creationTimestamp",
  "generation",
  "managedFields",
  "name",
  "namespace",
  "resourceVersion",
  "selfLink",
  "uid",
]);

function withoutParts(form: StructForm, names: ReadonlySet<string>, root: boolean): StructForm {
  let parts: readonly Part[] | undefined;
  const open = (): readonly Part[] => {
    parts ??= form
      .parts()
      .filter((part) => !names.has(part.name))
      .map((part) =>
        root && part.name === "metadata" && part.form.kind === "struct"
          ? { ...part, form: withoutParts(part.form, unownedOfMetadata, false) }
          : part,
      );
    return parts;
  };
  return {
    ...form,
    parts: open,
    part: (name) => open().find((part) => part.name === name),
  };
}

const anyForm: AnyForm = Object.freeze({ kind: "any", atomic: false });
const anyWhole: AnyForm = Object.freeze({ kind: "any", atomic: true });
const plainForms = new WeakMap<Shape, Form>();
/** Below a field that keeps unknown fields all others do, too. */
const keepingForms = new WeakMap<Shape, Form>();

function compiled(shape: Shape, keeps: boolean): Form {
  const forms = keeps ? keepingForms : plainForms;
  const known = forms.get(shape);
  if (known !== undefined) return known;
  const form = compile(shape, keeps);
  forms.set(shape, form);
  return form;
}

function compile(shape: Shape, keeps: boolean): Form {
  switch (shape.kind) {
    case "object":
      return compileStruct(shape, keeps || shape.keepsUnknown);
    case "map":
      return compileMap(shape, keeps);
    case "list":
      return compileList(shape, keeps);
    case "scalar":
      return compileScalar(shape);
  }
}

function compileMap(shape: MapShape, keeps: boolean): MapForm {
  let form: Form | undefined;
  return {
    kind: "map",
    atomic: shape.atomic,
    value: () => {
      form ??= compiled(shape.value(), keeps);
      return form;
    },
  };
}

function compileStruct(shape: ObjectShape, keeps: boolean): Form {
  if (shape.fields.size === 0 && shape.rest === undefined) {
    // Upstream takes an object without any known field for one that may have any.
    return { kind: "map", atomic: shape.atomic, value: () => anyForm };
  }
  let parts: readonly Part[] | undefined;
  let byName: ReadonlyMap<string, Part> | undefined;
  const open = (): readonly Part[] => {
    parts ??= [...shape.fields.keys()].sort().map((name) => ({
      name,
      key: fieldKey(name),
      form: compiled(shape.fields.get(name)!.shape(), keeps),
      absent: absentValue(shape.fields.get(name)!),
    }));
    return parts;
  };
  return {
    kind: "struct",
    atomic: shape.atomic,
    parts: open,
    part: (name) => {
      byName ??= new Map(open().map((part) => [part.name, part]));
      return byName.get(name);
    },
    rest: shape.rest !== undefined ? compiled(shape.rest, keeps) : keeps ? anyForm : undefined,
  };
}

const noItems: readonly unknown[] = Object.freeze([]);

/** Decoding fills in what is always there, but for what is written as null; the server's own objects may lack it. */
function absentValue(field: Field): unknown {
  if (!field.always) return undefined;
  const shape = field.shape();
  if (field.pointer) return null;
  if (shape.kind === "list" && shape.listType === "atomic") return noItems;
  return shape.kind === "scalar" ? (zeroOf(shape) ?? null) : undefined;
}

function compileList(shape: ListShape, keeps: boolean): ListForm {
  const keys = [...shape.keys].sort();
  let defaults: readonly unknown[] | undefined;
  let form: Form | undefined;
  return {
    kind: "list",
    type: shape.listType,
    keys,
    keyTexts: keys.map((key) => JSON.stringify(key)),
    keyList: `[${shape.keys.map((key) => JSON.stringify(key)).join(" ")}]`,
    keyDefaults: () => {
      if (defaults !== undefined) return defaults;
      const item = shape.item();
      defaults = keys.map((key) =>
        item.kind === "object" ? keyDefault(item.fields.get(key)) : undefined,
      );
      return defaults;
    },
    item: () => {
      form ??= compiled(shape.item(), keeps);
      return form;
    },
  };
}

/** The published schema of a field that is always written names its zero value as the default. */
function keyDefault(field: Field | undefined): unknown {
  if (field === undefined) return undefined;
  if (field.default !== undefined) return field.default;
  const shape = field.shape();
  if (!field.always || field.pointer || shape.kind !== "scalar") return undefined;
  if (shape.type === "string") return "";
  return shape.type === "bool" ? false : numeric.has(shape.type) ? 0 : undefined;
}

const numeric: ReadonlySet<ScalarShape["type"]> = new Set([
  "int32",
  "int64",
  "uint32",
  "uint64",
  "float",
  "double",
  "number",
]);

function compileScalar({ type }: ScalarShape): Form {
  if (type === "any" || type === "fieldsV1") return anyForm;
  if (type === "raw") return anyWhole;
  if (type === "bool") return { kind: "scalar", type: "boolean" };
  if (numeric.has(type)) return { kind: "scalar", type: "numeric" };
  if (type === "string" || type === "bytes" || type === "duration") {
    return { kind: "scalar", type: "string" };
  }
  return { kind: "scalar", type: "untyped" };
}
