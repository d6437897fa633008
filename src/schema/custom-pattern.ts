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
  if (engine === undefined) throw new Error("patterns are not loaded yet");
  const compiled = engine.compile(expression);
  return (text) => compiled.matcher(text).find();
}
