// The rules of an event, in the form in which it is stored. Those that came through events.k8s.io have more to keep.
import { invalidValue, required } from "../../field-error.ts";
import { utf8Length } from "../../names.ts";
import { semanticEqual } from "../../semantic-equal.ts";
import type { Cause } from "../../status-error.ts";
import type { Event } from "../../types/core-v1.ts";
import { checkUnchanged, invalid, type Out, qualifiedName } from "../checks.ts";

const textBytesMax = 128;
const messageBytesMax = 1024;

export function validateCoreEvent(next: Event): Cause[] {
  const out: Out = [];
  checkEvent(out, next, "reportingComponent");
  return out;
}

/** Of events.k8s.io. Upstream names the stored fields here, not the version's own. */
export function validateNewEvent(next: Event, old: Event | undefined): Cause[] {
  const out: Out = [];
  checkEvent(out, next, "reportingController");
  if (old === undefined) checkCreated(out, next);
  else checkChanged(out, next, old);
  return out;
}

function checkEvent(out: Out, event: Event, reporterField: string): void {
  const { metadata, eventTime, involvedObject = {} } = event;
  const { namespace: own = "" } = metadata;
  const { namespace: other = "" } = involvedObject;
  const mismatch = () =>
    invalid(out, "involvedObject.namespace", other, "does not match event.namespace");
  if (!eventTime) {
    if (other === "" ? own !== "" && own !== "default" : other !== own) mismatch();
    return;
  }
  if (other === "" && own !== "default" && own !== "kube-system") mismatch();
  const { reportingComponent = "", reason = "", message = "" } = event;
  if (reportingComponent === "") out.push(required(reporterField));
  qualifiedName(out, reporterField, reportingComponent);
  const text = (field: string, value: string) => {
    if (value === "") out.push(required(field));
    atMost(out, field, value, textBytesMax);
  };
  text("reportingInstance", event.reportingInstance ?? "");
  text("action", event.action ?? "");
  text("reason", reason);
  atMost(out, "message", message, messageBytesMax);
}

/** The message does not show the value. */
function atMost(out: Out, field: string, value: string, bytesMax: number): void {
  if (utf8Length(value) <= bytesMax) return;
  out.push(invalidValue(field, "", `can have at most ${bytesMax} characters`));
}

function checkCreated(out: Out, event: Event): void {
  const { type = "", source } = event;
  checkSeries(out, event);
  if (!event.eventTime) out.push(required("eventTime"));
  if (type !== "Normal" && type !== "Warning") {
    out.push(invalidValue("type", "", `has invalid value: ${type}`));
  }
  const unset = (field: string, isSet: unknown) => {
    if (isSet) out.push(invalidValue(field, "", "needs to be unset"));
  };
  unset("firstTimestamp", event.firstTimestamp);
  unset("lastTimestamp", event.lastTimestamp);
  unset("count", event.count);
  unset("source", source?.component || source?.host);
}

function checkSeries(out: Out, { series }: Event): void {
  if (series === undefined) return;
  if ((series.count ?? 0) < 2) {
    out.push(invalidValue("series.count", "", "should be at least 2"));
  }
  if (!series.lastObservedTime) out.push(required("series.lastObservedTime"));
}

type Fixed = readonly [field: keyof Event, name: string, empty: "" | null];

/** What stays as it was: the field, upstream's name for it, and how a missing value shows. */
const fixed: readonly Fixed[] = [
  ["involvedObject", "involvedObject", null],
  ["reason", "reason", ""],
  ["message", "message", ""],
  ["source", "source", null],
  ["firstTimestamp", "firstTimestamp", null],
  ["lastTimestamp", "lastTimestamp", null],
  ["count", "count", null],
  ["type", "type", ""],
  ["eventTime", "eventTime", null],
  ["action", "action", ""],
  ["related", "related", null],
  ["reportingComponent", "reportingController", ""],
  ["reportingInstance", "reportingInstance", ""],
];

function checkChanged(out: Out, next: Event, old: Event): void {
  if (!semanticEqual(next.series, old.series)) checkSeries(out, next);
  for (const [field, name, empty] of fixed) {
    checkUnchanged(out, name, next[field] ?? empty, old[field] ?? empty);
  }
}
