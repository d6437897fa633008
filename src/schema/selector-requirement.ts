// One requirement of a label selector: its rules, its text, what it holds for.
import { invalidValue, item, keyed } from "./field-error.ts";
import { checkLabelValue, checkQualifiedName } from "./names.ts";
import { badRequest, type Cause } from "./status-error.ts";

export type Labels = Readonly<Record<string, string>> | undefined;

export type Operator =
  | "in"
  | "notin"
  | "="
  | "=="
  | "!="
  | "gt"
  | "lt"
  | "exists"
  | "!"
  /** Holds for nothing. */
  | "never";

export type Requirement = {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
};

export function holds({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case "=":
    case "==":
    case "in":
      return value !== undefined && values.includes(value);
    case "!=":
    case "notin":
      return value === undefined || !values.includes(value);
    case "exists":
      return value !== undefined;
    case "!":
      return value === undefined;
    case "gt":
    case "lt": {
      const [a, b] = [int64(value), int64(values[0])];
      return a !== undefined && b !== undefined && (operator === "gt" ? a > b : a < b);
    }
    case "never":
      return false;
  }
}

export function printRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case "exists":
      return key;
    case "!":
      return `!${key}`;
    case "in":
    case "notin":
      return `${key} ${operator} (${[...values].sort().join(",")})`;
    default:
      return `${key}${{ gt: ">", lt: "<" }[operator as string] ?? operator}${values.join(",")}`;
  }
}

/** Throws a StatusError(400) in upstream's words for what breaks a rule. `values` are kept. */
export function makeRequirement(key: string, operator: Operator, values: string[]): Requirement {
  const causes: Cause[] = [];
  const named = checkQualifiedName(key);
  if (named.length > 0) causes.push(invalidValue("key", key, named.join("; ")));
  const refuse = (detail: string) => causes.push(invalidValue("values", values, detail));
  if ((operator === "in" || operator === "notin") && values.length === 0) {
    refuse("for 'in', 'notin' operators, values set can't be empty");
  }
  if ((operator === "exists" || operator === "!") && values.length > 0) {
    refuse("values set must be empty for exists and does not exist");
  }
  for (const [i, value] of values.entries()) {
    if ((operator === "gt" || operator === "lt") && int64(value) === undefined) {
      const detail = "for 'Gt', 'Lt' operators, the value must be an integer";
      causes.push(invalidValue(item("values", i), value, detail));
    }
  }
  for (const [i, value] of values.entries()) {
    const problems = checkLabelValue(value);
    if (problems.length === 0) continue;
    causes.push(invalidValue(keyed(item("values", i), key), value, problems.join("; ")));
  }
  if (causes.length > 0) {
    const texts = [...new Set(causes.map((c) => `${c.field}: ${c.message}`))];
    throw badRequest(texts.length === 1 ? texts[0]! : `[${texts.join(", ")}]`);
  }
  return { key, operator, values };
}

const int64Max = 2n ** 63n - 1n;

function int64(text: string | undefined): bigint | undefined {
  // Nineteen digits hold any; labels hold 63 characters.
  if (text === undefined || !/^[+-]?0*[0-9]{1,19}$/.test(text)) return undefined;
  const value = BigInt(text.replace("+", ""));
  return value > int64Max || value < -int64Max - 1n ? undefined : value;
}
