// Wall clocks of the world's time zones.

/** `month` from 1, `weekday` from 0 for Sunday. */
export type LocalTime = {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  weekday: number;
};

/** What a clock in `zone` shows at `ms` since 1970. Throws a RangeError when there is no such zone. */
export function localTime(ms: number, zone: string): LocalTime {
  const local = new Date(ms + offsetMs(ms, zone));
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds(),
    weekday: local.getUTCDay(),
  };
}

/** A time of day; midnight when nothing is said. Months, days and hours beyond their range count on. */
export type Wanted = Pick<LocalTime, "year" | "month" | "day"> &
  Partial<Pick<LocalTime, "hour" | "minute" | "second">>;

/**
 * When a clock in `zone` shows a time. One that the clock skips or shows twice is taken by one of the two offsets,
 * as Go's `time.Date` does.
 */
export function momentOf(wanted: Wanted, zone: string): number {
  const { year, month, day, hour = 0, minute = 0, second = 0 } = wanted;
  const utc = Date.UTC(year, month - 1, day, hour, minute, second);
  return utc - offsetMs(utc - offsetMs(utc, zone), zone);
}

/** RFC 3339 with the offset of `zone`: `2026-01-01T09:00:00+09:00`, or `Z` in UTC. */
export function printZoned(ms: number, zone: string): string {
  const offset = offsetMs(ms, zone);
  const local = new Date(ms + offset).toISOString().slice(0, 19);
  if (offset === 0) return `${local}Z`;
  const minutes = Math.abs(offset) / 60_000;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  return `${local}${offset < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
}

/** There are some 600 zones, but each may be written in many ways, and what prints their times is large. */
const formatsMax = 256;
const formats = new Map<string, Intl.DateTimeFormat>();

/** What a clock in `zone` is ahead of UTC. */
function offsetMs(ms: number, zone: string): number {
  if (zone === "" || zone === "UTC" || zone === "Local") return 0;
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    if (formats.size >= formatsMax) formats.clear();
    formats.set(zone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(ms).map((p) => [p.type, Number(p.value)]));
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000;
}
