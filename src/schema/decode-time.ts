// Times as upstream reads and writes them: RFC 3339 in, UTC out, seconds for Time and microseconds for MicroTime.

import { DecodeError } from "./decode-place.ts";

const usual = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const pattern = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)$/;

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
  if (!match) return fail(text, layout, text, "2006");
  const [, year, month, day, hour, minute, second, fraction = "", zone] = match;
  if (Number(month) < 1 || Number(month) > 12) fail(text, layout, "", "month out of range");
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.getUTCDate() !== Number(day)) fail(text, layout, "", "day out of range");
  if (Number(hour) > 23) fail(text, layout, "", "hour out of range");
  if (Number(minute) > 59) fail(text, layout, "", "minute out of range");
  if (Number(second) > 59) fail(text, layout, "", "second out of range");
  date.setUTCHours(Number(hour), Number(minute), Number(second));
  const offset =
    zone === "Z"
      ? 0
      : Number(`${zone![0]}1`) * (Number(zone!.slice(1, 3)) * 60 + Number(zone!.slice(4)));
  return { ms: date.getTime() - offset * 60_000, fraction };
}

function isoSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, "");
}

function fail(text: string, layout: string, rest: string, wanted: string): never {
  const detail =
    rest === "" && wanted.endsWith("range")
      ? `: ${wanted}`
      : ` as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(wanted)}`;
  throw new DecodeError(`parsing time ${JSON.stringify(text)}${detail}`);
}
