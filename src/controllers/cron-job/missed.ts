// Which time of a schedule a CronJob is to act on now, and when the next one is.
import { nextTime, type Schedule } from "../../schema/cron.ts";
import { timeMs } from "../../schema/time.ts";
import type { CronJob } from "../../schema/types/batch-v1.ts";

export type Due = {
  /** The latest time that has passed and was not acted on, ms; undefined when there is none. */
  dueMs: number | undefined;
  /** More than a hundred were missed: the clock or the deadline looks wrong. */
  isSuspicious: boolean;
  earliestMs: number;
};

const manyMissed = 100;

/** Upstream's words, also for a schedule of days that no month has. */
const tooClose = "time difference between two schedules is less than 1 second";

/** Throws when the schedule's times are less than a second apart, or never come. */
export function dueTime(
  cronJob: CronJob,
  schedule: Schedule,
  now: number,
  heedsDeadline: boolean,
): Due {
  const { metadata, status, spec } = cronJob;
  const zone = spec.timeZone;
  let earliestMs = timeMs(status?.lastScheduleTime) ?? timeMs(metadata.creationTimestamp) ?? now;
  const deadline = spec.startingDeadlineSeconds;
  if (heedsDeadline && deadline !== undefined)
    earliestMs = Math.max(earliestMs, now - deadline * 1000);
  const none = { dueMs: undefined, isSuspicious: false, earliestMs };
  const first = nextTime(schedule, earliestMs, zone);
  if (first === undefined) throw new Error(tooClose);
  if (now < first) return none;
  const second = nextTime(schedule, first, zone);
  if (second === undefined || now < second)
    return { dueMs: first, isSuspicious: false, earliestMs };
  const periodMs = second - first;
  if (periodMs < 1000) throw new Error(tooClose);
  const missed = Math.floor((now - first) / periodMs) + 1;
  // Two periods before the end of an even schedule; an uneven one needs a few more steps.
  let latest: number | undefined;
  let time = nextTime(schedule, first + (missed - 2) * periodMs, zone);
  for (; time !== undefined && time <= now; time = nextTime(schedule, time, zone)) latest = time;
  return { dueMs: latest, isSuspicious: missed > manyMissed, earliestMs };
}

/** Upstream's allowance for clocks that differ a little. */
const deltaMs = 100;

/** Time until the next look at the schedule. */
export function nextLookMs(cronJob: CronJob, schedule: Schedule, now: number): number | undefined {
  const { dueMs, isSuspicious, earliestMs } = dueTime(cronJob, schedule, now, false);
  const from = dueMs ?? (isSuspicious ? now : Math.max(earliestMs, 0));
  const next = nextTime(schedule, from, cronJob.spec.timeZone);
  return next === undefined ? undefined : Math.max(next + deltaMs - now, 0);
}
