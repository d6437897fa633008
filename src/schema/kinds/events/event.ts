// Event as events.k8s.io serves it: the core group's event with other names of fields.
import { nameIsDnsSubdomain } from "../../names.ts";
import { eventsInEvents } from "../../resources.ts";
import type { Event as CoreEvent } from "../../types/core-v1.ts";
import type { Event } from "../../types/events-v1.ts";
import { event as coreEvent } from "../core/event.ts";
import { validateNewEvent } from "../core/event-rules.ts";
import { defineKind } from "../define.ts";
import { asStored } from "../other-version.ts";

export const event = defineKind(eventsInEvents, {
  ...asStored<Event, CoreEvent>(coreEvent, { toStored, fromStored }),
  validate: (next, old) => validateNewEvent(toStored(next), old && toStored(old)),
  nameRule: nameIsDnsSubdomain,
  fieldSelectors: {
    "regarding.kind": ({ regarding }) => regarding?.kind ?? "",
    "regarding.namespace": ({ regarding }) => regarding?.namespace ?? "",
    "regarding.name": ({ regarding }) => regarding?.name ?? "",
    "regarding.uid": ({ regarding }) => regarding?.uid ?? "",
    "regarding.apiVersion": ({ regarding }) => regarding?.apiVersion ?? "",
    "regarding.resourceVersion": ({ regarding }) => regarding?.resourceVersion ?? "",
    "regarding.fieldPath": ({ regarding }) => regarding?.fieldPath ?? "",
    reason: ({ reason }) => reason ?? "",
    reportingController: ({ reportingController }) => reportingController ?? "",
    type: ({ type }) => type ?? "",
  },
});

function toStored(object: Event): CoreEvent {
  const { metadata, eventTime, series, reportingController, reportingInstance, action } = object;
  return defined({
    apiVersion: "v1",
    kind: "Event",
    metadata,
    involvedObject: object.regarding ?? {},
    reason: object.reason,
    message: object.note,
    source: object.deprecatedSource ?? {},
    firstTimestamp: object.deprecatedFirstTimestamp,
    lastTimestamp: object.deprecatedLastTimestamp,
    count: object.deprecatedCount,
    type: object.type,
    eventTime,
    series,
    action,
    related: object.related,
    reportingComponent: reportingController,
    reportingInstance,
  });
}

function fromStored(object: CoreEvent): Event {
  const { metadata, eventTime, series, reportingComponent, reportingInstance, action } = object;
  return defined({
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata,
    eventTime: eventTime as string,
    series: series as Event["series"],
    reportingController: reportingComponent,
    reportingInstance,
    action,
    reason: object.reason,
    regarding: object.involvedObject,
    related: object.related,
    note: object.message,
    type: object.type,
    deprecatedSource: object.source,
    deprecatedFirstTimestamp: object.firstTimestamp,
    deprecatedLastTimestamp: object.lastTimestamp,
    deprecatedCount: object.count,
  });
}

/** Without the fields that are absent. */
function defined<T extends object>(object: T): T {
  for (const key in object) if (object[key] === undefined) delete object[key];
  return object;
}
