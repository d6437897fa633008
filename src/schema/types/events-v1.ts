// Types of events.k8s.io/v1. Made by tools/facts/make.ts. Do not edit.
import type { EventSource, ObjectReference } from "./core-v1.ts";
import type { ListMeta, ObjectMeta } from "./meta-v1.ts";

export type Event = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  eventTime: string;
  series?: EventSeries;
  reportingController?: string;
  reportingInstance?: string;
  action?: string;
  reason?: string;
  regarding?: ObjectReference;
  related?: ObjectReference;
  note?: string;
  type?: string;
  deprecatedSource?: EventSource;
  deprecatedFirstTimestamp?: string;
  deprecatedLastTimestamp?: string;
  deprecatedCount?: number;
};

export type EventList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: Event[];
};

export type EventSeries = {
  count: number;
  lastObservedTime: string;
};
