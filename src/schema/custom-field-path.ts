// The field that a rule speaks of, from where the rule stands: `.spec.min`, `.labels['a.b']`.
import type { JSONSchemaProps } from "./types/apiextensions-v1.ts";

const words = /'(?:[^'\\]|\\.)*'|[.[\]]|[^.[\]]+/gy;

/**
 * As it is told in errors: `spec.min`, `labels[a.b]`. undefined for a path that names nothing in the schema. Lists are not
 * walked through.
 */
export function ruleFieldPath(path: string, schema: JSONSchemaProps): string | undefined {
  const tokens = path.match(words) ?? [];
  if (tokens.join("") !== path) return undefined;
  let place: JSONSchemaProps | undefined = schema;
  let told = "";
  for (let at = 0; at < tokens.length; ) {
    if (place === undefined) return undefined;
    const name: string | undefined =
      tokens[at] === "."
        ? plain(tokens[at + 1])
        : tokens[at] === "["
          ? quoted(tokens, at)
          : undefined;
    if (name === undefined) return undefined;
    at += tokens[at] === "." ? 2 : 3;
    const { properties, additionalProperties: rest }: JSONSchemaProps = place;
    if (properties !== undefined) {
      if (!Object.hasOwn(properties, name)) return undefined;
      told += told === "" ? name : `.${name}`;
      place = properties[name];
    } else if (typeof rest === "object") {
      told += `[${name}]`;
      place = rest;
    } else return undefined;
  }
  return told === "" ? undefined : told;
}

const plain = (token: string | undefined): string | undefined =>
  token === undefined || /^[.[\]']/.test(token) ? undefined : token;

function quoted(tokens: readonly string[], at: number): string | undefined {
  const text = tokens[at + 1] ?? "";
  if (!/^'[\s\S]*'$/.test(text) || text.length < 2 || tokens[at + 2] !== "]") return undefined;
  return text.slice(1, -1).replace(/\\(['\\])/g, "$1");
}
