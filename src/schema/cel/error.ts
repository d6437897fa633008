/** An expression that fails on the values it was given. Worded as upstream's. */
export class CelError extends Error {
  override name = "CelError";
}

/** What is wrong at an offset of an expression's text. */
export type Problem = { readonly at: number; readonly message: string };

/** An expression that cannot be read. `at`: offset of the text. */
export class CelSyntaxError extends Error {
  override name = "CelSyntaxError";
  readonly at: number;
  /** All that is wrong, the first one included. */
  readonly problems: readonly Problem[];

  constructor(message: string, at: number, problems: readonly Problem[] = [{ at, message }]) {
    super(message);
    this.at = at;
    this.problems = problems;
  }
}

/** As the compiler of upstream points at places. */
export function placedProblems(source: string, problems: readonly Problem[]): string {
  return problems
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, message }) => placed(source, at, message))
    .join("\n");
}

export function placed(source: string, at: number, message: string): string {
  if (at < 0) return `ERROR: <input>:-1:0: ${message}`;
  if (source === "") return `ERROR: <input>:1:0: ${message}`;
  const before = source.slice(0, at).split("\n");
  const lead = [...before.at(-1)!];
  const line = (source.split("\n")[before.length - 1] ?? "").replaceAll("\t", " ");
  const dots = lead.map((letter) => (isWide(letter) ? "．" : ".")).join("");
  const [letter = ""] = source.slice(at);
  const mark = isWide(letter) ? "＾" : "^";
  return `ERROR: <input>:${before.length}:${lead.length + 1}: ${message}\n | ${line}\n | ${dots}${mark}`;
}

/** Beyond one byte of UTF-8. */
const isWide = (letter: string): boolean => letter.charCodeAt(0) > 0x7f;
