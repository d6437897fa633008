// Whether a value is what the schema of a custom resource asks for. A schema is compiled once.
//
// On an update a part that did not change is not refused, even when it breaks a rule that was added
// later.

import { equal } from "../lib/equal.ts";
import { isObject } from "./clone.ts";
import { formatOf } from "./custom-formats.ts";
import { type Pattern, pattern } from "./custom-pattern.ts";
import { Report } from "./custom-report.ts";
import { isUnchanged, sameItem } from "./custom-same.ts";
import type { Cause } from "./status-error.ts";
import type { JSONSchemaProps } from "./types/apiextensions-v1.ts";

/** `old`: what stands there before an update; undefined where nothing does. */
export type Check = (value: unknown, old?: unknown) => Cause[];

/**
 * `field`: where the value stands in its object; "" for the object itself. Patterns must be loaded.
 */
export function customCheck(schema: JSONSchemaProps, field = ""): Check {
  const validate = validator(schema);
  return (value, old) => {
    const report = new Report();
    validate(value, "", old, report);
    return report.causes(field);
  };
}

type Validate = (value: unknown, path: string, old: unknown, report: Report) => void;

const compiled = new WeakMap<JSONSchemaProps, Validate>();

function validator(schema: JSONSchemaProps): Validate {
  let validate = compiled.get(schema);
  if (validate === undefined) {
    validate = compile(schema);
    compiled.set(schema, validate);
  }
  return validate;
}

function compile(schema: JSONSchemaProps): Validate {
  const types = typesOf(schema);
  const format = usedFormat(schema, types);
  const checkType = typeCheck(types, format, schema.nullable === true);
  const checkAlternatives = alternativesCheck(schema);
  const checkText = textCheck(schema);
  const checkNumber = numberCheck(schema, types, format);
  const checkItems = itemsCheck(schema);
  const checkFields = fieldsCheck(schema);
  const checkFormat = format === "" ? undefined : formatOf(format);
  const hasType = types.length > 0 || format !== "";
  const values = schema.enum;
  const checkValues: Validate = (value, path, _old, report) => {
    if (
      values !== undefined &&
      values.length > 0 &&
      !values.some((one) => one !== null && equal(one, value))
    )
      report.enum(path, value, values);
  };
  return (value, path, old, report) => {
    if (value === null || value === undefined) {
      checkType(null, path, old, report);
      checkValues(null, path, old, report);
      return;
    }
    if (hasType) {
      checkType(value, path, old, report);
      report.held++;
    }
    checkAlternatives(value, path, old, report);
    if (typeof value === "string") {
      checkText(value, path, old, report);
      if (checkFormat !== undefined && !checkFormat(value)) report.type(path, format, value);
      report.held += checkFormat === undefined ? 1 : 2;
    } else if (typeof value === "number" || typeof value === "bigint") {
      checkNumber(value, path, old, report);
    } else if (Array.isArray(value)) checkItems(value, path, old, report);
    checkValues(value, path, old, report);
    if (isObject(value)) checkFields(value, path, old, report);
    report.held += 2;
  };
}

const typesOf = (schema: JSONSchemaProps): readonly string[] => {
  if (schema["x-kubernetes-int-or-string"] === true) return ["integer", "string"];
  return schema.type ? [schema.type] : [];
};

const numberFormats: Readonly<Record<string, readonly string[]>> = {
  integer: ["int32", "int64"],
  number: ["float", "double"],
};

/** A format that the type does not know is only a note to the reader. */
function usedFormat({ format = "" }: JSONSchemaProps, types: readonly string[]): string {
  const type = types.length === 1 ? types[0]! : "";
  if (type === "" || type === "string") return formatOf(format) === undefined ? "" : format;
  return numberFormats[type]?.includes(format) ? format : "";
}

/** Upstream's name of a value's type, and of its form in Go. */
function kindOf(value: unknown): [type: string, form: string] {
  if (value === null) return ["null", ""];
  if (Array.isArray(value)) return ["array", ""];
  if (typeof value === "bigint") return ["integer", "int64"];
  if (typeof value === "number")
    return Number.isSafeInteger(value) ? ["integer", "int64"] : ["number", "float64"];
  return [typeof value, ""];
}

function typeCheck(types: readonly string[], format: string, nullable: boolean): Validate {
  const numeric = types.includes("number") || types.includes("integer");
  return (value, path, _old, report) => {
    const [type, form] = kindOf(value);
    if (value === null) {
      if (types.length > 0 && !nullable) report.type(path, types.join(","), type);
      else report.held++;
      return;
    }
    const known = types.includes(type) || (type === "integer" && types.includes("number"));
    const textual = type === "string" || type === "array";
    if (!textual && format !== "" && !known && form !== format)
      return report.type(path, format, form);
    if (!known && !(textual && format !== "" && !numeric))
      return report.type(path, types.join(","), type);
    report.held++;
  };
}

function alternativesCheck({ anyOf = [], oneOf = [], allOf = [], not }: JSONSchemaProps): Validate {
  const any = anyOf.map(validator);
  const one = oneOf.map(validator);
  const all = allOf.map(validator);
  const none = not && validator(not);
  return (value, path, old, report) => {
    const tried = (validate: Validate): Report => {
      const own = new Report();
      validate(value, path, old, own);
      return own;
    };
    const quoted = JSON.stringify(path);
    if (any.length > 0) {
      const reports = untilValid(any, tried);
      const valid = reports.find((each) => each.isValid);
      if (valid === undefined)
        report.nowhere(`${quoted} must validate at least one schema (anyOf)`);
      report.merge(valid ?? closest(reports));
    }
    if (one.length > 0) {
      const reports = one.map(tried);
      const valid = reports.filter((each) => each.isValid);
      if (valid.length === 1) report.merge(valid[0]!);
      else {
        const found =
          valid.length === 0 ? "Found none valid" : `Found ${valid.length} valid alternatives`;
        report.nowhere(`${quoted} must validate one and only one schema (oneOf). ${found}`);
        if (valid.length === 0) report.merge(closest(reports));
      }
    }
    if (all.length > 0) {
      const reports = all.map(tried);
      for (const each of reports) report.merge(each);
      const valid = reports.filter((each) => each.isValid).length;
      if (valid < all.length)
        report.nowhere(
          `${quoted} must validate all the schemas (allOf)${valid === 0 ? ". None validated" : ""}`,
        );
    }
    if (none !== undefined && tried(none).isValid)
      report.nowhere(`${quoted} must not validate the schema (not)`);
    report.held += 2;
  };
}

function untilValid(alternatives: readonly Validate[], tried: (v: Validate) => Report): Report[] {
  const reports: Report[] = [];
  for (const validate of alternatives) {
    const report = tried(validate);
    reports.push(report);
    if (report.isValid) break;
  }
  return reports;
}

/** The first of those that held most. */
const closest = (reports: readonly Report[]): Report =>
  reports.reduce((best, report) => (report.held > best.held ? report : best));

function textCheck({ maxLength, minLength, pattern: expression }: JSONSchemaProps): Validate {
  const test: Pattern | undefined = expression ? pattern(expression) : undefined;
  return (value, path, _old, report) => {
    const text = value as string;
    const length = maxLength === undefined && minLength === undefined ? 0 : letters(text);
    if (maxLength !== undefined && length > maxLength) report.tooLong(path, maxLength);
    else if (minLength !== undefined && length < minLength)
      report.invalid(path, text, `should be at least ${minLength} chars long`);
    else if (test !== undefined && !test(text))
      report.invalid(path, text, `should match '${expression}'`);
  };
}

/** Unicode letters, not units of UTF-16. */
function letters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function numberCheck(schema: JSONSchemaProps, types: readonly string[], format: string): Validate {
  const { multipleOf, maximum, minimum } = schema;
  const integer = types.length === 1 && types[0] === "integer";
  return (value, path, _old, report) => {
    const number = Number(value);
    // Upstream compares whole numbers with the whole part of a bound.
    const boundFor = (bound: number): number =>
      Number.isInteger(number) && !integer ? Math.trunc(bound) : bound;
    if (integer && !fits(value as number | bigint, format)) {
      const kind = format === "" ? "(default format)" : `with format ${format}`;
      report.nowhere(`Checked value must be of type integer ${kind} in ${path}`);
    }
    if (multipleOf !== undefined && !isMultiple(number, multipleOf))
      report.invalid(path, value, `should be a multiple of ${goNumber(multipleOf, number)}`);
    if (maximum !== undefined) {
      const open = schema.exclusiveMaximum === true;
      const bound = boundFor(maximum);
      if (open ? number >= bound : number > bound)
        report.invalid(
          path,
          value,
          `should be less than ${open ? "" : "or equal to "}${goNumber(maximum, number)}`,
        );
    }
    if (minimum !== undefined) {
      const open = schema.exclusiveMinimum === true;
      const bound = boundFor(minimum);
      if (open ? number <= bound : number < bound)
        report.invalid(
          path,
          value,
          `should be greater than ${open ? "" : "or equal to "}${goNumber(minimum, number)}`,
        );
    }
    report.held += 2;
  };
}

function fits(value: number | bigint, format: string): boolean {
  if (typeof value === "number" && !Number.isInteger(value)) return false;
  const whole = BigInt(value);
  const bits = format === "int32" ? 31n : 63n;
  return whole >= -(2n ** bits) && whole < 2n ** bits;
}

/** Dividing by a fraction is less exact than multiplying by its inverse. */
function isMultiple(value: number, factor: number): boolean {
  const times = factor < 1 ? (1 / factor) * value : value / factor;
  return Number.isInteger(times) || Math.abs(times - Math.round(times)) < 1e-9 * Math.abs(times);
}

/** A bound as Go shows it: whole beside a whole number, else with an exponent from a million on. */
function goNumber(bound: number, value: number): string {
  if (Number.isInteger(value)) return String(Math.trunc(bound));
  if (bound === 0 || (Math.abs(bound) < 1e6 && Math.abs(bound) >= 1e-4)) return String(bound);
  return bound.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
}

function itemsCheck({
  items,
  minItems,
  maxItems,
  uniqueItems,
  ...schema
}: JSONSchemaProps): Validate {
  const part = items === undefined || Array.isArray(items) ? undefined : partOf(items);
  const keys =
    schema["x-kubernetes-list-type"] === "map"
      ? (schema["x-kubernetes-list-map-keys"] ?? [])
      : undefined;
  return (value, path, old, report) => {
    const list = value as readonly unknown[];
    if (part !== undefined) {
      list.forEach((item, index) => {
        ratcheted(part, item, `${path}[${index}]`, sameItem(item, old, keys), report);
      });
    }
    if (minItems !== undefined && list.length < minItems)
      report.invalid(path, list.length, `should have at least ${minItems} items`);
    if (maxItems !== undefined && list.length > maxItems)
      report.tooMany(path, "items", list.length, maxItems);
    if (
      uniqueItems === true &&
      list.some((item, at) => list.slice(0, at).some((one) => equal(one, item)))
    )
      report.invalid(path, "", "shouldn't contain duplicates");
    report.held += 2;
  };
}

function fieldsCheck(schema: JSONSchemaProps): Validate {
  const {
    minProperties,
    maxProperties,
    properties = {},
    additionalProperties,
    required = [],
  } = schema;
  const rest = typeof additionalProperties === "object" ? partOf(additionalProperties) : undefined;
  const parts = Object.keys(properties)
    .sort()
    .map((name) => ({ name, part: partOf(properties[name]!) }));
  const atomic = schema["x-kubernetes-map-type"] === "atomic";
  return (value, path, old, report) => {
    const object = value as Record<string, unknown>;
    const before = !atomic && isObject(old) ? old : {};
    const count =
      minProperties === undefined && maxProperties === undefined ? 0 : Object.keys(object).length;
    if (minProperties !== undefined && count < minProperties)
      report.invalid(path, count, `should have at least ${minProperties} properties`);
    if (maxProperties !== undefined && count > maxProperties)
      report.tooMany(path, "properties", count, maxProperties);
    if (additionalProperties !== undefined && additionalProperties !== true) {
      for (const key of Object.keys(object)) {
        if (Object.hasOwn(properties, key)) continue;
        if (rest === undefined) report.invalid(path, key, `.${key} is a forbidden property`);
        else ratcheted(rest, object[key], `${path}.${key}`, before[key], report);
      }
    }
    for (const { name, part } of parts) {
      if (!Object.hasOwn(object, name) || object[name] === undefined) continue;
      const place = path === "" ? name : `${path}.${name}`;
      ratcheted(part, object[name], place, before[name], report);
    }
    for (const name of required) {
      if (!Object.hasOwn(object, name) || object[name] === undefined)
        report.required(`${path}.${name}`);
    }
  };
}

type Part = { readonly schema: JSONSchemaProps; readonly validate: Validate };

const partOf = (schema: JSONSchemaProps): Part => ({ schema, validate: validator(schema) });

/** What was as wrong before is let be. */
function ratcheted(
  { schema, validate }: Part,
  value: unknown,
  path: string,
  old: unknown,
  report: Report,
): void {
  const before = report.problems.length;
  validate(value, path, old, report);
  if (report.problems.length > before && old !== undefined && isUnchanged(value, old, schema))
    report.problems.length = before;
}
