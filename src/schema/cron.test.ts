import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nextTime, parseSchedule } from "./cron.ts";
import { localTime } from "./time-zone.ts";

const after = (schedule: string, from: string, zone?: string): string => {
  const next = nextTime(parseSchedule(schedule), Date.parse(from), zone);
  return next === undefined ? "never" : new Date(next).toISOString().replace(".000Z", "Z");
};

const rows: { schedule: string; from: string; zone?: string; next: string }[] = [
  { schedule: "* * * * *", from: "2026-01-01T00:00:00Z", next: "2026-01-01T00:01:00Z" },
  { schedule: "* * * * *", from: "2026-01-01T00:00:59Z", next: "2026-01-01T00:01:00Z" },
  { schedule: "*/15 * * * *", from: "2026-01-01T00:15:00Z", next: "2026-01-01T00:30:00Z" },
  { schedule: "5/15 * * * *", from: "2026-01-01T00:06:00Z", next: "2026-01-01T00:20:00Z" },
  { schedule: "0 0 1 jan ?", from: "2026-01-01T00:00:00Z", next: "2027-01-01T00:00:00Z" },
  { schedule: "0 9-17/4 * * MON-FRI", from: "2026-01-02T17:30:00Z", next: "2026-01-05T09:00:00Z" },
  { schedule: "0 0 29 2 *", from: "2026-01-01T00:00:00Z", next: "2028-02-29T00:00:00Z" },
  { schedule: "0 0 31 2 *", from: "2026-01-01T00:00:00Z", next: "never" },
  // Both fields of days restricted: either will do.
  { schedule: "0 0 13 * 5", from: "2026-01-03T00:00:00Z", next: "2026-01-09T00:00:00Z" },
  { schedule: "0 0 13 * *", from: "2026-01-03T00:00:00Z", next: "2026-01-13T00:00:00Z" },
  { schedule: "@hourly", from: "2026-01-01T00:00:00Z", next: "2026-01-01T01:00:00Z" },
  { schedule: "@weekly", from: "2026-01-01T00:00:00Z", next: "2026-01-04T00:00:00Z" },
  { schedule: "@every 90s", from: "2026-01-01T00:00:00.5Z", next: "2026-01-01T00:01:30Z" },
  {
    schedule: "TZ=Asia/Tokyo 0 9 * * *",
    from: "2026-01-01T00:00:00Z",
    next: "2026-01-02T00:00:00Z",
  },
  {
    schedule: "0 9 * * *",
    zone: "Asia/Tokyo",
    from: "2025-12-31T23:59:00Z",
    next: "2026-01-01T00:00:00Z",
  },
  // Clocks go forward at 2:00: 2:30 does not exist that day.
  {
    schedule: "30 2 * * *",
    zone: "America/New_York",
    from: "2026-03-07T12:00:00Z",
    next: "2026-03-09T06:30:00Z",
  },
  // Clocks go back at 2:00: 1:30 comes twice.
  {
    schedule: "30 1 * * *",
    zone: "America/New_York",
    from: "2026-11-01T05:30:00Z",
    next: "2026-11-01T06:30:00Z",
  },
  // Midnight does not exist; Cairo once made the search go round in a circle.
  {
    schedule: "0 0 24 4 *",
    zone: "Africa/Cairo",
    from: "2026-04-01T00:00:00Z",
    next: "2027-04-23T22:00:00Z",
  },
  {
    schedule: "0 0 * * *",
    zone: "America/Santiago",
    from: "2026-09-05T12:00:00Z",
    next: "2026-09-07T03:00:00Z",
  },
];
for (const row of rows)
  test(`${row.schedule} after ${row.from}${row.zone ? ` in ${row.zone}` : ""}`, () =>
    assert.equal(after(row.schedule, row.from, row.zone), row.next));

const refused: [string, string][] = [
  ["", "empty spec string"],
  ["* * * *", "expected exactly 5 fields, found 4: [* * * *]"],
  ["60 * * * *", "end of range (60) above maximum (59): 60"],
  ["* * 0 * *", "beginning of range (0) below minimum (1): 0"],
  ["5-2 * * * *", "beginning of range (5) beyond end of range (2): 5-2"],
  ["*/0 * * * *", "step of range should be a positive number: */0"],
  ["1-2-3 * * * *", "too many hyphens: 1-2-3"],
  ["1/2/3 * * * *", "too many slashes: 1/2/3"],
  ["x * * * *", 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
  ["@often", "unrecognized descriptor: @often"],
  ["TZ=Nowhere * * * * *", "provided bad location Nowhere: unknown time zone Nowhere"],
];
for (const [schedule, why] of refused)
  test(`"${schedule}" is refused: ${why}`, () =>
    assert.throws(() => parseSchedule(schedule), { message: why }));

test("the next time is the first minute that matches", () => {
  const field = (max: number, min = 0) =>
    fc.oneof(fc.constant("*"), fc.integer({ min, max }).map(String));
  const spec = fc.tuple(field(59), field(23), field(28, 1), field(12, 1), field(6));
  fc.assert(
    fc.property(spec, fc.integer({ min: 0, max: 500_000 }), (parts, minutes) => {
      const from = Date.UTC(2026, 0, 1) + minutes * 60_000;
      const next = nextTime(parseSchedule(parts.join(" ")), from);
      const limit = from + 3 * 86_400_000;
      for (let ms = from + 60_000; ms <= Math.min(next ?? limit, limit); ms += 60_000)
        assert.equal(matches(parts, ms), ms === next);
    }),
    { numRuns: 60 },
  );
});

function matches([minute, hour, day, month, weekday]: string[], ms: number): boolean {
  const t = localTime(ms, "UTC");
  const is = (part: string | undefined, value: number) => part === "*" || Number(part) === value;
  const isDay = is(day, t.day);
  const isWeekday = is(weekday, t.weekday);
  const days = day === "*" || weekday === "*" ? isDay && isWeekday : isDay || isWeekday;
  return is(minute, t.minute) && is(hour, t.hour) && is(month, t.month) && days;
}
