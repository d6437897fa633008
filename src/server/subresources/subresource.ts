// Parts of an object that have a path of their own.
import type { ApiResponse } from "../../schema/api-request.ts";
import type { Subresource } from "../../schema/kind.ts";
import { notFound, StatusError } from "../../schema/status-error.ts";
import { methodNotAllowed, resourceNotFound } from "../answer.ts";
import type { Context } from "../context.ts";
import { outputOf } from "../output.ts";
import type { Route } from "../route.ts";
import { namedIn, type Parts, type Scope } from "../scope.ts";
import { computeSubresource } from "../verbs/compute.ts";
import { get } from "../verbs/get.ts";
import { patch } from "../verbs/patch.ts";
import { update } from "../verbs/update.ts";
import { bind } from "./binding.ts";
import { log, portForward, stream } from "./connect.ts";
import { evict } from "./eviction.ts";
import { proxy } from "./proxy.ts";
import { getScale, patchScale, updateScale } from "./scale.ts";

export async function subresource(
  parts: Parts,
  context: Context,
  asked: Route,
): Promise<ApiResponse> {
  const kind = context.kind!;
  const { subresource: name, plural, group } = context.attributes;
  const known = kind.subresources.find((s) => s.name === name);
  const custom = kind.resource.type === "";
  if (known === undefined && custom) throw notFound(namedIn(context));
  if (known === undefined || (asked.rest !== "" && name !== "proxy")) throw resourceNotFound();
  const core = group === "";
  const proxied = core && name === "proxy";
  if (proxied && proxiedMethods.has(context.request.method))
    return proxy({ parts, context, kind, output: { media: "json", pretty: false } }, asked);
  const verb = verbs[context.request.method];
  if (custom && (verb === "create" || verb === "delete")) throw notSupportedOn(context, verb);
  if (verb === undefined || proxied || !known.verbs.includes(verb)) throw methodNotAllowed();
  const scope: Scope = { parts, context, kind, output: outputOf(context, kind, false) };
  const connected = core && plural === "pods" ? connections[name] : undefined;
  if (connected !== undefined) return connected(scope);
  if (name === "scale") return scaled[verb]!(scope);
  if (verb === "create") return computeSubresource(scope);
  return whole[verb]!(scope);
}

/** Parts of custom resources are looked at by a handler that has words of its own. */
function notSupportedOn({ attributes: { group, plural } }: Context, verb: string): StatusError {
  const message = `${verb} is not supported on resources of kind "${plural}.${group}"`;
  return new StatusError(405, "MethodNotAllowed", message, { group, kind: plural });
}

/** What is behind a proxy knows more than the verbs of objects. */
const proxiedMethods = new Set(["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]);

const verbs: Readonly<Record<string, Subresource["verbs"][number]>> = {
  GET: "get",
  PUT: "update",
  PATCH: "patch",
  POST: "create",
  DELETE: "delete",
};

type Run = (scope: Scope) => Promise<ApiResponse>;

const connections: Readonly<Record<string, Run>> = {
  attach: (scope) => stream(scope, "attach"),
  binding: bind,
  eviction: evict,
  exec: (scope) => stream(scope, "exec"),
  log,
  portforward: portForward,
};

const scaled: Readonly<Record<string, Run>> = {
  get: getScale,
  update: updateScale,
  patch: patchScale,
};

/** A part that is read and written as the whole object; what it may change is the kind's business. */
const whole: Readonly<Record<string, Run>> = { get, update, patch };
