// Times as upstream reads and writes them: RFC 3339 in, UTC out, seconds for Time and microseconds
// for MicroTime.

import { DecodeError } from "./decode-place.ts";

const usual = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const pattern = /^(\d{4})-(\d\d)-(\d\d)T(\d\d?):(\d\d):(\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)$/;

/** Go's zero time, which stands for "not set". */
const zeroMs = -62_135_596_800_000;

/** Undefined for Go's zero time. Throws a DecodeError for what is no time. */
export function canonicalTime(text: string): string | undefined {
  const { ms } = read(text, secondsLayout);
  if (ms === zeroMs) return undefined;
  return usual.test(text) ? text : `${isoSeconds(ms)}Z`;
}

/** As `canonicalTime`, for MicroTime: exactly six digits of a fraction. */
export function canonicalMicroTime(text: string): string | undefined {
  const { ms, fraction } = read(text, microLayout);
  if (fraction.length !== 6) fail(text, microLayout, text.slice(19), ".000000");
  if (ms === zeroMs && Number(fraction) === 0) return undefined;
  return `${isoSeconds(ms)}.${fraction}Z`;
}

/** Seconds since 1970 and nanoseconds of a canonical time. */
export function timeParts(text: string): { seconds: number; nanos: number } {
  const { ms, fraction } = read(text, secondsLayout);
  return { seconds: ms / 1000, nanos: Number(fraction.padEnd(9, "0").slice(0, 9)) };
}

export function timeFromParts(seconds: number, nanos: number, micro: boolean): string | undefined {
  const ms = seconds * 1000;
  if (ms === zeroMs && nanos === 0) return undefined;
  if (!(Math.abs(ms) <= 8.64e15))
    throw new DecodeError(`time of ${seconds} seconds is out of range`);
  const fraction = micro ? `.${String(Math.floor(nanos / 1000)).padStart(6, "0")}` : "";
  return `${isoSeconds(ms)}${fraction}Z`;
}

const secondsLayout = "2006-01-02T15:04:05Z07:00";
const microLayout = "2006-01-02T15:04:05.000000Z07:00";

/** Milliseconds of the whole seconds, and the digits of the fraction. */
function read(text: string, layout: string): { ms: number; fraction: string } {
  const match = pattern.exec(text);
  if (!match) return explain(text, layout);
  const [, year, month, day, hour, minute, second, fraction = "", zone = "Z"] = match;
  if (Number(month) < 1 || Number(month) > 12) outOfRange(text, "month");
  if (Number(hour) > 23) outOfRange(text, "hour");
  if (Number(minute) > 59) outOfRange(text, "minute");
  if (Number(second) > 59) outOfRange(text, "second");
  const zoneHours = Number(zone.slice(1, 3));
  const zoneMinutes = Number(zone.slice(4));
  if (zoneHours > 24) outOfRange(text, "time zone offset hour");
  if (zoneMinutes > 60) outOfRange(text, "time zone offset minute");
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.getUTCDate() !== Number(day)) outOfRange(text, "day");
  date.setUTCHours(Number(hour), Number(minute), Number(second));
  const offset = Number(`${zone[0] === "-" ? "-" : ""}1`) * (zoneHours * 60 + zoneMinutes);
  return { ms: date.getTime() - (zone === "Z" ? 0 : offset * 60_000), fraction };
}

function isoSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, "");
}

/** The parts of a time, and how Go's layout calls them. */
const parts: readonly (readonly [RegExp, string])[] = [
  [/^\d{4}/, "2006"],
  [/^-/, "-"],
  [/^\d\d/, "01"],
  [/^-/, "-"],
  [/^\d\d/, "02"],
  [/^T/, "T"],
  [/^\d\d?/, "15"],
  [/^:/, ":"],
  [/^\d\d/, "04"],
  [/^:/, ":"],
  [/^\d\d(?:[.,]\d+)?/, "05"],
  [/^(?:Z|[+-]\d\d:\d\d)/, "Z07:00"],
];

/** Throws for a text that is no time, naming the first part that does not fit. */
function explain(text: string, layout: string): never {
  let rest = text;
  for (const [part, name] of parts) {
    const match = part.exec(rest);
    if (!match) return fail(text, layout, rest, name);
    rest = rest.slice(match[0].length);
  }
  throw new DecodeError(`parsing time ${quoted(text)}: extra text: ${quoted(rest)}`);
}

function outOfRange(text: string, what: string): never {
  throw new DecodeError(`parsing time ${quoted(text)}: ${what} out of range`);
}

function fail(text: string, layout: string, rest: string, wanted: string): never {
  const detail = `cannot parse ${quoted(rest)} as ${quoted(wanted)}`;
  throw new DecodeError(`parsing time ${quoted(text)} as ${quoted(layout)}: ${detail}`);
}

/** As Go's time package quotes: what is not plain ASCII byte by byte. */
function quoted(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const chars = Array.from(bytes, (byte) => {
    if (byte < 0x20 || byte >= 0x80) return `\\x${byte.toString(16).padStart(2, "0")}`;
    const char = String.fromCharCode(byte);
    return char === '"' || char === "\\" ? `\\${char}` : char;
  });
  return `"${chars.join("")}"`;
}
