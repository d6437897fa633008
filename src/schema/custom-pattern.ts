// Regular expressions that users write: RE2's syntax, and time that grows with the text alone. The
// engine is loaded when the first custom resource needs it.

import type { RE2JS } from "re2js";

let engine: typeof RE2JS | undefined;

/** To be awaited before `pattern` is called. */
export async function loadPatterns(): Promise<void> {
  engine ??= (await import("re2js")).RE2JS;
}

/** True when the expression is found anywhere in the text. */
export type Pattern = (text: string) => boolean;

/** Throws an Error that says what is wrong with the expression. */
export function pattern(expression: string): Pattern {
  const compiled = compilePattern(expression);
  return (text) => compiled.matcher(text).find();
}

/** Parts of `text` in which the expression is found, at most `max`. Throws as `pattern` does. */
export function foundParts(expression: string, text: string, max: number): string[] {
  const matcher = compilePattern(expression).matcher(text);
  const parts: string[] = [];
  while (parts.length < max && matcher.find()) parts.push(matcher.group() ?? "");
  return parts;
}

const compiled = new Map<string, RE2JS>();
/** Compiled expressions that are kept for the next use. */
const compiledMax = 1000;

export function compilePattern(expression: string): RE2JS {
  if (engine === undefined) throw new Error("patterns are not loaded yet");
  let found = compiled.get(expression);
  if (found === undefined) {
    found = engine.compile(expression);
    if (compiled.size >= compiledMax) compiled.clear();
    compiled.set(expression, found);
  }
  return found;
}
