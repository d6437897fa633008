import { randomInteger } from "../../lib/random.ts";
import type { ApiResponse } from "../../schema/api-request.ts";
import { type Status, StatusError } from "../../schema/status-error.ts";
import { mediaTypes } from "../negotiate.ts";
import type { Scope } from "../scope.ts";
import { unclassified } from "../scope.ts";
import { protocolsOf, socketAnswer, wantsSocket } from "../socket.ts";
import { framesFor } from "../watch-encode.ts";
import { type Following, follow } from "../watch-follow.ts";
import { objectFrames } from "../watch-frames.ts";
import { rootOf } from "./list.ts";
import {
  badVersion,
  type ListOptions,
  listOptions,
  notOlderThan,
  versionNumber,
} from "./list-options.ts";

/** Shortest time after which a watch without a timeout of its own ends; the longest is twice this. */
const timeoutSecondsMin = 1800;

/** `pathName`: a watch of one object by its path. */
export async function watch(scope: Scope, pathName: string): Promise<ApiResponse> {
  const { context, kind, output } = scope;
  const options = listOptions(kind, context.query, { watch: true, pathName });
  const following = await followingOf(scope, options);
  if (context.request.wantsObjects) {
    const batches = follow(scope, following, objectFrames(scope));
    return { status: 200, headers: {}, body: { is: "events", batches } };
  }
  // Upstream's time is over before it begins.
  const none = output.as?.kind === "PartialObjectMetadataList" || (options.timeoutSeconds ?? 0) < 0;
  const { rounds } = scope.parts;
  const batches = none ? nothing() : follow(scope, { ...following, rounds }, framesFor(scope));
  const isText = output.media === "json";
  if (wantsSocket(context.request)) {
    const [protocol] = protocolsOf(context.request);
    return socketAnswer(context.request, { batches, isText, protocol });
  }
  const type = isText ? mediaTypes.json : `${mediaTypes[output.media]};stream=watch`;
  return { status: 200, headers: { "content-type": type }, body: { is: "stream", batches } };
}

/** Upstream ends a watch whose first event it cannot show in the form that was asked for. */
async function* nothing(): AsyncIterable<readonly Uint8Array[]> {}

/** Where the watch begins, by upstream's table of resourceVersion and sendInitialEvents. */
async function followingOf(scope: Scope, options: ListOptions): Promise<Following> {
  const { parts } = scope;
  const { resourceVersion: asked, sendInitialEvents } = options;
  const revision = asked === "" ? 0 : versionNumber(asked);
  if (revision === undefined) throw unclassified(badVersion(asked));
  // "00" is no version either, which the rules of defaults do not see.
  const initial = sendInitialEvents ?? (asked !== "" && revision === 0);
  const problem = initial && revision > 0 ? await notYet(scope, revision, asked) : undefined;
  if (revision === 0) await parts.store.latest();
  const drawn = timeoutSecondsMin + randomInteger(parts.random, timeoutSecondsMin);
  return {
    prefix: rootOf(scope, options),
    chosen: options.chosen,
    afterRevision: initial || revision === 0 ? undefined : revision,
    initial,
    bookmarks: options.bookmarks,
    timeoutMs: (options.timeoutSeconds || drawn) * 1000,
    ...(problem !== undefined && { problem }),
  };
}

/** Upstream has begun to answer when it finds out that it has not come so far. */
async function notYet(
  { parts }: Scope,
  revision: number,
  asked: string,
): Promise<Status | undefined> {
  try {
    await notOlderThan(parts.store, revision, asked);
    return undefined;
  } catch (error) {
    if (error instanceof StatusError) return error.toStatus();
    throw error;
  }
}
