// The rules that a schema states as expressions (`x-kubernetes-validations`), asked of objects.
//
//   spec: { x-kubernetes-validations: [{ rule: "self.min <= self.max", message: "min is beyond max" }] }
//   refuses  { spec: { min: 2, max: 1 } }  with  spec: Invalid value: min is beyond max

import { CelError } from "./cel/error.ts";
import { compileExpression, type Program } from "./cel/evaluate.ts";
import { tooCostly } from "./cel/spent.ts";
import {
  type CelMap,
  type CelValue,
  Duration,
  Optional,
  Timestamp,
  withIdentity,
} from "./cel/values.ts";
import { isObject } from "./clone.ts";
import { typeAndMetadata } from "./custom-codec.ts";
import { escaped } from "./custom-expression-types.ts";
import { ruleFieldPath } from "./custom-field-path.ts";
import { isUnchanged, sameItem } from "./custom-same.ts";
import { durationNanos } from "./decode-duration.ts";
import { duplicate, fieldForbidden, invalidValue, required } from "./field-error.ts";
import type { Cause } from "./status-error.ts";
import type { JSONSchemaProps, ValidationRule } from "./types/apiextensions-v1.ts";

export { placed } from "./cel/error.ts";

/** What all rules of one object may spend, as upstream allows. */
const costMax = 10_000_000;
const messageLettersMax = 5 * 1024;

export const hasExpressions = (schema: JSONSchemaProps): boolean =>
  (schema["x-kubernetes-validations"]?.length ?? 0) > 0;

/** Causes for which upstream does not ask the rules at all. */
const blocking: ReadonlySet<string> = new Set([
  "FieldValueNotSupported",
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
]);

const unchecked =
  "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";

/** `path`: where the value stands; "" for a whole object. `old`: what stood there before an update. */
type Asked = { readonly path: string; readonly root: boolean; readonly old: unknown };

/** `before`: what is known to be wrong already. */
export function expressionCauses(
  schema: JSONSchemaProps,
  value: unknown,
  { path, root, old }: Asked,
  before: readonly Cause[],
): Cause[] {
  if (before.some(({ reason }) => blocking.has(reason)))
    return [invalidValue("<nil>", null, unchecked)];
  const asking = new Asking();
  try {
    asking.visit({ schema, value, old, path, root });
  } catch (error) {
    if (!(error instanceof Spent)) throw error;
  }
  if (asking.ratcheted.length > 0 && isObject(value)) letBe.set(value, asking.ratcheted);
  return asking.causes;
}

const letBe = new WeakMap<object, readonly string[]>();

/** Rules that `value` broke before the update that `expressionCauses` was asked about, and breaks still. */
export const ratchetedRules = (value: object): readonly string[] => letBe.get(value) ?? [];

/** The rest is not asked any more. */
class Spent extends Error {}

type Place = {
  readonly schema: JSONSchemaProps;
  readonly value: unknown;
  readonly old: unknown;
  readonly path: string;
  readonly root?: boolean;
};

class Asking {
  readonly causes: Cause[] = [];
  readonly ratcheted: string[] = [];
  readonly #spent = { cost: 0 };
  readonly #values = new WeakMap<object, CelValue>();

  visit(place: Place): void {
    const { schema, value, old, path } = place;
    if (value === null || value === undefined || !hasRulesWithin(schema)) return;
    for (const rule of rulesOf(schema)) this.#ask(rule, place);
    if (Array.isArray(value) && isSchema(schema.items)) {
      const items = schema.items;
      value.forEach((item, at) => {
        this.visit({
          schema: items,
          value: item,
          old: itemBefore(item, old, schema),
          path: `${path}[${at}]`,
        });
      });
    } else if (isObject(value)) this.#visitFields(place, value);
  }

  #visitFields({ schema, old, path }: Place, value: Record<string, unknown>): void {
    const before = isObject(old) ? old : {};
    const { properties = {}, additionalProperties: rest } = schema;
    const isRest = isSchema(rest) && hasRulesWithin(rest);
    const names = isRest ? Object.keys(value).sort() : askedNames(properties);
    for (const name of names) {
      const part = Object.hasOwn(properties, name) ? properties[name] : undefined;
      const child = path === "" ? name : `${path}.${name}`;
      if (part !== undefined)
        this.visit({ schema: part, value: value[name], old: before[name], path: child });
      else if (isSchema(rest))
        this.visit({
          schema: rest,
          value: value[name],
          old: before[name],
          path: `${path}[${name}]`,
        });
    }
  }

  #ask({ rule, program, message }: Rule, place: Place): void {
    const { old, value, schema } = place;
    const usesOld = program.names.has("oldSelf");
    const optional = rule.optionalOldSelf === true;
    if (usesOld && (old === undefined || old === null) && !optional) return;
    const variables = this.#variables(place, optional);
    const verdict = this.#run(program, variables, place, rule);
    if (verdict === undefined || verdict === true) return;
    const told = message && this.#message(message, variables);
    const detail = told ?? (rule.message?.trim() || `failed rule: ${rule.rule.trim()}`);
    const joined = pathWithin(place, rule.fieldPath);
    const cause = causeOf(joined || "<nil>", schema, value, { detail, reason: rule.reason });
    // What was as wrong before is let be, but told.
    if (usesOld || old === undefined || old === null || !isUnchanged(value, old, schema))
      this.causes.push(cause);
    else this.ratcheted.push(`${cause.field}: ${cause.message}`);
  }

  #variables({ schema, value, old, root }: Place, optional: boolean): Record<string, CelValue> {
    const self = this.#celValue(value, schema, root);
    const before =
      old === undefined || old === null ? undefined : this.#celValue(old, schema, root);
    if (optional) return { self, oldSelf: new Optional(before) };
    return before === undefined ? { self } : { self, oldSelf: before };
  }

  /** undefined: the rule failed, which has been told. */
  #run(
    program: Program,
    variables: Record<string, CelValue>,
    { path, schema }: Place,
    rule: ValidationRule,
  ): CelValue | undefined {
    const refuse = (why: string): void => {
      this.causes.push(invalidValue(path || "<nil>", schema.type ?? "", why));
    };
    if (this.#spent.cost > costMax) {
      refuse(
        "validation failed due to running out of cost budget, no further validation rules will be run",
      );
      throw new Spent();
    }
    try {
      return program.run(variables, this.#spent);
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      const shown = rule.message?.trim() || rule.rule.trim();
      const why = error.message;
      if (why === tooCostly) {
        refuse(
          `'${why}': no further validation rules will be run due to call cost exceeds limit for rule: ${shown}`,
        );
        throw new Spent();
      }
      if (why.startsWith("no such overload"))
        refuse(
          `'${why}': call arguments did not match a supported operator, function or macro signature for rule: ${shown}`,
        );
      else refuse(`${why} evaluating rule: ${shown}`);
      return undefined;
    }
  }

  /** A message that cannot be made leaves the rule's own. */
  #message(program: Program, variables: Record<string, CelValue>): string | undefined {
    try {
      const text = program.run(variables, this.#spent);
      if (typeof text !== "string") return undefined;
      const trimmed = text.trim();
      const usable =
        trimmed !== "" && trimmed.length <= messageLettersMax && !/[\r\n]/.test(trimmed);
      return usable ? trimmed : undefined;
    } catch (error) {
      if (error instanceof CelError) return undefined;
      throw error;
    }
  }

  /** Objects and lists are made once, however many rules ask for them. */
  #celValue(value: unknown, schema: JSONSchemaProps, root = false): CelValue {
    if (typeof value !== "object" || value === null) return scalarValue(value, schema);
    const known = this.#values.get(value);
    if (known !== undefined) return known;
    const made = Array.isArray(value)
      ? this.#celList(value, schema)
      : this.#celMap(value as Record<string, unknown>, schema, root);
    this.#values.set(value, made);
    return made;
  }

  #celList(list: readonly unknown[], schema: JSONSchemaProps): CelValue {
    const items = isSchema(schema.items) ? schema.items : {};
    const made = list.map((item) => this.#celValue(item, items));
    const type = schema["x-kubernetes-list-type"];
    if (type === "set") return withIdentity(made, type);
    if (type !== "map") return made;
    return withIdentity(made, { keys: (schema["x-kubernetes-list-map-keys"] ?? []).map(escaped) });
  }

  #celMap(value: Record<string, unknown>, schema: JSONSchemaProps, root: boolean): CelMap {
    const { properties, additionalProperties: rest } = schema;
    const embedded = root || schema["x-kubernetes-embedded-resource"] === true;
    const map = new Map<CelValue, CelValue>();
    for (const [name, item] of Object.entries(value)) {
      const part = properties?.[name];
      if (embedded && typeAndMetadata.has(name)) map.set(name, headValue(name, item));
      else if (part !== undefined) {
        // To rules a null is no value.
        if (item !== null) map.set(escaped(name), this.#celValue(item, part));
      } else if (isSchema(rest)) map.set(name, this.#celValue(item, rest));
      else if (properties === undefined) map.set(name, this.#celValue(item, {}));
    }
    return map;
  }
}

const isSchema = (value: unknown): value is JSONSchemaProps => isObject(value);

/** Of metadata, rules see the names alone. */
function headValue(name: string, value: unknown): CelValue {
  if (name !== "metadata" || !isObject(value)) return String(value);
  const names = ["name", "generateName"].filter((field) => typeof value[field] === "string");
  return new Map(names.map((field) => [field, value[field] as string]));
}

function scalarValue(value: unknown, { type, format }: JSONSchemaProps): CelValue {
  if (typeof value === "number")
    return type !== "number" && Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value === "bigint") return type === "number" ? Number(value) : value;
  if (typeof value !== "string" || type !== "string") return (value ?? null) as CelValue;
  switch (format) {
    case "date":
    case "date-time":
      return new Timestamp(Date.parse(value));
    case "duration":
      return new Duration(durationNanos(value));
    case "byte":
      return Uint8Array.from(atob(value), (letter) => letter.charCodeAt(0));
    default:
      return value;
  }
} /** The item of the same keys before the update. */
const itemBefore = (item: unknown, old: unknown, schema: JSONSchemaProps): unknown =>
  schema["x-kubernetes-list-type"] === "map"
    ? sameItem(item, old, schema["x-kubernetes-list-map-keys"] ?? [])
    : undefined;

type Rule = {
  readonly rule: ValidationRule;
  readonly program: Program;
  readonly message: Program | undefined;
};

const within = new WeakMap<JSONSchemaProps, boolean>();

/** Whether a schema, or one of a part of its values, has rules. */
function hasRulesWithin(schema: JSONSchemaProps): boolean {
  let found = within.get(schema);
  if (found === undefined) {
    const { properties = {}, additionalProperties: rest, items } = schema;
    const parts = [...Object.values(properties), rest, items].filter(isSchema);
    found = hasExpressions(schema) || parts.some(hasRulesWithin);
    within.set(schema, found);
  }
  return found;
}

const asked = new WeakMap<object, readonly string[]>();

/** Names of the fields with rules, sorted. */
function askedNames(properties: Readonly<Record<string, JSONSchemaProps>>): readonly string[] {
  let names = asked.get(properties);
  if (names === undefined) {
    names = Object.keys(properties)
      .filter((name) => hasRulesWithin(properties[name]!))
      .sort();
    asked.set(properties, names);
  }
  return names;
}

const compiled = new WeakMap<JSONSchemaProps, readonly Rule[]>();
const noRules: readonly Rule[] = [];

function rulesOf(schema: JSONSchemaProps): readonly Rule[] {
  if (!hasExpressions(schema)) return noRules;
  let rules = compiled.get(schema);
  if (rules === undefined) {
    rules = schema["x-kubernetes-validations"]!.map((rule) => ({
      rule,
      program: compileExpression(rule.rule),
      message: rule.messageExpression ? compileExpression(rule.messageExpression) : undefined,
    }));
    compiled.set(schema, rules);
  }
  return rules;
}

/** The path of the field that the rule speaks of. */
function pathWithin({ path, schema }: Place, fieldPath: string | undefined): string {
  const suffix = fieldPath ? (ruleFieldPath(fieldPath, schema) ?? "") : "";
  if (suffix === "" || path === "") return path + suffix;
  return suffix.startsWith("[") ? path + suffix : `${path}.${suffix}`;
}

type Told = { readonly detail: string; readonly reason: ValidationRule["reason"] };

/** The value of an object or a list is not shown. */
function causeOf(
  path: string,
  { type }: JSONSchemaProps,
  value: unknown,
  { detail, reason }: Told,
): Cause {
  const whole = type === "object" || type === "array";
  switch (reason) {
    case "FieldValueForbidden":
      return fieldForbidden(path, detail);
    case "FieldValueRequired":
      return required(path, detail);
    case "FieldValueDuplicate":
      return whole ? { reason, message: "Duplicate value", field: path } : duplicate(path, value);
    default:
      return whole
        ? { reason: "FieldValueInvalid", message: `Invalid value: ${detail}`, field: path }
        : invalidValue(path, value, detail);
  }
}
