// The vocabulary in which validation refuses a value: upstream's field errors as causes of a Status.
import { jsonText, quoted } from "./quoted.ts";
import type { Cause } from "./status-error.ts";

/** How Go prints the bad value inside a message: strings quoted, objects as compact JSON. */
function shown(value: unknown): string {
  return typeof value === "string" ? quoted(value) : jsonText(value);
}

export const required = (field: string, detail = ""): Cause => ({
  reason: "FieldValueRequired",
  message: detail === "" ? "Required value" : `Required value: ${detail}`,
  field,
});

export const invalidValue = (field: string, value: unknown, detail: string): Cause => ({
  reason: "FieldValueInvalid",
  message: `Invalid value: ${shown(value)}${detail === "" ? "" : `: ${detail}`}`,
  field,
});

/** `values` in the order in which they are to be shown; upstream sorts them. */
export const notSupported = (field: string, value: unknown, values: readonly string[]): Cause => ({
  reason: "FieldValueNotSupported",
  message: `Unsupported value: ${shown(value)}: supported values: ${values.map((v) => `"${v}"`).join(", ")}`,
  field,
});

export const duplicate = (field: string, value: unknown): Cause => ({
  reason: "FieldValueDuplicate",
  message: `Duplicate value: ${shown(value)}`,
  field,
});

export const fieldForbidden = (field: string, detail: string): Cause => ({
  reason: "FieldValueForbidden",
  message: `Forbidden: ${detail}`,
  field,
});

export const fieldNotFound = (field: string, value: unknown): Cause => ({
  reason: "FieldValueNotFound",
  message: `Not found: ${shown(value)}`,
  field,
});

export const tooLong = (field: string, bytesMax: number): Cause => ({
  reason: "FieldValueTooLong",
  message: `Too long: may not be more than ${bytesMax} ${bytesMax === 1 ? "byte" : "bytes"}`,
  field,
});

export const tooMany = (field: string, count: number, countMax: number): Cause => ({
  reason: "FieldValueTooMany",
  message: `Too many: ${count}: must have at most ${countMax} ${countMax === 1 ? "item" : "items"}`,
  field,
});

export const typeInvalid = (field: string, value: unknown, detail: string): Cause => ({
  reason: "FieldValueTypeInvalid",
  message: `Invalid value: ${shown(value)}: ${detail}`,
  field,
});

/** `at("spec", "containers", 0, "name")` is `spec.containers[0].name`; keys of maps: `keyed(path, key)`. */
export const keyed = (field: string, key: string): string => `${field}[${key}]`;
export const item = (field: string, index: number): string => `${field}[${index}]`;
