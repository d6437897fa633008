// What the verbs work on: the server's parts and the request at hand.

import type { Log } from "../lib/log.ts";
import type { Api } from "../schema/api-request.ts";
import type { ApiObject, Kind } from "../schema/kind.ts";
import { type Named, StatusError } from "../schema/status-error.ts";
import type { Store } from "../store/store.ts";
import type { Context, Core, Edge } from "./context.ts";
import type { Fairness } from "./fairness/fairness.ts";
import { keyOf } from "./keys.ts";
import type { Messages } from "./messages.ts";
import type { Meter } from "./metrics/meter.ts";
import type { Output } from "./negotiate.ts";
import type { Objects } from "./objects.ts";
import type { Turns } from "./turns.ts";
import type { SharedBatches } from "./watch-batches.ts";
import type { Lines } from "./watch-frames.ts";
import type { WatchRounds } from "./watch-rounds.ts";
import type { ZippedLists } from "./zipped-list.ts";

/** The server's own parts; the edge sees only `Core` of them. */
export type Parts = Core & {
  readonly store: Store;
  readonly objects: Objects;
  readonly messages: Messages;
  readonly lines: Lines;
  readonly batches: SharedBatches;
  /** Absent: each watch is served as soon as it is woken. */
  readonly rounds: WatchRounds | undefined;
  readonly zipped: ZippedLists;
  readonly edge: Edge;
  readonly fairness: Fairness;
  readonly meter: Meter;
  readonly turns: Turns | undefined;
  /** For what is our own fault. */
  readonly log: Log;
  /** Told of each version that a request has written. */
  readonly noteWrite: ((scope: Scope, revision: number) => void) | undefined;
  /** The agent of a node, which answers the kubelet's paths. Throws StatusError(404, 503). */
  readonly connectNode: (name: string) => Promise<Api>;
  /** Aborted when the server begins to stop: watches end. */
  readonly stopping: AbortSignal;
};

/** A request for a kind that is served. */
export type Scope = {
  readonly parts: Parts;
  readonly context: Context;
  readonly kind: Kind;
  readonly output: Output;
};

/** How the requested resource is called in messages. */
export const namedIn = (context: Context, name = context.attributes.name): Named => ({
  group: context.attributes.group,
  plural: context.attributes.plural,
  name,
});

export const keyIn = ({ context, kind }: Scope, name = context.attributes.name): string =>
  keyOf(kind, context.attributes.namespace, name);

/** An error that upstream answers with code 500 and no reason. */
export const unclassified = (message: string): StatusError => new StatusError(500, "", message);

export const uidOf = (object: ApiObject | undefined): string => object?.metadata.uid ?? "";

/** UTC, whole seconds, as upstream writes times. */
export function timeText(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== lastSecond) {
    lastText = `${new Date(second * 1000).toISOString().slice(0, 19)}Z`;
    lastSecond = second;
  }
  return lastText;
}

/** Many writes fall into one second. */
let lastSecond = Number.NaN;
let lastText = "";

/** Upstream checks names of finalizers where the core API's own rules for metadata reach. */
export const hasStandardFinalizers = (
  { resource: { type, group }, bareFinalizers }: Kind,
  isNew: boolean,
): boolean =>
  type !== "" &&
  group !== "apiextensions.k8s.io" &&
  group !== "apiregistration.k8s.io" &&
  bareFinalizers !== "all" &&
  !(isNew && bareFinalizers === "new");
