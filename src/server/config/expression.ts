// CEL expressions of configuration files, asked of plain JSON values.
import { CelError } from "../../schema/cel/error.ts";
import { compileExpression, type Program } from "../../schema/cel/evaluate.ts";
import { CelSyntaxError } from "../../schema/cel/lexer.ts";
import type { CelValue } from "../../schema/cel/values.ts";
import { typeProblem } from "../../schema/custom-expression-types.ts";
import { placed } from "../../schema/custom-expressions.ts";
import type { JSONSchemaProps } from "../../schema/types/apiextensions-v1.ts";
import { isRecord } from "./record.ts";
import type { Problem } from "./shape.ts";

/** Names that an expression may use; undefined where their fields are not known. */
export type Declared = Readonly<Record<string, JSONSchemaProps | undefined>>;

/** Undefined when it cannot be used; why stands in `problems`. */
export function readExpression(
  source: string,
  declared: Declared,
  field: string,
  problems: Problem[],
): Program | undefined {
  const refuse = (at: number, message: string): undefined => {
    problems.push({ field, reason: `compilation failed: ${placed(source, at, message)}` });
    return undefined;
  };
  try {
    const program = compileExpression(source);
    for (const name of program.names) {
      if (Object.hasOwn(declared, name)) continue;
      return refuse(source.indexOf(name), `undeclared reference to '${name}' (in container '')`);
    }
    const problem = typeProblem(program.expression, new Map(Object.entries(declared)));
    return problem === undefined ? program : refuse(problem.at, problem.message);
  } catch (error) {
    if (error instanceof CelSyntaxError) return refuse(error.at, error.message);
    if (error instanceof CelError) return refuse(0, error.message);
    throw error;
  }
}

/** A JSON value as CEL sees it without a schema: every number is a double. */
export function celOf(value: unknown): CelValue {
  if (Array.isArray(value)) return value.map(celOf);
  if (isRecord(value)) return new Map(Object.entries(value).map(([k, v]) => [k, celOf(v)]));
  return (value ?? null) as CelValue;
}

/** What the expression gives; a text says why it gives nothing. */
export function evaluated(
  program: Program,
  variables: Readonly<Record<string, CelValue>>,
): { readonly value: CelValue } | string {
  try {
    return { value: program.run(variables, { cost: 0 }) };
  } catch (error) {
    if (error instanceof CelError) return error.message;
    throw error;
  }
}
