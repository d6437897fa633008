// Field selectors: `metadata.name=a,spec.nodeName!=b`. Which fields a kind knows is the server's to
// check.
import { badRequest } from "./status-error.ts";

export type FieldRequirement = {
  readonly field: string;
  readonly operator: "=" | "!=";
  readonly value: string;
};

/** All must hold; empty: everything. */
export type FieldSelection = readonly FieldRequirement[];

const noFields: FieldSelection = Object.freeze([]);

/** Throws a StatusError(400) in upstream's words. */
export function parseFieldSelector(text: string): FieldSelection {
  if (text === "") return noFields;
  const requirements: FieldRequirement[] = [];
  for (const term of terms(text).sort()) {
    if (term === "") continue;
    const split = /^(.*?)(!=|==|=)(.*)$/s.exec(term);
    if (split === null) {
      throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    }
    const [, field = "", operator, value = ""] = split;
    const unescaped = unescapeValue(value);
    // What names neither a field nor a value is dropped.
    if (field === "" && unescaped === "") continue;
    requirements.push({ field, operator: operator === "!=" ? "!=" : "=", value: unescaped });
  }
  return Object.freeze(requirements);
}

/** `get` answers a field's value, "" for none. */
export function matchesFields(selection: FieldSelection, get: (field: string) => string): boolean {
  return selection.every((r) => (get(r.field) === r.value) === (r.operator === "="));
}

/** The value that `field` must have, when the selection asks for one. */
export const exactField = (selection: FieldSelection, field: string): string | undefined =>
  selection.find((r) => r.field === field && r.operator === "=")?.value;

/** A value as it stands in the text of a selector. */
export const escapeValue = (value: string): string => value.replace(/[\\,=]/g, "\\$&");

/** Splits at commas that are not escaped. */
function terms(text: string): string[] {
  const result: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === ",") {
      result.push(text.slice(start, i));
      start = i + 1;
    }
  }
  result.push(text.slice(start));
  return result;
}

function unescapeValue(value: string): string {
  let result = "";
  const characters = value[Symbol.iterator]();
  for (const c of characters) {
    if (c === "," || c === "=") {
      const code = c.charCodeAt(0);
      throw badRequest(`invalid field selector: unescaped character in value: ${code}`);
    }
    if (c !== "\\") {
      result += c;
      continue;
    }
    const next = characters.next().value ?? "";
    if (next === "" || !"\\,=".includes(next)) {
      throw badRequest(`invalid field selector: invalid escape sequence: \\${next}`);
    }
    result += next;
  }
  return result;
}
