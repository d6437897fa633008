// The options of lists and watches, checked in upstream's words.
import { fieldForbidden, notSupported } from "../../schema/field-error.ts";
import type { Kind } from "../../schema/kind.ts";
import { type Cause, StatusError } from "../../schema/status-error.ts";
import type { Store } from "../../store/store.ts";
import { truthy } from "../route.ts";
import { type Chosen, chosenBy, selectorsIn } from "../selection.ts";
import { integerOption, invalidOptions } from "./options.ts";

export type ListOptions = {
  readonly chosen: Chosen;
  /** As given; "" when not. */
  readonly resourceVersion: string;
  readonly match: string;
  /** 0: no bound. */
  readonly limit: number;
  readonly continue: string;
  readonly timeoutSeconds: number | undefined;
  readonly bookmarks: boolean;
  /** Undefined: neither asked for nor refused. */
  readonly sendInitialEvents: boolean | undefined;
};

/** Throws a StatusError. `watch`: the rules of watches hold. */
export function listOptions(
  kind: Kind,
  query: URLSearchParams,
  { watch, pathName = "" }: { watch: boolean; pathName?: string },
): ListOptions {
  const timeoutSeconds = integerOption(query, "timeoutSeconds");
  const limit = Math.max(integerOption(query, "limit") ?? 0, 0);
  const initial = query.get("sendInitialEvents");
  const options = {
    resourceVersion: query.get("resourceVersion") ?? "",
    match: query.get("resourceVersionMatch") ?? "",
    limit,
    continue: query.get("continue") ?? "",
    timeoutSeconds,
    bookmarks: truthy(query.get("allowWatchBookmarks")),
    sendInitialEvents: initial === null ? undefined : truthy(initial),
  };
  const filled = watch ? withWatchDefaults(options) : options;
  const selectors = selectorsIn(query);
  const causes = watch ? watchCauses(filled) : listCauses(filled);
  if (causes.length > 0) throw invalidOptions("ListOptions", causes);
  return { ...filled, chosen: chosenBy(kind, selectors, pathName) };
}

type Plain = Omit<ListOptions, "chosen">;

/** A watch from nowhere in particular begins with what is there. */
function withWatchDefaults(options: Plain): Plain {
  const anywhere = options.resourceVersion === "" || options.resourceVersion === "0";
  if (!anywhere || options.sendInitialEvents !== undefined || options.match !== "") return options;
  return { ...options, sendInitialEvents: true, match: "NotOlderThan" };
}

const withContinue = "resourceVersionMatch is forbidden when continue is provided";

function listCauses(options: Plain): Cause[] {
  const causes: Cause[] = [];
  const { match, resourceVersion } = options;
  const forbid = (why: string): number => causes.push(fieldForbidden("resourceVersionMatch", why));
  if (match !== "") {
    if (resourceVersion === "")
      forbid("resourceVersionMatch is forbidden unless resourceVersion is provided");
    if (options.continue !== "") forbid(withContinue);
    if (match !== "Exact" && match !== "NotOlderThan")
      causes.push(notSupported("resourceVersionMatch", match, ["Exact", "NotOlderThan", ""]));
    if (match === "Exact" && resourceVersion === "0")
      forbid('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  }
  if (options.sendInitialEvents !== undefined)
    causes.push(fieldForbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  return causes;
}

function watchCauses(options: Plain): Cause[] {
  const causes: Cause[] = [];
  const { match, sendInitialEvents } = options;
  const forbid = (why: string): number => causes.push(fieldForbidden("resourceVersionMatch", why));
  if (sendInitialEvents !== undefined && match !== "NotOlderThan")
    forbid("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
  if (match === "") return causes;
  if (sendInitialEvents === undefined)
    forbid("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
  if (match !== "NotOlderThan")
    causes.push(notSupported("resourceVersionMatch", match, ["NotOlderThan"]));
  if (options.continue !== "") forbid(withContinue);
  return causes;
}

/** The number in a resourceVersion, which has 64 bits; undefined when it is none. */
export const versionNumber = (text: string): number | undefined =>
  /^\d{1,16}$/.test(text) || (isDigits(text) && isUint64(text)) ? Number(text) : undefined;

const isDigits = (text: string): boolean => /^\d+$/.test(text);
const isUint64 = (text: string): boolean => BigInt.asUintN(64, BigInt(text)) === BigInt(text);

/** Upstream's words for a resourceVersion that is no number. */
export const badVersion = (text: string): string =>
  `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: ` +
  `parsing ${JSON.stringify(text)}: ${isDigits(text) ? "value out of range" : "invalid syntax"}`;

/**
 * Resolves once the store has come as far as `revision`, which the caller wrote as `asked`. Throws StatusError(504) when
 * it has not.
 */
export async function notOlderThan(
  store: Store,
  revision: number,
  asked = String(revision),
): Promise<void> {
  if (revision <= store.revision() || revision <= (await store.latest())) return;
  throw new StatusError(
    504,
    "Timeout",
    `Timeout: Too large resource version: ${asked}, current: ${store.revision()}`,
    {
      causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
      retryAfterSeconds: 1,
    },
  );
}
