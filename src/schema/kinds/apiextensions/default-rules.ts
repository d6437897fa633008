// Defaults of a schema must be good values themselves, without fields that would be dropped.
import { isObject } from "../../clone.ts";
import { unknownFields } from "../../custom-codec.ts";
import { customCheck } from "../../custom-validate.ts";
import { invalidValue, required } from "../../field-error.ts";
import type { Cause } from "../../status-error.ts";
import type { JSONSchemaProps } from "../../types/apiextensions-v1.ts";

/** `schema` is structural. */
export function defaultProblems(path: string, schema: JSONSchemaProps): Cause[] {
  const causes: Cause[] = [];
  const { default: value, items, properties = {} } = schema;
  if (value !== undefined) {
    const at = `${path}.default`;
    if (unknownFields(value, schema).length > 0)
      causes.push(invalidValue(at, value, "must not have unknown fields"));
    causes.push(...customCheck(schema, at)(value));
    if (schema["x-kubernetes-embedded-resource"] === true && isObject(value)) {
      const missing = ["apiVersion", "kind"].filter((name) => !value[name]);
      causes.push(...missing.map((name) => required(`${at}.${name}`)));
    }
  }
  if (items !== undefined && !Array.isArray(items))
    causes.push(...defaultProblems(`${path}.items`, items));
  for (const [name, part] of Object.entries(properties))
    causes.push(...defaultProblems(`${path}.properties[${name}]`, part));
  return causes;
}
