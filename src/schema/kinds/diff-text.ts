// What changed between two values, for the message of an update that was refused. Upstream prints Go structs here.
import { semanticEqual } from "../semantic-equal.ts";

const linesMax = 20;

/** A line for each field that differs, with its path: `-` as it was, `+` as it would be. */
export function diffText(old: unknown, next: unknown): string {
  const lines: string[] = [];
  collect("", old, next, lines);
  return lines.slice(0, linesMax).join("\n");
}

function collect(path: string, old: unknown, next: unknown, lines: string[]): void {
  if (lines.length > linesMax || semanticEqual(old, next)) return;
  if (isObject(old) && isObject(next)) {
    for (const key of new Set([...Object.keys(old), ...Object.keys(next)])) {
      collect(path === "" ? key : `${path}.${key}`, old[key], next[key], lines);
    }
  } else if (Array.isArray(old) && Array.isArray(next) && old.length === next.length) {
    for (const [i, item] of old.entries()) collect(`${path}[${i}]`, item, next[i], lines);
  } else {
    if (old !== undefined) lines.push(`- ${path}: ${JSON.stringify(old)}`);
    if (next !== undefined) lines.push(`+ ${path}: ${JSON.stringify(next)}`);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
