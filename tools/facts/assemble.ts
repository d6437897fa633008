// Brings the Go declarations and the protobuf messages of one group version together as facts.

import { join } from "node:path";
import type {
  FieldFacts,
  GroupFacts,
  KindFacts,
  TypeFacts,
} from "../../src/schema/facts-format.ts";
import { type GoField, type GoPackage, type GoType, readGoPackage } from "./go-source.ts";
import { type ProtoMessages, readProto } from "./proto-source.ts";

/** A package to read: `short` names its files (`core-v1`), `path` is its Go import path. */
export type Source = { readonly short: string; readonly path: string; readonly dir: string };

type Context = {
  readonly source: Source;
  readonly go: GoPackage;
  readonly proto: ProtoMessages;
  /** Every package that may be referred to, by import path. */
  readonly packages: ReadonlyMap<string, { source: Source; go: GoPackage }>;
};

const metaPath = "k8s.io/apimachinery/pkg/apis/meta/v1";
const extensionsPath = "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1";

/** Go types that are one value on the wire, by `path.Name`. */
const scalars: Readonly<Record<string, string>> = {
  [`${metaPath}.Time`]: "Time",
  [`${metaPath}.MicroTime`]: "MicroTime",
  [`${metaPath}.Duration`]: "Duration",
  [`${metaPath}.FieldsV1`]: "FieldsV1",
  "k8s.io/apimachinery/pkg/api/resource.Quantity": "Quantity",
  "k8s.io/apimachinery/pkg/util/intstr.IntOrString": "IntOrString",
  "k8s.io/apimachinery/pkg/runtime.RawExtension": "RawExtension",
  "k8s.io/apimachinery/pkg/types.UID": "string",
  "k8s.io/apimachinery/pkg/types.NodeName": "string",
  [`${extensionsPath}.JSON`]: "JSON",
  [`${extensionsPath}.JSONSchemaPropsOrArray`]: "JSONSchemaPropsOrArray",
  [`${extensionsPath}.JSONSchemaPropsOrBool`]: "JSONSchemaPropsOrBool",
  [`${extensionsPath}.JSONSchemaPropsOrStringArray`]: "JSONSchemaPropsOrStringArray",
};

const basic: Readonly<Record<string, string>> = {
  string: "string",
  bool: "bool",
  int: "int64",
  int32: "int32",
  int64: "int64",
  uint32: "uint32",
  uint64: "uint64",
  float32: "float",
  float64: "double",
  "[]byte": "bytes",
  "interface{}": "JSON",
  any: "JSON",
};

/** Names whose plural is not formed by rule. */
const plurals: Readonly<Record<string, string>> = { Endpoints: "endpoints" };

/** Resources that upstream's generated clients leave out. */
const pluralsWithoutClient: Readonly<Record<string, string>> = { Binding: "bindings" };

export function assemble(sources: readonly Source[]): GroupFacts[] {
  const packages = new Map(
    sources.map((source) => [source.path, { source, go: readGoPackage(source.dir) }]),
  );
  return sources.map((source) => {
    const go = packages.get(source.path)!.go;
    const proto = readProto(join(source.dir, "generated.proto"));
    return groupFacts({ source, go, proto, packages });
  });
}

function groupFacts(context: Context): GroupFacts {
  const { go, source } = context;
  const types: Record<string, TypeFacts> = {};
  const owner = [...go.models.values()][0]!;
  for (const name of [...go.types.keys()].sort()) {
    const facts = typeFacts(context, go.types.get(name)!);
    if (facts) types[name] = facts;
  }
  return {
    group: go.groupName,
    version: source.path.split("/").at(-1)!,
    package: owner.slice(0, owner.lastIndexOf(".")),
    types,
  };
}

function typeFacts(context: Context, type: GoType): TypeFacts | undefined {
  const { go, proto, source } = context;
  if (scalars[`${source.path}.${type.name}`]) return undefined;
  const rules = rulesOf(type.markers);
  if (type.fields === undefined) {
    if (type.underlying!.startsWith("[]") && proto.has(type.name)) {
      return { list: expression(context, type.underlying!.slice(2)) };
    }
    const values = enumOf(context, type);
    return values ? { enum: values } : copiedStruct(context, type);
  }
  if (!go.models.has(type.name)) return undefined;
  const fields = type.fields.flatMap((field) => fieldFacts(context, type, field) ?? []);
  const kind = kindFacts(context, type);
  return {
    fields,
    ...(kind && { kind }),
    ...(type.markers.includes("structType=atomic") && { atomic: true }),
    ...(rules.length > 0 && { rules }),
  };
}

/** `type X other.Y`, where Y is a struct: a type of its own with Y's fields. */
function copiedStruct(context: Context, type: GoType): TypeFacts | undefined {
  const origin = originOf(context, type);
  if (!origin) return undefined;
  const { home, struct } = origin;
  const there: Context = { ...context, source: home.source, go: home.go };
  const full = (expression: string): string =>
    expression.replace(/^(\*?(?:\[\]|map\[string\])*)([A-Z]\w*)$/, (whole, around, name) =>
      home.go.models.has(name) && !structs.has(name)
        ? `${around}${prefixOf(home.go)}.${name}`
        : whole,
    );
  const fields = struct.fields!.flatMap((field) => {
    const facts = fieldFacts(there, { ...struct, name: type.name }, field);
    return facts ? [{ ...facts, type: full(facts.type) }] : [];
  });
  const kind = kindFacts(context, { ...type, fields: struct.fields! });
  return { fields, ...(kind && { kind }) };
}

function originOf({ go, packages }: Context, type: GoType) {
  const [pack, name] = type.underlying?.split(".") ?? [];
  const home = packages.get(go.imports.get(pack ?? "") ?? "");
  const struct = home?.go.types.get(name ?? "");
  if (type.alias || !go.models.has(type.name) || !home || !struct?.fields) return undefined;
  return { home, struct };
}

function enumOf({ go, packages }: Context, type: GoType): readonly string[] | undefined {
  const marked = type.markers.some((marker) => marker === "enum" || marker === "k8s:enum");
  if (!marked || type.alias) return undefined;
  return go.constants
    .get(type.name)
    ?.map((value) => {
      if (value.startsWith('"')) return value.slice(1, -1);
      const [name, pack] = value.split(".").reverse();
      const home = pack === undefined ? go : packages.get(go.imports.get(pack) ?? "")?.go;
      const found = home?.values.get(name!);
      if (found === undefined) throw new Error(`${type.name}: unknown constant ${value}`);
      return found;
    })
    .sort();
}

function fieldFacts(context: Context, owner: GoType, field: GoField): FieldFacts | undefined {
  const [jsonName = "", ...options] = field.json.split(",");
  if (jsonName === "-" || (field.json === "" && !field.embedded)) return undefined;
  const pointer = field.type.startsWith("*");
  const type = expression(context, pointer ? field.type.slice(1) : field.type);
  const inlined = field.embedded && jsonName === "";
  const number = protoNumber(context, owner, field, jsonName);
  const value = (key: string) => markerValue(field.markers, key);
  const empties = options.includes("omitempty");
  const struct = !pointer && isStruct(context, type);
  const always = !inlined && (empties ? struct && !options.includes("omitzero") : true);
  const demanded = field.markers.some((marker) => /^(k8s:)?required$/.test(marker));
  const optional = !demanded && (empties || field.markers.includes("optional"));
  const fallback = defaultOf(context, value("default"));
  const keys = field.markers.flatMap((marker) => /^listMapKey=(.*)$/.exec(marker)?.[1] ?? []);
  const structure = value("mapType") ?? value("structType");
  const rules = rulesOf(field.markers);
  return {
    name: jsonName,
    type: (pointer ? "*" : "") + type,
    ...(number > 0 && { number }),
    ...(always && { always }),
    ...(!optional && !inlined && { required: true }),
    ...(fallback !== undefined && { default: fallback }),
    ...(value("listType") && { listType: value("listType") as "atomic" | "set" | "map" }),
    ...(keys.length > 0 && { keys }),
    ...(structure && { atomic: structure === "atomic" }),
    ...(field.patchStrategy && {
      patchStrategy: field.patchStrategy.split(",") as ("merge" | "replace" | "retainKeys")[],
    }),
    ...(field.patchMergeKey && { patchMergeKey: field.patchMergeKey }),
    ...(rules.length > 0 && { rules }),
  };
}

/** The value of a `+default` marker: JSON, or `ref(Constant)`. */
function defaultOf({ go }: Context, marker: string | undefined): unknown {
  if (marker === undefined) return undefined;
  const constant = /^ref\((\w+)\)$/.exec(marker)?.[1];
  return constant === undefined ? JSON.parse(marker) : go.values.get(constant)!;
}

function protoNumber(context: Context, owner: GoType, field: GoField, jsonName: string): number {
  const message = context.proto.get(owner.name);
  if (!message || field.protobuf === "" || field.protobuf === "-") return 0;
  const [, tagged] = field.protobuf.split(",");
  const named = /(?:^|,)name=(\w+)/.exec(field.protobuf)?.[1] ?? jsonName;
  const lower = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
  const found = message.get(named) ?? message.get(lower(field.name)) ?? message.get(jsonName);
  if (found?.number !== Number(tagged)) {
    throw new Error(`${owner.name}.${field.name}: tag says ${tagged}, proto ${found?.number}`);
  }
  return found.number;
}

/**
 * The facts' expression for a Go type: aliases and plain named types are resolved, structs are
 * referred to.
 */
function expression(context: Context, go: string): string {
  if (go.startsWith("*")) return expression(context, go.slice(1));
  if (basic[go]) return basic[go];
  if (go.startsWith("[]")) return `[]${expression(context, go.slice(2))}`;
  const map = /^map\[([\w.]+)\](.*)$/.exec(go);
  if (map) return `map[string]${expression(context, map[2]!)}`;
  const dot = go.indexOf(".");
  const path = dot < 0 ? context.source.path : context.go.imports.get(go.slice(0, dot));
  const name = go.slice(dot + 1);
  const scalar = scalars[`${path}.${name}`];
  if (scalar) return scalar;
  const home = context.packages.get(path ?? "");
  const type = home?.go.types.get(name);
  if (!home || !type) throw new Error(`${context.source.path}: unknown type ${go} (${path})`);
  const there: Context = { ...context, source: home.source, go: home.go, proto: new Map() };
  const model = home.go.models.get(name);
  const here = path === context.source.path;
  if (type.fields || originOf(there, type)) {
    if (!model) throw new Error(`${path}.${name} has no model name`);
    return here ? name : model;
  }
  const wrapped =
    type.underlying!.startsWith("[]") &&
    readProto(join(home.source.dir, "generated.proto")).has(name);
  if (wrapped || enumOf(there, type)) {
    return here ? name : `${prefixOf(home.go)}.${name}`;
  }
  return expression(there, type.underlying!);
}

const prefixOf = (go: GoPackage): string => {
  const first = [...go.models.values()][0]!;
  return first.slice(0, first.lastIndexOf("."));
};

/** Scalars of the facts that are structs in Go. */
const structs = new Set([
  "Time",
  "MicroTime",
  "Duration",
  "Quantity",
  "IntOrString",
  "RawExtension",
  "FieldsV1",
]);

/** Whether Go's omitempty has no effect on a value of this type. */
function isStruct(context: Context, type: string): boolean {
  if (structs.has(type)) return true;
  if (/^JSON/.test(type)) return true;
  if (!/^[A-Z]|^io\./.test(type)) return false;
  const home = type.startsWith("io.")
    ? [...context.packages.values()].find(({ go }) => type.startsWith(`${prefixOf(go)}.`))
    : { go: context.go };
  const found = home?.go.types.get(type.split(".").at(-1)!);
  if (!home || !found) return false;
  return found.fields !== undefined || originOf({ ...context, go: home.go }, found) !== undefined;
}

const markerValue = (markers: readonly string[], key: string): string | undefined =>
  markers.find((marker) => marker.startsWith(`${key}=`))?.slice(key.length + 1);

/** Markers that later declarations of the same facts repeat, or that say nothing about values. */
const silent =
  /^(deepcopy-gen|prerelease-lifecycle-gen|supportsSubresource|isSubresource|conversion-gen|openapi-gen|protobuf-gen|validation-gen-nolint|listType|listMapKey|deprecated)/;

function rulesOf(markers: readonly string[]): string[] {
  return markers.flatMap((marker) => {
    if (!marker.startsWith("k8s:")) return [];
    const staged = /^k8s:(alpha|beta)\(since:\s*"([\d.]+)"\)=\+k8s:(.*)$/.exec(marker);
    const rule = (staged?.[3] ?? marker.slice(4)).replaceAll("+k8s:", "").replace(/\s+#.*$/, "");
    if (silent.test(rule)) return [];
    return staged ? `${staged[1]}(${staged[2]}) ${rule}` : rule;
  });
}

function kindFacts({ go }: Context, type: GoType): KindFacts | undefined {
  const isKind = type.markers.some((marker) =>
    /^k8s:deepcopy-gen:interfaces=.*runtime\.Object$/.test(marker),
  );
  const named = type.fields?.some((field) => field.embedded && field.name === "TypeMeta");
  if (!isKind || !named) return undefined;
  const { markers } = type;
  const served = markers.includes("genclient") && !markers.includes("genclient:noVerbs");
  const plural = pluralsWithoutClient[type.name] ?? (served ? pluralOf(type.name) : undefined);
  const replacement = markerValue(markers, "k8s:prerelease-lifecycle-gen:replacement");
  const verbs = markerValue(markers, "genclient:onlyVerbs")?.split(",");
  const subresources = markers.flatMap(
    (marker) => /^k8s:supportsSubresource="\/([\w]+)"$/.exec(marker)?.[1] ?? [],
  );
  return {
    ...(plural && { plural }),
    ...(markers.includes("genclient:nonNamespaced") && { cluster: true }),
    ...(subresources.length > 0 && { subresources }),
    ...(verbs && { verbs }),
    ...go.lifecycle.get(type.name),
    ...(replacement && {
      replacement: replacement.split(",") as unknown as [string, string, string],
    }),
  };
}

function pluralOf(kind: string): string {
  const exception = plurals[kind];
  if (exception) return exception;
  const name = kind.toLowerCase();
  if (/(s|x|z|ch|sh)$/.test(name)) return `${name}es`;
  if (/[^aeiou]y$/.test(name)) return `${name.slice(0, -1)}ies`;
  return `${name}s`;
}
