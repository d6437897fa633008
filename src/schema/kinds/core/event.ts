// Event: something that happened to an object. Served by the core group and by events.k8s.io in two forms; stored in
// the core group's.
import { nameIsPathSegment } from "../../names.ts";
import { events } from "../../resources.ts";
import type { Event } from "../../types/core-v1.ts";
import { since } from "../cells.ts";
import { defineKind } from "../define.ts";
import { validateCoreEvent } from "./event-rules.ts";

export const event = defineKind(events, {
  bareFinalizers: "all",
  shortNames: ["ev"],
  nameRule: nameIsPathSegment,
  validate: validateCoreEvent,
  columns: [
    { name: "Last Seen", cell: lastSeen },
    { name: "Type", cell: ({ type }) => type ?? "" },
    { name: "Reason", cell: ({ reason }) => reason ?? "" },
    { name: "Object", cell: target },
    {
      name: "Subobject",
      priority: 1,
      cell: ({ involvedObject }) => involvedObject?.fieldPath ?? "",
    },
    { name: "Source", priority: 1, cell: source },
    { name: "Message", cell: ({ message }) => (message ?? "").trim() },
    { name: "First Seen", priority: 1, cell: firstSeen },
    {
      name: "Count",
      priority: 1,
      cell: ({ count, series }) => (series ? (series.count ?? 0) : count || 1),
    },
    { name: "Name", priority: 1, format: "name", cell: ({ metadata }) => metadata.name ?? "" },
  ],
  createsOnUpdate: true,
  fieldSelectors: {
    "involvedObject.kind": ({ involvedObject }) => involvedObject?.kind ?? "",
    "involvedObject.namespace": ({ involvedObject }) => involvedObject?.namespace ?? "",
    "involvedObject.name": ({ involvedObject }) => involvedObject?.name ?? "",
    "involvedObject.uid": ({ involvedObject }) => involvedObject?.uid ?? "",
    "involvedObject.apiVersion": ({ involvedObject }) => involvedObject?.apiVersion ?? "",
    "involvedObject.resourceVersion": ({ involvedObject }) => involvedObject?.resourceVersion ?? "",
    "involvedObject.fieldPath": ({ involvedObject }) => involvedObject?.fieldPath ?? "",
    reason: ({ reason }) => reason ?? "",
    reportingComponent: ({ reportingComponent }) => reportingComponent ?? "",
    source: ({ source, reportingComponent }) => source?.component || reportingComponent || "",
    type: ({ type }) => type ?? "",
  },
});

function firstSeen({ firstTimestamp, eventTime }: Event, now: number): string {
  return since(firstTimestamp || eventTime, now);
}

function lastSeen(event: Event, now: number): string {
  if (event.series) return since(event.series.lastObservedTime, now);
  return event.lastTimestamp ? since(event.lastTimestamp, now) : firstSeen(event, now);
}

function target({ involvedObject }: Event): string {
  const kind = (involvedObject?.kind ?? "").toLowerCase();
  return involvedObject?.name ? `${kind}/${involvedObject.name}` : kind;
}

function source({ source, reportingComponent, reportingInstance }: Event): string {
  const component = source?.component || reportingComponent || "";
  const instance = source?.host || reportingInstance || "";
  return instance === "" ? component : `${component}, ${instance}`;
}
