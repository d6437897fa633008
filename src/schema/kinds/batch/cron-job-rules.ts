// The rules of a cron job.
import { isZone, parseSchedule } from "../../cron.ts";
import { invalidValue, notSupported, required } from "../../field-error.ts";
import type { Write } from "../../kind.ts";
import type { Cause } from "../../status-error.ts";
import type { CronJob, CronJobSpec } from "../../types/batch-v1.ts";
import { invalid, notNegative, type Out, oneOf } from "../checks.ts";
import { checkRunSpec } from "./job-rules.ts";

/** A job's name has eleven characters behind that of its cron job and may be 63 long. */
const nameBytesMax = 52;
const concurrencyPolicies = ["Allow", "Forbid", "Replace"];

export function validateCronJob(
  next: CronJob,
  old: CronJob | undefined,
  { subresource }: Write,
): Cause[] {
  const out: Out = [];
  if (subresource !== "") return out;
  checkSpec(out, next.spec, old?.spec);
  const { name = "" } = next.metadata;
  if (old === undefined && name.length > nameBytesMax) {
    const detail = `must be no more than ${nameBytesMax} characters`;
    out.push(invalidValue("metadata.name", name, detail));
  }
  return out;
}

function checkSpec(out: Out, spec: CronJobSpec, old: CronJobSpec | undefined): void {
  if (spec.schedule !== "") checkSchedule(out, "spec.schedule", spec, old);
  notNegative(out, "spec.startingDeadlineSeconds", spec.startingDeadlineSeconds);
  if (spec.timeZone !== undefined && spec.timeZone !== old?.timeZone) {
    checkTimeZone(out, "spec.timeZone", spec.timeZone);
  }
  oneOf(out, "spec.concurrencyPolicy", spec.concurrencyPolicy, concurrencyPolicies);
  checkJobTemplate(out, "spec.jobTemplate.spec", spec);
  notNegative(out, "spec.successfulJobsHistoryLimit", spec.successfulJobsHistoryLimit);
  notNegative(out, "spec.failedJobsHistoryLimit", spec.failedJobsHistoryLimit);
  if (spec.schedule === "") out.push(required("spec.schedule"));
}

/** A schedule that had its zone in itself may keep it. */
function checkSchedule(
  out: Out,
  at: string,
  { schedule, timeZone }: CronJobSpec,
  old: CronJobSpec | undefined,
): void {
  try {
    parseSchedule(schedule);
  } catch (error) {
    out.push(invalidValue(at, schedule, (error as Error).message));
  }
  if (!schedule.includes("TZ")) return;
  if (!old?.schedule.includes("TZ")) {
    invalid(out, at, schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
  } else if (timeZone !== undefined) {
    const detail = "cannot use both timeZone field and TZ or CRON_TZ in schedule";
    invalid(out, at, schedule, detail);
  }
}

const zonePart = /^[A-Za-z\-.0-9_+]{1,14}$/;
const zoneList = "https://www.iana.org/time-zones";

function checkTimeZone(out: Out, at: string, zone: string): void {
  if (zone === "") return invalid(out, at, zone, "timeZone must be nil or non-empty string");
  const isName = (part: string) =>
    part !== "." && part !== ".." && !part.startsWith("-") && zonePart.test(part);
  const unknown = `unknown time zone ${zone}`;
  if (!zone.split("/").every(isName)) return invalid(out, at, zone, unknown);
  if (zone.toLowerCase() === "local") {
    invalid(out, at, zone, `timeZone must be an explicit time zone as defined in ${zoneList}`);
    if (zone === "Local") return;
  }
  if (!isZone(zone)) invalid(out, at, zone, unknown);
}

function checkJobTemplate(out: Out, at: string, { jobTemplate }: CronJobSpec): void {
  const { spec } = jobTemplate;
  checkRunSpec(out, at, spec);
  if (spec.selector !== undefined) {
    invalid(out, `${at}.selector`, spec.selector, "`selector` will be auto-generated");
  }
  if (spec.manualSelector !== true) return;
  out.push(notSupported(`${at}.manualSelector`, true, ["nil", "false"]));
}
