// Fields by whose values lists may be asked for.
import { isObject } from "../../clone.ts";
import { duplicate, required, tooMany } from "../../field-error.ts";
import type { JSONSchemaProps, SelectableField } from "../../types/apiextensions-v1.ts";
import { invalid, type Out } from "../checks.ts";

const selectableMax = 8;

export function checkSelectable(
  out: Out,
  path: string,
  fields: readonly SelectableField[] = [],
  schema: JSONSchemaProps | undefined,
): void {
  const seen = new Set<string>();
  for (const [i, { jsonPath }] of fields.entries()) {
    const at = `${path}[${i}].jsonPath`;
    if (!jsonPath) {
      out.push(required(at));
      continue;
    }
    const found = schemaAt(schema, jsonPath);
    if (typeof found === "string") {
      invalid(out, at, jsonPath, `is an invalid path: ${found}`);
      continue;
    }
    if (/^\.metadata(?:\.|$)/.test(jsonPath))
      invalid(out, at, jsonPath, "must not point to fields in metadata");
    if (!["string", "boolean", "integer"].includes(found.type ?? ""))
      invalid(
        out,
        at,
        jsonPath,
        "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.",
      );
    if (seen.has(jsonPath)) out.push(duplicate(at, jsonPath));
    seen.add(jsonPath);
  }
  if (seen.size > selectableMax) out.push(tooMany(path, seen.size, selectableMax));
}

/** Delimiters, and what stands between them; a text in single quotes is one word. */
const words = /'(?:[^'\\]|\\.)*'|[.[\]]|[^.[\]]+/g;

/** The schema of the field that a path of names leads to, or why there is none. */
function schemaAt(schema: JSONSchemaProps | undefined, path: string): JSONSchemaProps | string {
  const tokens = path.match(words) ?? [];
  let place = schema ?? {};
  for (let i = 0; i < tokens.length; i += 2) {
    const token = tokens[i];
    if (token === "[") return "array notation is not allowed";
    if (token !== ".") return `expected [ or . but got: ${token}`;
    const name = tokens[i + 1];
    if (name === undefined) return "unexpected end of JSON path";
    const { properties, additionalProperties: rest } = place;
    const part = properties ? properties[name] : isObject(rest) ? rest : undefined;
    if (part === undefined || (properties && !Object.hasOwn(properties, name)))
      return "does not refer to a valid field";
    place = part as JSONSchemaProps;
  }
  return place;
}
