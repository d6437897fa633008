// Conditions in CEL: names, and whether an expression can be read, knows its variables and gives what is wanted.
import { admissionEnvironment, patchOperation } from "../../admission-environment.ts";
import { type CelType, dyn, typeText } from "../../cel/cel-type.ts";
import type { Environment } from "../../cel/environment.ts";
import { CelError, CelSyntaxError, placed, placedProblems } from "../../cel/error.ts";
import { compileExpression } from "../../cel/evaluate.ts";
import { duplicate, required, tooMany } from "../../field-error.ts";
import type { MatchCondition, Variable } from "../../types/admissionregistration-v1.ts";
import { invalid, type Out, qualifiedName } from "../checks.ts";

/** Names that an expression may use besides those of every request. */
export type Declared = {
  readonly params: boolean;
  readonly authorizer: boolean;
  /** What `variables` has; undefined: there is no such name. */
  readonly variables: ReadonlyMap<string, CelType> | undefined;
  /** Objects and operations of a patch can be made. */
  readonly mutation?: boolean;
};

/** What an expression has to give: the names of types, all of them as upstream prints them. */
export type Wanted = readonly string[] | "anything";

export const truth: Wanted = ["bool"];
export const text: Wanted = ["string"];
export const textOrNull: Wanted = ["string", "null_type"];
export const patchObject: Wanted = ["Object"];
export const patchOperations: Wanted = [`list(${patchOperation.name})`];

/** The types of the first of `variables`; of what cannot be read nothing is known. */
export function variableTypes(
  variables: readonly Variable[],
  params: boolean,
): ReadonlyMap<string, CelType> {
  const types = new Map<string, CelType>();
  for (const { name, expression } of variables) {
    if (!isName(name) || !expression?.trim()) continue;
    const before = { params, authorizer: true, variables: new Map(types) };
    types.set(name, typeIn(expression, admissionEnvironment(before)));
  }
  return types;
}

function typeIn(source: string, environment: Environment): CelType {
  try {
    return compileExpression(source, environment).type;
  } catch (error) {
    if (error instanceof CelError || error instanceof CelSyntaxError) return dyn;
    throw error;
  }
}

export function checkExpression(
  out: Out,
  at: string,
  expression: string,
  declared: Declared,
  wanted: Wanted,
): void {
  const problem = problemOf(expression, declared, wanted);
  if (problem !== undefined) invalid(out, at, expression, problem);
}

function problemOf(source: string, declared: Declared, wanted: Wanted): string | undefined {
  try {
    const { type } = compileExpression(source, admissionEnvironment(declared));
    const shown = type.is === "null" ? "null_type" : typeText(type);
    if (wanted === "anything" || wanted.includes(shown)) return undefined;
    const what = wanted.length === 1 ? wanted[0] : `one of [${wanted.join(" ")}]`;
    return `must evaluate to ${what} but got ${shown}`;
  } catch (error) {
    if (error instanceof CelSyntaxError)
      return `compilation failed: ${placedProblems(source, error.problems)}`;
    if (error instanceof CelError) return `compilation failed: ${placed(source, 0, error.message)}`;
    throw error;
  }
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
    const given = expression.trim();
    if (given === "") out.push(required(`${here}.expression`));
    else {
      const declared = { params: hasParams, authorizer: true, variables: undefined };
      checkExpression(out, `${here}.expression`, given, declared, truth);
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
    const before = variableTypes(variables.slice(0, i), hasParams);
    if (name.trim() === "") out.push(required(`${here}.name`, "name is not specified"));
    else if (!isName(name)) {
      invalid(out, `${here}.name`, name, "must be a valid CEL identifier");
    }
    if (expression.trim() === "") {
      out.push(required(`${here}.expression`, "expression is not specified"));
    } else {
      const declared = { params: hasParams, authorizer: true, variables: before };
      checkExpression(out, `${here}.expression`, expression, declared, "anything");
    }
  }
}
