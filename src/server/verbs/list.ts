import type { ApiResponse } from "../../schema/api-request.ts";
import { badRequest } from "../../schema/status-error.ts";
import type { ListMeta } from "../../schema/types/meta-v1.ts";
import type { Entry, Range } from "../../store/store.ts";
import { keyOf, prefixOf } from "../keys.ts";
import { listAnswer, shownEntry } from "../respond.ts";
import type { Scope } from "../scope.ts";
import { isChosen } from "../selection.ts";
import { decodePlace, encodePlace, expired, type Place } from "./continue.ts";
import {
  badVersion,
  type ListOptions,
  listOptions,
  notOlderThan,
  versionNumber,
} from "./list-options.ts";

export async function list(scope: Scope): Promise<ApiResponse> {
  const options = listOptions(scope.kind, scope.context.query, { watch: false });
  const { entries, metadata } = await page(scope, options);
  return listAnswer(scope, {
    items: entries.map((entry) => shownEntry(scope, entry)),
    metadata,
  });
}

export type Page = { readonly entries: readonly Entry[]; readonly metadata: ListMeta };

/** The chosen objects, or as many as were asked for. Throws a StatusError. */
export async function page(scope: Scope, options: ListOptions): Promise<Page> {
  const { parts } = scope;
  const place = options.continue === "" ? undefined : placeOf(options);
  if (place !== undefined) await notOlderThan(parts.store, place.revision);
  const { revision, limit } = place
    ? { revision: Math.max(place.revision, 0), limit: options.limit }
    : await startOf(scope, options);
  const bounded = options.resourceVersion === "0" ? 0 : limit;
  const single = singleKey(scope, options);
  const prefix = rootOf(scope, options);
  const ask = { ...scope, options, prefix, revision, limit: bounded };
  if (single !== undefined && place === undefined) return onePage(ask, single);
  const from = prefix + (place?.start ?? "");
  const range = parts.store.range({ from, to: endOf(prefix) }, rangeOptions(ask));
  if (!range.ok) throw unreadable(range, place);
  if (scope.kind.convert !== undefined) await parts.objects.ready(scope.kind, range.entries);
  return chosenPage(ask, range);
}

type Ask = Scope & {
  readonly options: ListOptions;
  readonly prefix: string;
  /** 0: the newest. */
  readonly revision: number;
  readonly limit: number;
};

function placeOf({ continue: token, resourceVersion }: ListOptions): Place {
  const place = decodePlace(token);
  if (resourceVersion !== "" && resourceVersion !== "0")
    throw badRequest("specifying resource version is not allowed when using continue");
  return place;
}

/** Which revision a first page shows, by upstream's table of resourceVersion, match and limit. */
async function startOf(
  { parts }: Scope,
  { resourceVersion: asked, match, limit }: ListOptions,
): Promise<{ revision: number; limit: number }> {
  if (asked === "0") return { revision: 0, limit };
  if (asked === "") {
    await parts.store.latest();
    return { revision: 0, limit };
  }
  const revision = versionNumber(asked);
  if (revision === undefined) throw badRequest(`invalid resource version: ${badVersion(asked)}`);
  await notOlderThan(parts.store, revision, asked);
  const exact = match === "Exact" || (match === "" && limit > 0);
  return { revision: exact ? revision : 0, limit };
}

/** With a selector nobody knows how many objects must be looked at to fill a page. */
function rangeOptions({ options, revision, limit }: Ask): { revision: number; limit: number } {
  return { revision, limit: options.chosen.all ? limit : 0 };
}

function singleKey({ kind, context }: Scope, { chosen }: ListOptions): string | undefined {
  if (chosen.name === undefined || chosen.name === "") return undefined;
  const namespaced = kind.resource.scope === "Namespaced";
  const namespace = context.attributes.namespace || (chosen.namespace ?? "");
  return namespaced && namespace === "" ? undefined : keyOf(kind, namespace, chosen.name);
}

/** One name is one key; it may still be refused by another selector. */
async function onePage(ask: Ask, key: string): Promise<Page> {
  const range = ask.parts.store.range({ from: key, to: `${key}\0` }, { revision: ask.revision });
  if (!range.ok) throw unreadable(range, undefined);
  if (ask.kind.convert !== undefined) await ask.parts.objects.ready(ask.kind, range.entries);
  return chosenPage({ ...ask, limit: 0 }, range);
}

function chosenPage(ask: Ask, range: Range & { ok: true }): Page {
  const { parts, kind, options, limit } = ask;
  const resourceVersion = String(range.revision);
  if (options.chosen.all) return pageOf(ask, range.entries, range.remaining, range.revision);
  const entries: Entry[] = [];
  for (const entry of range.entries) {
    if (!isChosen(kind, options.chosen, parts.objects.parsed(kind, entry))) continue;
    entries.push(entry);
    if (limit === 0 || entries.length < limit) continue;
    const more = range.entries.at(-1) !== entry;
    return pageOf(ask, entries, more ? undefined : 0, range.revision);
  }
  return { entries, metadata: { resourceVersion } };
}

/** `remaining`: undefined when there are more, but nobody knows how many. */
function pageOf(
  { prefix }: Ask,
  entries: readonly Entry[],
  remaining: number | undefined,
  revision: number,
): Page {
  const resourceVersion = String(revision);
  const last = entries.at(-1);
  if (remaining === 0 || last === undefined) return { entries, metadata: { resourceVersion } };
  const start = `${last.key.slice(prefix.length)}\0`;
  const token = encodePlace({ revision, start });
  return {
    entries,
    metadata: {
      resourceVersion,
      continue: token,
      ...(remaining === undefined ? {} : { remainingItemCount: remaining }),
    },
  };
}

/** All namespaces, unless the path or the selector names one. */
export function rootOf({ kind, context }: Scope, { chosen }: Pick<ListOptions, "chosen">): string {
  if (kind.resource.scope === "Cluster") return prefixOf(kind);
  return prefixOf(kind, context.attributes.namespace || (chosen.namespace ?? ""));
}

/** The first key behind all that start with `prefix`, which ends with a slash. */
const endOf = (prefix: string): string => `${prefix.slice(0, -1)}0`;

function unreadable(range: Range & { ok: false }, place: Place | undefined): Error {
  if (range.why === "compacted") return expired(place?.start);
  // A token can only come from a server that had this revision.
  return badRequest("invalid continue token: continue key is not valid: unknown resourceVersion");
}
