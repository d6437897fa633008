// A request's turn: whether it needs a seat, how many, and the answer for one that gets none.
import type { ApiRequest, ApiResponse } from "../../schema/api-request.ts";
import type { ApiObject } from "../../schema/kind.ts";
import type { Resource } from "../../schema/resource.ts";
import { flowSchemas, priorityLevelConfigurations } from "../../schema/resources.ts";
import { textAnswer } from "../answer.ts";
import type { Context, Core, View } from "../context.ts";
import { prefixOf } from "../keys.ts";
import type { Parts } from "../scope.ts";
import { Fairness, type Turn } from "./fairness.ts";
import { seatsOfList } from "./width.ts";

/** Upstream's long-running requests but watches, which need a seat while they begin. */
const lasting = new Set(["log", "exec", "attach", "portforward", "proxy"]);

/** Reads the stored objects of flow control when the first request comes. */
export function makeFairness(core: Core, stopping: AbortSignal): Fairness {
  const fairness: Fairness = new Fairness({
    clock: core.clock,
    stopping,
    schemas: stored(core, flowSchemas, () => fairness.changed()),
    levels: stored(core, priorityLevelConfigurations, () => fairness.changed()),
  });
  return fairness;
}

function stored<T extends ApiObject>(
  core: Core,
  resource: Resource<T>,
  changed: () => void,
): () => readonly T[] {
  const { group, version, plural } = resource;
  let view: View<T> | undefined;
  return () => {
    if (core.kinds.find(group, version, plural) === undefined) return [];
    if (view === undefined) {
      view = core.view(resource);
      view.onChange(changed);
    }
    return view.list();
  };
}

/** Undefined for a request that takes no seat. */
export function turnOf(parts: Parts, context: Context): Turn | undefined {
  const { request, attributes, identity } = context;
  if (request.identity !== undefined || lasting.has(attributes.subresource)) return undefined;
  return parts.fairness.take({
    identity,
    attributes,
    seats: (levelMax) => seatsOf(parts, context, levelMax),
    signal: () => request.signal,
  });
}

function seatsOf({ store }: Parts, context: Context, levelMax: number): number {
  const { kind, query, attributes } = context;
  if (kind === undefined || kind.virtual || !(attributes.verb in listing)) return 1;
  if (attributes.verb === "watch" && !beginsWithList(query)) return 1;
  const count = store.count(prefixOf(kind));
  if (count < fewObjects) return 1;
  const { liveBytes, keys } = store.sizes();
  const limit = Number(query.get("limit") ?? 0);
  const bytesEach = liveBytes / Math.max(keys, 1);
  return seatsOfList({ count, bytesEach, limit, single: attributes.name !== "" }, levelMax);
}

const listing = { list: true, watch: true };

/** So few that a list of them is not worth the look at their sizes. */
const fewObjects = 16;

function beginsWithList(query: URLSearchParams): boolean {
  const version = query.get("resourceVersion") ?? "";
  return version === "" || version === "0" || query.get("sendInitialEvents") === "true";
}

/** Upstream's answer, in plain text. */
export const tooMany = ({ retryAfterSeconds }: Turn): ApiResponse =>
  textAnswer(429, "Too many requests, please try again later.\n", {
    "retry-after": String(retryAfterSeconds()),
  });

/** Of a request over its connection. */
export const lasts = ({ path }: ApiRequest): boolean => lastingPath.test(path);

const lastingPath = /\/(log|exec|attach|portforward|proxy)(\/|$)/;
