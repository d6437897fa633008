// The log as lines of text: time, level, message, fields. Control characters are escaped, so that a value
// can never look like a line of its own.
import type { Clock } from "../lib/clock.ts";
import type { Log, LogFields } from "../lib/log.ts";

export type Level = "debug" | "info" | "warn" | "error";
const levels: readonly Level[] = ["debug", "info", "warn", "error"];

export function textLog(clock: Clock, write: (line: string) => void, least: Level = "info"): Log {
  const line = (level: Level) => (message: string, fields?: LogFields) => {
    if (levels.indexOf(level) < levels.indexOf(least)) return;
    const time = new Date(clock.now()).toISOString();
    write(`${time} ${level.padEnd(5)} ${escaped(message)}${shown(fields)}\n`);
  };
  return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
}

const shown = (fields: LogFields | undefined): string =>
  Object.entries(fields ?? {})
    .map(([name, value]) => ` ${name}=${valueText(value)}`)
    .join("");

function valueText(value: unknown): string {
  if (!(value instanceof Error)) return JSON.stringify(value) ?? "undefined";
  const cause = value.cause instanceof Error ? `; ${value.cause.message}` : "";
  return JSON.stringify(`${value.message}${cause}`);
}

const escaped = (text: string): string =>
  text.replace(
    /[\u0000-\u001f\u007f]/g,
    (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
