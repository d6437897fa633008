// A schema is structural when it says of every value what it is outside of `allOf`, `anyOf`,
// `oneOf` and `not`: these may only narrow it. Without that nobody could tell which fields are
// unknown.
import { pattern } from "../../custom-pattern.ts";
import { fieldForbidden, invalidValue, required } from "../../field-error.ts";
import { semanticEqual } from "../../semantic-equal.ts";
import type { Cause } from "../../status-error.ts";
import type { JSONSchemaProps } from "../../types/apiextensions-v1.ts";

/** Sorted as upstream tells them. */
export function structuralProblems(path: string, schema: JSONSchemaProps): Cause[] {
  const causes = [...invariants(path, schema, "root"), ...completeness(path, schema)];
  const text = ({ field, message }: Cause): string => `${field}: ${message}`;
  return causes.sort((a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0));
}

type Level = "root" | "item" | "field";

const missingType: Readonly<Record<Level, string>> = {
  root: "must not be empty at the root",
  item: "must not be empty for specified array items",
  field: "must not be empty for specified object fields",
};

function invariants(path: string, schema: JSONSchemaProps, level: Level): Cause[] {
  const causes: Cause[] = [];
  const { type, items, properties = {}, additionalProperties: rest } = schema;
  if (type === "array" && (items === undefined || Array.isArray(items)))
    causes.push(required(`${path}.items`, "must be specified"));
  if (items !== undefined && !Array.isArray(items))
    causes.push(...invariants(`${path}.items`, items, "item"));
  for (const [name, part] of Object.entries(properties))
    causes.push(...invariants(`${path}.properties[${name}]`, part, "field"));
  if (rest !== undefined && level === "root")
    causes.push(fieldForbidden(`${path}.additionalProperties`, "must not be used at the root"));
  if (typeof rest === "object")
    causes.push(...invariants(`${path}.additionalProperties`, rest, "field"));
  causes.push(...extensions(path, schema, level));
  causes.push(...valueRules(path, schema, integerOrString(schema)));
  causes.push(...metadataRules(path, schema, level));
  return causes;
}

function extensions(path: string, schema: JSONSchemaProps, level: Level): Cause[] {
  const causes: Cause[] = [];
  const keeps = schema["x-kubernetes-preserve-unknown-fields"] === true;
  const embedded = schema["x-kubernetes-embedded-resource"] === true;
  const either = schema["x-kubernetes-int-or-string"] === true;
  const type = schema.type ?? "";
  const why = "must be false if x-kubernetes-int-or-string is true";
  if (either && keeps)
    causes.push(invalidValue(`${path}.x-kubernetes-preserve-unknown-fields`, true, why));
  if (either && embedded)
    causes.push(invalidValue(`${path}.x-kubernetes-embedded-resource`, true, why));
  if (embedded && type !== "object") {
    const must = "must be object if x-kubernetes-embedded-resource is true";
    causes.push(
      type === "" ? required(`${path}.type`, must) : invalidValue(`${path}.type`, type, must),
    );
  } else if (type === "" && !either && !keeps)
    causes.push(required(`${path}.type`, missingType[level]));
  if (embedded && schema.additionalProperties !== undefined)
    causes.push(
      fieldForbidden(
        `${path}.additionalProperties`,
        "must not be used if x-kubernetes-embedded-resource is set",
      ),
    );
  if (level === "root" && type !== "" && type !== "object")
    causes.push(invalidValue(`${path}.type`, type, "must be object at the root"));
  if (embedded && !keeps && Object.keys(schema.properties ?? {}).length === 0)
    causes.push(
      required(
        `${path}.properties`,
        "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
      ),
    );
  return causes;
}

function metadataRules(path: string, schema: JSONSchemaProps, level: Level): Cause[] {
  const causes: Cause[] = [];
  const whole = level === "root" || schema["x-kubernetes-embedded-resource"] === true;
  const { kind, apiVersion, metadata } = schema.properties ?? {};
  for (const [name, part] of Object.entries({ kind, apiVersion }))
    if (whole && part !== undefined && part.type !== "string")
      causes.push(
        invalidValue(`${path}.properties[${name}].type`, part.type ?? "", "must be string"),
      );
  if (metadata === undefined) return causes;
  const at = `${path}.properties[metadata]`;
  if (whole && metadata.type !== "object")
    causes.push(invalidValue(`${at}.type`, metadata.type ?? "", "must be object"));
  if (level === "root" && !onlyNames(metadata))
    causes.push(
      fieldForbidden(
        at,
        "must not specify anything other than name and generateName, but metadata is implicitly specified",
      ),
    );
  return causes;
}

function onlyNames({ type: _, default: __, properties = {}, ...others }: JSONSchemaProps): boolean {
  const names = Object.keys(properties);
  return (
    Object.keys(others).length === 0 &&
    names.every((name) => name === "name" || name === "generateName")
  );
}

const eitherType = [{ type: "integer" }, { type: "string" }];

type Skips = { readonly anyOf: boolean; readonly firstAllOf: boolean };
const noSkips: Skips = { anyOf: false, firstAllOf: false };

/** The two ways in which a schema may name the types of x-kubernetes-int-or-string again. */
function integerOrString({ anyOf, allOf }: JSONSchemaProps): Skips {
  return {
    anyOf: semanticEqual(anyOf, eitherType),
    firstAllOf: semanticEqual(allOf?.[0]?.anyOf, eitherType),
  };
}

function valueRules(path: string, schema: JSONSchemaProps, skips: Skips): Cause[] {
  const causes: Cause[] = [];
  if (!skips.anyOf)
    schema.anyOf?.forEach((one, at) => {
      causes.push(...nested(`${path}.anyOf[${at}]`, one, noSkips));
    });
  schema.allOf?.forEach((one, at) => {
    const first = at === 0 && skips.firstAllOf;
    causes.push(...nested(`${path}.allOf[${at}]`, one, { ...noSkips, anyOf: first }));
  });
  schema.oneOf?.forEach((one, at) => {
    causes.push(...nested(`${path}.oneOf[${at}]`, one, noSkips));
  });
  if (schema.not) causes.push(...nested(`${path}.not`, schema.not, noSkips));
  if (schema.pattern) causes.push(...patternProblems(`${path}.pattern`, schema.pattern));
  return causes;
}

function patternProblems(path: string, expression: string): Cause[] {
  try {
    pattern(expression);
    return [];
  } catch (error) {
    const why = goMessage(error instanceof Error ? error.message : String(error));
    const must = `must be a valid regular expression, but isn't: ${why}`;
    return [invalidValue(path, expression, must)];
  }
}

/** Go names the place of the fault even where there is none left. */
const goMessage = (why: string): string =>
  why.endsWith("at end of expression") ? `${why}: \`\`` : why;

/** What may not stand within a junctor. */
const structure: readonly (readonly [keyof JSONSchemaProps, string])[] = [
  ["type", "must be empty to be structural"],
  ["additionalProperties", "must be undefined to be structural"],
  ["default", "must be undefined to be structural"],
  ["title", "must be empty to be structural"],
  ["description", "must be empty to be structural"],
  ["nullable", "must be false to be structural"],
  ["x-kubernetes-preserve-unknown-fields", "must be false to be structural"],
  ["x-kubernetes-embedded-resource", "must be false to be structural"],
  ["x-kubernetes-int-or-string", "must be false to be structural"],
  ["x-kubernetes-list-map-keys", "must be empty to be structural"],
  ["x-kubernetes-list-type", "must be undefined to be structural"],
  ["x-kubernetes-map-type", "must be undefined to be structural"],
  ["x-kubernetes-validations", "must be empty to be structural"],
];

function nested(path: string, schema: JSONSchemaProps, skips: Skips): Cause[] {
  const causes = valueRules(path, schema, skips);
  const { items, properties = {} } = schema;
  if (items !== undefined && !Array.isArray(items))
    causes.push(...nested(`${path}.items`, items, noSkips));
  for (const [name, part] of Object.entries(properties))
    causes.push(...nested(`${path}.properties[${name}]`, part, noSkips));
  for (const [field, why] of structure) {
    const value = schema[field];
    const empty = value === undefined || value === "" || value === false;
    if (!empty && !(Array.isArray(value) && value.length === 0))
      causes.push(fieldForbidden(`${path}.${field}`, why));
  }
  if (properties["metadata"] !== undefined)
    causes.push(
      fieldForbidden(`${path}.properties[metadata]`, "must not be specified in a nested context"),
    );
  return causes;
}

const junctors = ["allOf", "anyOf", "oneOf"] as const;

/** Fields and items of the root's junctors must also be said outside of them. */
const completeness = (path: string, schema: JSONSchemaProps): Cause[] =>
  junctions(schema, path, (one, at) => missingIn(one, schema, { path, at }));

function junctions(
  schema: JSONSchemaProps,
  path: string,
  look: (narrowing: JSONSchemaProps, path: string) => Cause[],
): Cause[] {
  const causes = schema.not === undefined ? [] : look(schema.not, `${path}.not`);
  for (const name of junctors)
    for (const [at, one] of (schema[name] ?? []).entries())
      causes.push(...look(one, `${path}.${name}[${at}]`));
  return causes;
}

/** `path`: where `schema` stands; `at`: where the narrowing does. */
function missingIn(
  narrowing: JSONSchemaProps,
  schema: JSONSchemaProps | undefined,
  { path, at }: { readonly path: string; readonly at: string },
): Cause[] {
  if (schema === undefined) return [required(path, `because it is defined in ${at}`)];
  const causes = junctions(narrowing, at, (one, inner) =>
    missingIn(one, schema, { path, at: inner }),
  );
  const below = (name: string) => ({ path: `${path}.${name}`, at: `${at}.${name}` });
  const { items, properties = {} } = narrowing;
  if (items !== undefined && !Array.isArray(items))
    causes.push(...missingIn(items, schema.items as JSONSchemaProps | undefined, below("items")));
  for (const [name, part] of Object.entries(properties))
    causes.push(...missingIn(part, schema.properties?.[name], below(`properties[${name}]`)));
  return causes;
}
