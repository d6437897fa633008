// Does what a controller decided, and tells which writes its caches have yet to show.
import type { Client } from "../client/client.ts";
import { keyOfRef, refOf } from "../client/key.ts";
import { equal } from "../lib/equal.ts";
import { unreachable } from "../lib/unreachable.ts";
import type { ApiObject } from "../schema/kind.ts";
import type { Resource } from "../schema/resource.ts";
import { StatusError } from "../schema/status-error.ts";
import type { Action, Failure, Report } from "./action.ts";
import type { Recorder } from "./events.ts";
import type { Written } from "./shown.ts";

export type Act = (actions: readonly Action[]) => Promise<Acted>;

export type Acted = {
  written: readonly Written[];
  /** Look again after so long. */
  againMs?: number;
  /** Set when something failed: the key is to be tried again. */
  error?: Error;
};

/** Most deletes or patches of one pass that are under way at a time. */
const parallelMax = 100;

/** Never rejects: what failed is told by `Acted.error`, and by the events that the actions carry. */
export function standardAct({ client, record }: { client: Client; record: Recorder }): Act {
  return async (actions) => {
    const pass: Pass = {
      client,
      record,
      written: [],
      made: [],
      failure: undefined,
      againMs: undefined,
    };
    for (const group of groups(actions)) await runGroup(pass, group);
    return {
      written: pass.written,
      ...(pass.againMs === undefined ? {} : { againMs: pass.againMs }),
      ...(pass.failure ? { error: pass.failure.error } : {}),
    };
  };
}

type ActionOf<Do extends Action["do"]> = Extract<Action, { do: Do }>;

type Pass = {
  client: Client;
  record: Recorder;
  written: Written[];
  made: ApiObject[];
  failure: Failure | undefined;
  againMs: number | undefined;
};

/** Neighbours of one kind that may run side by side. */
function groups(actions: readonly Action[]): Action[][] {
  const found: Action[][] = [];
  for (const action of actions) {
    const last = found.at(-1);
    if (last && mayJoin(last[0]!, action)) last.push(action);
    else found.push([action]);
  }
  return found;
}

const mayJoin = (a: Action, b: Action): boolean =>
  (a.do === "create" || a.do === "delete" || a.do === "patch") &&
  b.do === a.do &&
  b.resource.kind === a.resource.kind;

async function runGroup(pass: Pass, group: Action[]): Promise<void> {
  const first = group[0]!;
  if (first.do === "event") return pass.record(first);
  if (first.do === "again") {
    pass.againMs = Math.min(pass.againMs ?? Number.POSITIVE_INFINITY, first.afterMs);
    return;
  }
  if (pass.failure && first.do !== "setStatus") return;
  let size = first.do === "create" ? 1 : parallelMax;
  for (let at = 0; at < group.length; ) {
    const batch = group.slice(at, at + size);
    await Promise.all(batch.map((action) => attempt(pass, action)));
    if (pass.failure && first.do === "create") return;
    at += batch.length;
    if (first.do === "create") size *= 2;
  }
}

async function attempt(pass: Pass, action: Action): Promise<void> {
  const report = "report" in action ? action.report : undefined;
  try {
    const made = await perform(pass, action);
    if (made !== "nothing") tellDone(pass.record, report, made);
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    if (isNoFailure(action, error)) return;
    pass.failure ??= { action, error };
    tellFailed(pass.record, report, error);
  }
}

/** The server's answer; "nothing" when there was nothing to do. */
async function perform(pass: Pass, action: Action): Promise<ApiObject | undefined | "nothing"> {
  const { client } = pass;
  switch (action.do) {
    case "create":
      return wrote(pass, action.resource, await client.create(action.resource, action.object));
    case "update":
      return wrote(pass, action.resource, await client.update(action.resource, action.object));
    case "patch": {
      const { resource, ref, patch } = action;
      return wrote(pass, resource, await client.patch(resource, ref, patch, action));
    }
    case "delete": {
      const { resource, ref, uid } = action;
      await client.delete(resource, ref, action);
      pass.written.push({ resource, ref, uid });
      return undefined;
    }
    case "confirm":
      await confirm(client, action);
      return "nothing";
    case "setStatus":
      return setStatus(pass, action);
    case "event":
    case "again":
      return "nothing";
    default:
      return unreachable(action);
  }
}

async function confirm(client: Client, { resource, ref, uid }: ActionOf<"confirm">): Promise<void> {
  const { metadata } = await client.get(resource, ref);
  const name = `${resource.plural} ${keyOfRef(ref)}`;
  if (metadata.uid !== uid)
    throw new Error(`the original ${name} is gone: it has uid ${metadata.uid}, not ${uid}`);
  if (metadata.deletionTimestamp) throw new Error(`${name} is being deleted`);
}

async function setStatus(
  pass: Pass,
  action: ActionOf<"setStatus">,
): Promise<ApiObject | "nothing"> {
  const { resource, object } = action;
  const { metadata } = object;
  const annotations = action.annotations ?? metadata.annotations;
  const { failure, made } = pass;
  const status = typeof action.status === "function" ? action.status(failure, made) : action.status;
  if (equal(status, object.status) && equal(annotations, metadata.annotations)) return "nothing";
  const next = { ...object, metadata: { ...metadata, annotations }, status };
  if (!annotations) delete next.metadata.annotations;
  return wrote(pass, resource, await pass.client.update(resource, next, { subresource: "status" }));
}

function wrote(pass: Pass, resource: Resource, made: ApiObject): ApiObject {
  const { resourceVersion, uid } = made.metadata;
  pass.written.push({ resource, ref: refOf(made), uid, resourceVersion });
  pass.made.push(made);
  return made;
}

/** What was to be removed is gone already, or what was to be made goes with its namespace. */
function isNoFailure(action: Action, error: Error): boolean {
  if (!(error instanceof StatusError)) return false;
  if (action.do === "delete") return error.code === 404;
  if (action.do === "patch")
    return error.code === 404 || (error.code === 422 && action.isOptional === true);
  return action.do === "create" && isNamespaceTerminating(error);
}

const isNamespaceTerminating = (error: unknown): boolean =>
  error instanceof StatusError &&
  !!error.details?.causes?.some((cause) => cause.reason === "NamespaceTerminating");

function tellDone(record: Recorder, report: Report | undefined, made: ApiObject | undefined): void {
  if (!report?.done) return;
  const { type = "Normal", reason, message } = report.done;
  record({ about: report.about, type, reason, message: message(made) });
}

function tellFailed(record: Recorder, report: Report | undefined, error: Error): void {
  if (!report?.failed) return;
  const { reason, message } = report.failed;
  record({ about: report.about, type: "Warning", reason, message: message(error.message) });
}
