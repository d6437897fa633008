// Literals that could never be used: upstream refuses them before an expression runs.
import { compilePattern } from "../custom-pattern.ts";
import { type CallExpression, type Expression, partsOf } from "./ast.ts";
import { typeText } from "./cel-type.ts";
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
  if (expression.is === "call" && expression.name === "format")
    problems.push(...formatProblems(expression, checked));
  for (const part of partsOf(expression)) visit(part, checked, problems);
}

/** What each clause of a format takes, as upstream names it. */
const clauses: Readonly<Record<string, { name: string; takes: readonly string[]; says: string }>> =
  {
    d: { name: "decimal", takes: ["int", "uint", "double"], says: "integers" },
    f: { name: "fixed-point", takes: ["double"], says: "doubles" },
    e: { name: "scientific", takes: ["double"], says: "doubles" },
    b: { name: "binary", takes: ["int", "uint", "bool"], says: "integers and bools" },
    o: { name: "octal", takes: ["int", "uint"], says: "integers" },
    x: {
      name: "hex",
      takes: ["int", "uint", "string", "bytes"],
      says: "integers, byte buffers, and strings",
    },
  };

/** A format and its arguments, where both are written out. */
function formatProblems({ target, args }: CallExpression, checked: Checked): Problem[] {
  const [list] = args;
  if (target?.is !== "literal" || typeof target.value !== "string" || list?.is !== "list")
    return [];
  const verbs = [...target.value.matchAll(/%(?:%|(?:\.\d+)?([A-Za-z]))/g)].flatMap(
    ([, verb]) => verb ?? [],
  );
  const missing = verbs.length > list.items.length;
  if (missing) {
    const message = `error during formatting: index ${list.items.length} out of range`;
    return [{ at: list.at, message }];
  }
  return verbs.flatMap((verb, index) => {
    const item = list.items[index]!;
    const type = checked.types.get(item.id);
    const clause = clauses[verb.toLowerCase()];
    if (clause === undefined || type === undefined || type.is === "dyn") return [];
    if (clause.takes.includes(type.is)) return [];
    const message = `error during formatting: ${clause.name} clause can only be used on ${clause.says}, was given ${typeText(type)}`;
    return [{ at: item.at, message }];
  });
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
