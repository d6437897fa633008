// Literals that could never be used: upstream refuses them before an expression runs.
import { compilePattern } from "../custom-pattern.ts";
import { type Expression, partsOf } from "./ast.ts";
import type { Checked } from "./check.ts";
import { CelError, type Problem } from "./error.ts";
import { durationOf, timestampOf } from "./library/moments.ts";

/** The pattern, duration or timestamp that `call` is given as a literal. */
type Reads = (text: string) => unknown;

const readers: Readonly<Record<string, { reads: Reads; argument: number; says: string }>> = {
  duration: { reads: durationOf, argument: 0, says: "invalid duration argument" },
  timestamp: { reads: timestampOf, argument: 0, says: "invalid timestamp argument" },
  matches: { reads: compilePattern, argument: 1, says: "invalid matches argument" },
};

export function literalProblems(expression: Expression, checked: Checked): Problem[] {
  const problems: Problem[] = [];
  visit(expression, checked, problems);
  return problems;
}

function visit(expression: Expression, checked: Checked, problems: Problem[]): void {
  if (expression.is === "call") {
    const call = checked.calls.get(expression.id);
    const reader = call && Object.hasOwn(readers, call.name) ? readers[call.name]! : undefined;
    const args = call?.target ? [call.target, ...expression.args] : expression.args;
    const literal = reader && args[reader.argument];
    if (literal?.is === "literal" && typeof literal.value === "string") {
      const text = literal.value;
      if (fails(() => reader!.reads(text)))
        problems.push({ at: literal.at, message: reader!.says });
    }
  }
  for (const part of partsOf(expression)) visit(part, checked, problems);
}

function fails(read: () => unknown): boolean {
  try {
    read();
    return false;
  } catch (error) {
    if (error instanceof CelError) return true;
    // A pattern that the engine refuses; one that is not loaded yet is judged when it runs.
    return error instanceof Error && error.message !== "patterns are not loaded yet";
  }
}
