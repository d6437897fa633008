// The conformance data of the CEL project. What the API's expressions do not have is left out, and named here.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { tests as suites } from "@bufbuild/cel-spec/testdata/conformance.js";
import { loadPatterns } from "../custom-pattern.ts";
import * as types from "./cel-type.ts";
import { check } from "./check.ts";
import { allFunctions, type Environment, environment } from "./environment.ts";
import { CelError, CelSyntaxError } from "./error.ts";
import { compileExpression, type Program, program } from "./evaluate.ts";
import { durationOf, timestampOf } from "./library/moments.ts";
import { parseExpression } from "./parser.ts";
import {
  type CelValue,
  Duration,
  equals,
  isList,
  isMap,
  Timestamp,
  TypeName,
  typeOf,
  Uint,
} from "./values.ts";

before(loadPatterns);

const messages = "the API's CEL has no protobuf messages";

/** Whole files. */
const filesLeftOut: Readonly<Record<string, string>> = {
  block_ext: "a form for optimizers, which upstream does not have",
  dynamic: messages,
  enums: messages,
  proto2: messages,
  proto2_ext: messages,
  proto3: messages,
  unknowns: "the API never evaluates with values that are not known yet",
  wrappers: messages,
};

/** Sections. */
const sectionsLeftOut: Readonly<Record<string, string>> = {
  "comparisons/eq_wrapper": messages,
  "namespace/namespace": "the API gives expressions no container",
  "fields/qualified_identifier_resolution": "the API's variables have no dots in their names",
  "type_deductions/wrappers": messages,
  "type_deductions/legacy_nullable_types": messages,
};

/** Single tests. */
const testsLeftOut: Readonly<Record<string, string>> = {};

type Json = { readonly [key: string]: unknown };
type Original = Json & { name?: string; expr: string };
type Suite = {
  readonly name: string;
  readonly suites?: readonly Suite[];
  readonly tests?: readonly { readonly original: Json }[];
};

const usesMessages =
  /TestAllTypes|NestedTestAllTypes|google\.(?:protobuf\.(?!Timestamp\b|Duration\b)|type|rpc)|cel\.expr|proto\./;

function reasonLeftOut(file: string, section: string, original: Original): string | undefined {
  if (usesMessages.test(JSON.stringify(original))) return messages;
  if (original["container"]) return "the API gives expressions no container";
  const declarations = (original["typeEnv"] ?? []) as Json[];
  if (declarations.some((one) => one["function"])) return "nobody declares functions";
  return testsLeftOut[`${file}/${section}/${original.name}`];
}

const simple: Readonly<Record<string, types.CelType>> = {
  BOOL: types.bool,
  INT64: types.int,
  UINT64: types.uint,
  DOUBLE: types.double,
  STRING: types.string,
  BYTES: types.bytes,
  TIMESTAMP: types.timestamp,
  DURATION: types.duration,
};

/** A type as the data write it. */
function typeFrom(json: Json): types.CelType {
  const { primitive, wellKnown, listType, mapType, typeParam, abstractType, type } = json;
  if (primitive ?? wellKnown) return simple[String(primitive ?? wellKnown)] ?? types.dyn;
  if (listType) return types.listOf(typeFrom((listType as Json)["elemType"] as Json));
  if (mapType) {
    const { keyType, valueType } = mapType as { keyType: Json; valueType: Json };
    return types.mapOf(typeFrom(keyType), typeFrom(valueType));
  }
  if (typeParam) return types.parameter(String(typeParam));
  if (abstractType) {
    const { name, parameterTypes = [] } = abstractType as { name: string; parameterTypes?: Json[] };
    return types.opaque(name, ...parameterTypes.map(typeFrom));
  }
  if (type) return types.typeOfType(typeFrom(type as Json));
  return "null" in json ? types.nullType : types.dyn;
}

const typeNames: Readonly<Record<string, string>> = {
  "google.protobuf.Timestamp": "google.protobuf.Timestamp",
  "google.protobuf.Duration": "google.protobuf.Duration",
};

/** A value as the data write it. */
function valueFrom(json: Json): CelValue {
  const [kind = "", value] = Object.entries(json)[0] ?? [];
  switch (kind) {
    case "nullValue":
      return null;
    case "boolValue":
    case "stringValue":
      return value as CelValue;
    case "int64Value":
      return BigInt(value as string);
    case "uint64Value":
      return new Uint(BigInt(value as string));
    case "doubleValue":
      return value === "NaN" ? Number.NaN : Number(value);
    case "bytesValue":
      return Uint8Array.from(atob(value as string), (letter) => letter.charCodeAt(0));
    case "typeValue":
      return new TypeName(typeNames[value as string] ?? (value as string));
    case "listValue":
      return ((value as Json)["values"] as Json[] | undefined)?.map(valueFrom) ?? [];
    case "mapValue": {
      const entries = ((value as Json)["entries"] ?? []) as { key: Json; value: Json }[];
      return new Map(entries.map((entry) => [valueFrom(entry.key), valueFrom(entry.value)]));
    }
    case "objectValue": {
      const { "@type": type, value: text } = value as Record<string, string>;
      if (type?.endsWith("Timestamp")) return timestampOf(text!);
      if (type?.endsWith("Duration")) return durationOf(text!);
      throw new Error(`no value of ${type}`);
    }
    default:
      throw new Error(`no value of ${kind}`);
  }
}

const alike = (a: CelValue, b: CelValue): boolean => {
  if (typeof a === "number" && typeof b === "number") return Object.is(a, b) || a === b;
  if (isList(a) && isList(b))
    return a.length === b.length && a.every((one, at) => alike(one, b[at]!));
  if (isMap(a) && isMap(b)) return equals(a, b);
  return typeOf(a) === typeOf(b) && equals(a, b);
};

const shown = (value: unknown): string =>
  JSON.stringify(value, (_, one) => {
    if (typeof one === "bigint") return `${one}`;
    if (one instanceof Map) return [...one];
    return one instanceof Timestamp || one instanceof Duration ? String(one.nanos) : one;
  });

/** What the types say against it is passed over. */
function uncheckedProgram(source: string, all: Environment): Program {
  const expression = parseExpression(source, true);
  return program(expression, check(expression, all), all);
}

/** What is wrong; undefined when nothing is. */
function problem(original: Original): string | undefined {
  const { expr, value, evalError, typedResult, disableCheck, checkOnly } = original;
  const declared = ((original["typeEnv"] ?? []) as Json[]).map(({ name, ident }) => [
    String(name),
    typeFrom((ident as Json)["type"] as Json),
  ]);
  const bindings = Object.entries((original["bindings"] ?? {}) as Record<string, { value: Json }>);
  try {
    const variables = Object.fromEntries(declared) as Record<string, types.CelType>;
    const all = environment(variables, { functions: allFunctions, mixed: true, binds: true });
    const compiled =
      disableCheck === true
        ? uncheckedProgram(expr, { ...all, others: true })
        : compileExpression(expr, all);
    const wanted = (typedResult ?? {}) as { result?: Json; deducedType?: Json };
    if (wanted.deducedType) {
      const text = types.typeText(typeFrom(wanted.deducedType));
      if (types.typeText(compiled.type) !== text)
        return `${expr}: is of type ${types.typeText(compiled.type)}, not ${text}`;
    }
    if (checkOnly === true) return undefined;
    const values = Object.fromEntries(bindings.map(([name, one]) => [name, valueFrom(one.value)]));
    const result = compiled.run(values, { cost: 0 });
    if (evalError) return `${expr}: gives ${shown(result)}, should fail`;
    const expected = wanted.result ?? (value as Json | undefined);
    const good = expected === undefined ? result === true : alike(result, valueFrom(expected));
    return good ? undefined : `${expr}: gives ${shown(result)}, not ${shown(expected ?? true)}`;
  } catch (error) {
    if (!(error instanceof CelError || error instanceof CelSyntaxError)) throw error;
    return evalError ? undefined : `${expr}: ${error.message}`;
  }
}

for (const file of (suites as Suite).suites ?? []) {
  const reason = filesLeftOut[file.name];
  test(`conformance: ${file.name}`, { skip: reason ?? false }, () => {
    const problems: string[] = [];
    let asked = 0;
    for (const section of file.suites ?? []) {
      if (sectionsLeftOut[`${file.name}/${section.name}`]) continue;
      for (const { original } of section.tests ?? []) {
        const one = original as Original;
        if (reasonLeftOut(file.name, section.name, one)) continue;
        asked++;
        const found = problem(one);
        if (found) problems.push(`${section.name}/${one.name}: ${found}`);
      }
    }
    assert.deepEqual(problems, []);
    assert.ok(asked > 0);
  });
}
