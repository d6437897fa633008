// List, then watch from there; resume a watch that ended; list again when its place is gone.
import { type Clock, pause } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Random } from "../lib/random.ts";
import type { WatchEvent } from "../schema/api-request.ts";
import type { ApiObject } from "../schema/kind.ts";
import { StatusError } from "../schema/status-error.ts";
import type { CacheOptions } from "./cache.ts";
import type { Client } from "./client.ts";
import type { Contents } from "./contents.ts";
import { compareVersions } from "./resource-version.ts";

type Follow = {
  cache: Contents<ApiObject>;
  chosen: CacheOptions<never>;
  client: Client;
  clock: Clock;
  random: Random;
  log: Log;
  watchSeconds?: number;
  signal: AbortSignal;
};

/** Objects of one page of a list. */
const pageSize = 500;

/** Waits between attempts, as upstream's reflector: from 0.8 s doubling to 30 s, up to twice that by jitter. */
const backoffMs = { first: 800, max: 30_000 };

/** A watch that lasted so long did not fail: the next one starts at once. */
const healthyMs = 1_000;

/** A list older than what is shown is taken only after so many in a row: the store was restored then. */
const olderListsMax = 5;

/** Resolves when `signal` is aborted. */
export async function follow(given: Follow): Promise<void> {
  const { cache, clock, random, log, signal } = given;
  const { plural } = cache.resource;
  let failures = 0;
  let olderLists = 0;
  let mustList = true;
  while (!signal.aborted) {
    const started = clock.monotonic();
    try {
      if (mustList) {
        olderLists = (await listInto(given, olderLists)) ? 0 : olderLists + 1;
        mustList = olderLists > 0;
        if (mustList) throw new Error("the server's list is older than what was seen before");
      }
      await watchInto(given);
    } catch (error) {
      if (signal.aborted) break;
      if (isGone(error)) mustList = true;
      else log.debug("a watch failed", { plural, error });
    }
    failures = clock.monotonic() - started >= healthyMs ? 0 : failures + 1;
    if (failures === 0 || (mustList && failures === 1)) continue;
    if (failures === 3) log.warn("cannot follow the server, trying again", { plural });
    const waitMs = Math.min(backoffMs.first * 2 ** (failures - 1), backoffMs.max);
    await pause(clock, waitMs * (1 + random.float()), signal);
  }
  cache.close(signal.reason);
}

/** False when the list is older than what the cache shows, which then stays as it is. */
async function listInto(given: Follow, olderLists: number): Promise<boolean> {
  const { cache, client, chosen, log, signal } = given;
  const objects: ApiObject[] = [];
  let revision = "";
  let next: string | undefined;
  do {
    const page = await client.list(cache.resource, {
      ...selectorsOf(chosen),
      limit: pageSize,
      ...(next ? { continue: next } : {}),
    });
    if (signal.aborted) return true;
    for (const object of page.items) objects.push(kept(chosen, object));
    revision = page.metadata.resourceVersion ?? "";
    next = page.metadata.continue;
  } while (next);
  const isOlder = compareVersions(revision, cache.revision) < 0;
  if (isOlder && olderLists < olderListsMax) return false;
  if (isOlder) log.warn("the server went back in time", { plural: cache.resource.plural });
  cache.replace(objects, revision, isOlder);
  return true;
}

async function watchInto(given: Follow): Promise<void> {
  const { cache, client, chosen, random, watchSeconds, signal } = given;
  const batches = client.watch(
    cache.resource,
    {
      ...selectorsOf(chosen),
      resourceVersion: cache.revision,
      allowWatchBookmarks: true,
      ...(watchSeconds ? { timeoutSeconds: Math.ceil(watchSeconds * (1 + random.float())) } : {}),
    },
    signal,
  );
  for await (const batch of batches) {
    if (signal.aborted) return;
    for (const event of batch) take(cache, chosen, event);
    const last = batch.at(-1)?.object.metadata.resourceVersion;
    if (last) cache.advance(last);
  }
}

function take(
  cache: Contents<ApiObject>,
  chosen: CacheOptions<never>,
  { type, object }: WatchEvent<ApiObject>,
): void {
  if (type === "ADDED" || type === "MODIFIED") cache.put(kept(chosen, object));
  else if (type === "DELETED") cache.remove(kept(chosen, object));
}

function kept({ metadataOnly }: CacheOptions<never>, object: ApiObject): ApiObject {
  if (!metadataOnly) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return Object.freeze({ metadata: Object.freeze(metadata) });
}

const isGone = (error: unknown): boolean => error instanceof StatusError && error.code === 410;

function selectorsOf(chosen: CacheOptions<never>) {
  const { namespace, labelSelector, fieldSelector, metadataOnly } = chosen;
  return {
    ...(namespace ? { namespace } : {}),
    ...(labelSelector ? { labelSelector } : {}),
    ...(fieldSelector ? { fieldSelector } : {}),
    ...(metadataOnly ? { metadataOnly } : {}),
  };
}
