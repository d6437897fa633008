// Conditions in CEL: names, and whether an expression can be read and knows its variables. Types are not judged.
import { CelError } from "../../cel/error.ts";
import { compileExpression } from "../../cel/evaluate.ts";
import { CelSyntaxError } from "../../cel/lexer.ts";
import { typeProblem } from "../../custom-expression-types.ts";
import { placed } from "../../custom-expressions.ts";
import { duplicate, required, tooMany } from "../../field-error.ts";
import type { MatchCondition, Variable } from "../../types/admissionregistration-v1.ts";
import type { JSONSchemaProps } from "../../types/apiextensions-v1.ts";
import { invalid, type Out, qualifiedName } from "../checks.ts";

/** Names that an expression may use besides those of every request. */
export type Declared = {
  readonly params: boolean;
  readonly authorizer: boolean;
  /** What `variables` has; undefined: there is no such name. */
  readonly variables: JSONSchemaProps | undefined;
};

/** The fields of `variables` where the first of `variables` are known. */
export function variablesSchema(variables: readonly Variable[]): JSONSchemaProps {
  const known = variables.filter(({ name, expression }) => isName(name) && expression?.trim());
  const properties = Object.fromEntries(known.map(({ name }) => [name, anything]));
  return { type: "object", properties };
}

const anything: JSONSchemaProps = { "x-kubernetes-preserve-unknown-fields": true };

const always: readonly string[] = ["object", "oldObject", "request", "namespaceObject"];

export function checkExpression(
  out: Out,
  at: string,
  expression: string,
  declared: Declared,
): void {
  const problem = problemOf(expression, declared);
  if (problem !== undefined) invalid(out, at, expression, `compilation failed: ${problem}`);
}

function problemOf(expression: string, declared: Declared): string | undefined {
  try {
    const program = compileExpression(expression);
    const unknown = [...program.names].find((name) => !isDeclared(name, declared));
    if (unknown !== undefined) {
      const what = `undeclared reference to '${unknown}' (in container '')`;
      return placed(expression, expression.indexOf(unknown), what);
    }
    const problem = typeProblem(program.expression, new Map([["variables", declared.variables]]));
    return problem && placed(expression, problem.at, problem.message);
  } catch (error) {
    if (error instanceof CelSyntaxError) return placed(expression, error.at, error.message);
    if (error instanceof CelError) return placed(expression, 0, error.message);
    throw error;
  }
}

function isDeclared(name: string, { params, authorizer, variables }: Declared): boolean {
  if (always.includes(name)) return true;
  if (name === "params") return params;
  if (name === "variables") return variables !== undefined;
  return authorizer && name.startsWith("authorizer");
}

const conditionsMax = 64;

export function checkMatchConditions(
  out: Out,
  at: string,
  conditions: readonly MatchCondition[] = [],
  hasParams = false,
): void {
  if (conditions.length > conditionsMax) {
    out.push(tooMany(at, conditions.length, conditionsMax));
  }
  const names = new Set<string>();
  for (const [i, { name = "", expression = "" }] of conditions.entries()) {
    const here = `${at}[${i}]`;
    const text = expression.trim();
    if (text === "") out.push(required(`${here}.expression`));
    else {
      const declared = { params: hasParams, authorizer: true, variables: undefined };
      checkExpression(out, `${here}.expression`, text, declared);
    }
    if (name === "") {
      out.push(required(`${here}.name`));
      continue;
    }
    qualifiedName(out, `${here}.name`, name);
    if (names.has(name)) out.push(duplicate(`${here}.name`, name));
    names.add(name);
  }
}

const identifier = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
const reserved: ReadonlySet<string> = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

const isName = (name: string): boolean => identifier.test(name) && !reserved.has(name);

export function checkVariables(
  out: Out,
  at: string,
  variables: readonly Variable[] = [],
  hasParams = false,
): void {
  for (const [i, { name = "", expression = "" }] of variables.entries()) {
    const here = `${at}[${i}]`;
    const before = variablesSchema(variables.slice(0, i));
    if (name.trim() === "") out.push(required(`${here}.name`, "name is not specified"));
    else if (!isName(name)) {
      invalid(out, `${here}.name`, name, "must be a valid CEL identifier");
    }
    if (expression.trim() === "") {
      out.push(required(`${here}.expression`, "expression is not specified"));
    } else {
      const declared = { params: hasParams, authorizer: true, variables: before };
      checkExpression(out, `${here}.expression`, expression, declared);
    }
  }
}
