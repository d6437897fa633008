// Points in time and durations: reading, writing, and their parts by the clock of a zone.

import { durationNanos } from "../../decode-duration.ts";
import { DecodeError } from "../../decode-place.ts";
import { localTime } from "../../time-zone.ts";
import { CelError } from "../error.ts";
import { fn, type Overload } from "../function.ts";
import { Duration, floorDivision, Timestamp } from "../values.ts";

const nanosPerMs = 1_000_000n;

export function durationOf(text: string): Duration {
  try {
    return new Duration(durationNanos(text));
  } catch (error) {
    if (!(error instanceof DecodeError || error instanceof CelError)) throw error;
    throw new CelError("type conversion error from 'string' to 'google.protobuf.Duration'");
  }
}

/** Seconds with as many digits as it takes: `90s`, `1.5s`. */
export function durationText({ nanos }: Duration): string {
  const sign = nanos < 0n ? "-" : "";
  const size = nanos < 0n ? -nanos : nanos;
  return `${sign}${size / 1_000_000_000n}${fraction(size % 1_000_000_000n)}s`;
}

const fraction = (nanos: bigint): string =>
  nanos === 0n ? "" : `.${String(nanos).padStart(9, "0").replace(/0+$/, "")}`;

const rfc3339 =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(Z|([+-])(\d{2}):(\d{2}))$/;

/** RFC 3339. Throws a CelError for what is none, and for dates that no calendar has. */
export function timestampOf(text: string): Timestamp {
  const match = rfc3339.exec(text);
  const ms = match ? Date.parse(`${text.slice(0, 19)}Z`) : Number.NaN;
  const isReal = match && new Date(ms || 0).getUTCDate() === Number(match[3]);
  if (!match || Number.isNaN(ms) || !isReal || match[4] === "24")
    throw new CelError("type conversion error from 'string' to 'google.protobuf.Timestamp'");
  const digits = (match[7] ?? "").slice(0, 9).padEnd(9, "0");
  const minutes = match[8] === "Z" ? 0 : Number(match[10]) * 60 + Number(match[11]);
  const offsetMs = (match[9] === "-" ? -minutes : minutes) * 60_000;
  return Timestamp.of(BigInt(ms - offsetMs) * nanosPerMs + BigInt(digits));
}

export function timestampText({ nanos }: Timestamp): string {
  const seconds = floorDivision(nanos, 1_000_000_000n);
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return `${text}${fraction(nanos - seconds * 1_000_000_000n)}Z`;
}

/** A zone's name, or an offset `+02:00`. */
function inZone(value: Timestamp, zone: string | undefined): Date {
  const ms = value.ms;
  if (zone === undefined || zone === "" || zone === "UTC") return new Date(ms);
  const offset = /^([+-]?)(\d{2}):(\d{2})$/.exec(zone);
  if (offset) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3]);
    return new Date(ms + (offset[1] === "-" ? -minutes : minutes) * 60_000);
  }
  try {
    const local = localTime(ms, zone);
    const date = new Date(0);
    date.setUTCFullYear(local.year, local.month - 1, local.day);
    date.setUTCHours(local.hour, local.minute, local.second, new Date(ms).getUTCMilliseconds());
    return date;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CelError(`unknown time zone ${zone}`);
  }
}

const dayOfYear = (date: Date): number => {
  const start = new Date(0);
  start.setUTCFullYear(date.getUTCFullYear(), 0, 1);
  return Math.floor((date.getTime() - start.getTime()) / 86_400_000);
};

const part = (name: string, of: (date: Date) => number): Overload[] => [
  fn(name, "timestamp.(): int", (value: Timestamp) => BigInt(of(inZone(value, undefined)))),
  fn(name, "timestamp.(string): int", (value: Timestamp, zone: string) =>
    BigInt(of(inZone(value, zone))),
  ),
];

const whole = (name: string, unit: bigint): Overload =>
  fn(name, "duration.(): int", ({ nanos }: Duration) => nanos / unit);

export const moments: readonly Overload[] = [
  ...part("getFullYear", (date) => date.getUTCFullYear()),
  ...part("getMonth", (date) => date.getUTCMonth()),
  ...part("getDayOfYear", dayOfYear),
  ...part("getDate", (date) => date.getUTCDate()),
  ...part("getDayOfMonth", (date) => date.getUTCDate() - 1),
  ...part("getDayOfWeek", (date) => date.getUTCDay()),
  ...part("getHours", (date) => date.getUTCHours()),
  whole("getHours", 3_600_000_000_000n),
  ...part("getMinutes", (date) => date.getUTCMinutes()),
  whole("getMinutes", 60_000_000_000n),
  ...part("getSeconds", (date) => date.getUTCSeconds()),
  whole("getSeconds", 1_000_000_000n),
  ...part("getMilliseconds", (date) => date.getUTCMilliseconds()),
  fn(
    "getMilliseconds",
    "duration.(): int",
    ({ nanos }: Duration) => (nanos % 1_000_000_000n) / nanosPerMs,
  ),
];
