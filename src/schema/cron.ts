// Schedules of CronJobs, read and followed as upstream's library does (robfig/cron): five fields or a descriptor,
// day of month and day of week joined by "or" when both are restricted, hours that a change of the clocks skips
// skipped, hours that it repeats repeated.
import { durationMs } from "./duration.ts";
import { type LocalTime, localTime, momentOf } from "./time-zone.ts";

export type Schedule =
  | { readonly kind: "fields"; readonly fields: Fields; readonly zone: string | undefined }
  /** `@every 1h`. */
  | { readonly kind: "every"; readonly ms: number };

/** Values that match, and whether the field was `*`, which matters for the two fields of days. */
type Field = { readonly values: ReadonlySet<number>; readonly isAny: boolean };
type Fields = Readonly<Record<"minute" | "hour" | "day" | "month" | "weekday", Field>>;

type Bounds = { min: number; max: number; names?: readonly string[] };

const bounds: Readonly<Record<keyof Fields, Bounds>> = {
  minute: { min: 0, max: 59 },
  hour: { min: 0, max: 23 },
  day: { min: 1, max: 31 },
  month: {
    min: 1,
    max: 12,
    names: "jan feb mar apr may jun jul aug sep oct nov dec".split(" "),
  },
  weekday: { min: 0, max: 6, names: "sun mon tue wed thu fri sat".split(" ") },
};

const descriptors: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/** Throws an Error in the library's words when `text` is no schedule. */
export function parseSchedule(text: string): Schedule {
  if (text === "") throw new Error("empty spec string");
  const zoned = /^(?:CRON_)?TZ=(\S*) ?(.*)$/.exec(text);
  const zone = zoned?.[1];
  const spec = (zoned?.[2] ?? text).trim();
  if (zone !== undefined && !isZone(zone))
    throw new Error(`provided bad location ${zone}: unknown time zone ${zone}`);
  if (spec.startsWith("@")) return descriptor(spec, zone);
  const parts = spec.split(/\s+/).filter((part) => part !== "");
  if (parts.length !== 5)
    throw new Error(`expected exactly 5 fields, found ${parts.length}: [${parts.join(" ")}]`);
  return { kind: "fields", fields: fieldsOf(parts), zone };
}

function descriptor(spec: string, zone: string | undefined): Schedule {
  const fields = descriptors[spec];
  if (fields) return { kind: "fields", fields: fieldsOf(fields.split(" ")), zone };
  const every = "@every ";
  if (!spec.startsWith(every)) throw new Error(`unrecognized descriptor: ${spec}`);
  const ms = durationMs(spec.slice(every.length));
  if (ms === undefined)
    throw new Error(
      `failed to parse duration ${spec}: time: invalid duration ${JSON.stringify(spec.slice(every.length))}`,
    );
  return { kind: "every", ms: Math.max(Math.floor(ms / 1000) * 1000, 1000) };
}

function fieldsOf([minute, hour, day, month, weekday]: string[]): Fields {
  return {
    minute: fieldOf(minute!, bounds.minute),
    hour: fieldOf(hour!, bounds.hour),
    day: fieldOf(day!, bounds.day),
    month: fieldOf(month!, bounds.month),
    weekday: fieldOf(weekday!, bounds.weekday),
  };
}

function fieldOf(text: string, within: Bounds): Field {
  const values = new Set<number>();
  let isAny = false;
  for (const part of text.split(",").filter((p) => p !== "")) {
    const range = rangeOf(part, within);
    isAny ||= range.isAny;
    for (let value = range.start; value <= range.end; value += range.step) values.add(value);
  }
  return { values, isAny };
}

function rangeOf(part: string, { min, max, names }: Bounds) {
  const [span = "", stepText, ...moreSteps] = part.split("/");
  const [low = "", high, ...moreHyphens] = span.split("-");
  const isStar = low === "*" || low === "?";
  let start = min;
  let end = max;
  if (!isStar) {
    start = numberOf(low, names);
    if (moreHyphens.length > 0) throw new Error(`too many hyphens: ${part}`);
    end = high === undefined ? start : numberOf(high, names);
  }
  if (moreSteps.length > 0) throw new Error(`too many slashes: ${part}`);
  const step = stepText === undefined ? 1 : numberOf(stepText, undefined);
  if (stepText !== undefined && high === undefined) end = max;
  if (start < min) throw new Error(`beginning of range (${start}) below minimum (${min}): ${part}`);
  if (end > max) throw new Error(`end of range (${end}) above maximum (${max}): ${part}`);
  if (start > end)
    throw new Error(`beginning of range (${start}) beyond end of range (${end}): ${part}`);
  if (step === 0) throw new Error(`step of range should be a positive number: ${part}`);
  return { start, end, step, isAny: isStar && step === 1 };
}

function numberOf(text: string, names: readonly string[] | undefined): number {
  const named = names?.indexOf(text.toLowerCase()) ?? -1;
  // Months count from 1, days of the week from 0.
  if (named >= 0) return names?.length === 12 ? named + 1 : named;
  if (!/^[+-]?\d+$/.test(text))
    throw new Error(
      `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  const value = Number(text);
  if (value < 0) throw new Error(`negative number (${value}) not allowed: ${text}`);
  return value;
}

export function isZone(name: string): boolean {
  if (name === "" || name === "UTC" || name === "Local") return true;
  try {
    localTime(0, name);
    return true;
  } catch {
    return false;
  }
}

/** How far ahead a time is looked for. */
const yearsMax = 5;

/**
 * The first time after `afterMs` (both in ms since 1970), in the schedule's own zone or else in `zone`. Undefined
 * when there is none within five years.
 */
export function nextTime(schedule: Schedule, afterMs: number, zone = "UTC"): number | undefined {
  if (schedule.kind === "every") return Math.floor((afterMs + schedule.ms) / 1000) * 1000;
  return new Walk(schedule.fields, schedule.zone || zone).from(afterMs);
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/**
 * Goes from a moment to the next one that matches, the largest field first. A step to another month or day keeps the
 * time of day, which is midnight but for days that have none.
 */
class Walk {
  readonly #fields: Fields;
  readonly #zone: string;
  #ms = 0;
  /** A field was counted up, so that all smaller ones are at their beginning. */
  #isReset = false;

  constructor(fields: Fields, zone: string) {
    this.#fields = fields;
    this.#zone = zone;
  }

  from(afterMs: number): number | undefined {
    this.#ms = (Math.floor(afterMs / 1000) + 1) * 1000;
    const lastYear = this.#local().year + yearsMax;
    while (this.#local().year <= lastYear) if (this.#pass()) return this.#ms;
    return undefined;
  }

  #local(): LocalTime {
    return localTime(this.#ms, this.#zone);
  }

  /** Goes to the beginning of what `fields` leave, unless that is where it is. */
  #reset(...fields: (keyof LocalTime)[]): LocalTime {
    const now = this.#local();
    if (this.#isReset) return now;
    this.#isReset = true;
    const begin = { year: now.year, month: now.month, day: 1 };
    const kept = Object.fromEntries(fields.map((field) => [field, now[field]]));
    this.#ms = momentOf({ ...begin, ...kept }, this.#zone);
    return this.#local();
  }

  /** False when a field has wrapped around, so that the larger ones are to be looked at again. */
  #pass(): boolean {
    return this.#month() && this.#day() && this.#hour() && this.#minute() && this.#second();
  }

  #month(): boolean {
    while (!this.#fields.month.values.has(this.#local().month)) {
      const now = this.#reset();
      this.#ms = momentOf({ ...now, month: now.month + 1 }, this.#zone);
      if (this.#local().month === 1) return false;
    }
    return true;
  }

  #day(): boolean {
    while (!this.#isDay(this.#local())) {
      const now = this.#reset("day");
      this.#ms = momentOf({ ...now, day: now.day + 1 }, this.#zone);
      const { hour } = this.#local();
      if (hour !== 0) this.#ms += (hour > 12 ? 24 - hour : -hour) * hourMs;
      if (this.#local().day === 1) return false;
    }
    return true;
  }

  #isDay({ day, weekday }: LocalTime): boolean {
    const { day: days, weekday: weekdays } = this.#fields;
    const isDay = days.values.has(day);
    const isWeekday = weekdays.values.has(weekday);
    return days.isAny || weekdays.isAny ? isDay && isWeekday : isDay || isWeekday;
  }

  #hour(): boolean {
    while (!this.#fields.hour.values.has(this.#local().hour)) {
      this.#reset("day", "hour");
      this.#ms += hourMs;
      if (this.#local().hour === 0) return false;
    }
    return true;
  }

  #minute(): boolean {
    while (!this.#fields.minute.values.has(this.#local().minute)) {
      if (!this.#isReset) this.#ms = Math.floor(this.#ms / minuteMs) * minuteMs;
      this.#isReset = true;
      this.#ms += minuteMs;
      if (this.#local().minute === 0) return false;
    }
    return true;
  }

  /** Schedules begin on the minute. */
  #second(): boolean {
    const { second } = this.#local();
    if (second === 0) return true;
    this.#isReset = true;
    this.#ms += minuteMs - second * 1000;
    return false;
  }
}
