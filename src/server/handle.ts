// A request's way through the server, from the first look at its path to the answer.

import { uuid } from "../lib/random.ts";
import type { ApiRequest, ApiResponse } from "../schema/api-request.ts";
import type { Kind } from "../schema/kind.ts";
import { badRequest, StatusError } from "../schema/status-error.ts";
import { StoreError } from "../store/store.ts";
import { errorAnswer, methodNotAllowed, pageNotFound, resourceNotFound } from "./answer.ts";
import type { AuditRecord } from "./audit/audit.ts";
import { refusedAsker } from "./auth/impersonate.ts";
import { allowed, decide } from "./authorized.ts";
import { compressed } from "./compress.ts";
import type { Attributes, Context } from "./context.ts";
import { checkTimeout } from "./deadline.ts";
import type { Turn } from "./fairness/fairness.ts";
import { tooMany, turnOf } from "./fairness/turn.ts";
import { outputOf } from "./output.ts";
import { queryOf, type Route, route } from "./route.ts";
import type { Parts, Scope } from "./scope.ts";
import { bind } from "./subresources/binding.ts";
import { subresource } from "./subresources/subresource.ts";
import { getComponent, listComponents } from "./verbs/component-status.ts";
import { compute } from "./verbs/compute.ts";
import { create } from "./verbs/create.ts";
import { remove } from "./verbs/delete.ts";
import { deleteCollection } from "./verbs/delete-collection.ts";
import { get } from "./verbs/get.ts";
import { list } from "./verbs/list.ts";
import { patch } from "./verbs/patch.ts";
import { update } from "./verbs/update.ts";
import { watch } from "./verbs/watch.ts";

/** Answers every request; rejects only when the server itself is broken. */
export async function handle(parts: Parts, request: ApiRequest): Promise<ApiResponse> {
  const warnings = new Set<string>();
  const annotations = new Map<string, string>();
  let turn: Turn | undefined;
  let seated = false;
  let unidentified: Attributes | undefined;
  let record: AuditRecord | undefined;
  let metered: Context | undefined;
  const begunAtMs = parts.clock.monotonic();
  const { audit } = parts.edge;
  const end = async (answer: ApiResponse): Promise<ApiResponse> => {
    const noted = record;
    // A record that cannot be kept is told once, by the answer that comes after this one.
    record = undefined;
    const told = noted === undefined ? answer : await noted.answered(answer);
    if (metered !== undefined) {
      parts.meter.answered(metered, told, (parts.clock.monotonic() - begunAtMs) / 1000);
      metered = undefined;
    }
    return finished(parts, told, { request, warnings, turn, auditId: noted?.id });
  };
  try {
    checkTimeout(request);
    const path = decodedPath(request.path);
    const asked = route(request.method, path, request.query);
    const { attributes } = asked;
    unidentified = attributes;
    const identity =
      request.identity ??
      (await parts.edge.identify(request, attributes, { warnings, annotations }));
    const context: Context = {
      request,
      attributes,
      identity,
      kind: parts.kinds.find(attributes.group, attributes.version, attributes.plural),
      query: queryOf(request.query),
      now: parts.clock.now(),
      warnings,
      annotations,
      turns: parts.turns,
      isLarge: false,
    };
    unidentified = undefined;
    parts.meter.begun(context);
    metered = context;
    if (audit !== undefined) record = await audit.begin(context, parts.kinds);
    turn = turnOf(parts, context);
    if (turn !== undefined) {
      seated = turn.runs === true || (await turn.runs);
      if (!seated) return await end(tooMany(turn));
    }
    const decided = decide(parts, identity, attributes);
    const decision = decided instanceof Promise ? await decided : decided;
    record?.decided(decision);
    allowed(decision, identity, attributes);
    const elsewhere = parts.edge.aggregation?.answer(context);
    const answer =
      elsewhere !== undefined
        ? await elsewhere
        : attributes.isResource
          ? await resource(parts, context, asked)
          : await page(parts, context);
    return await end(answer);
  } catch (error) {
    if (!(error instanceof StatusError || error instanceof StoreError))
      parts.log.error("a request failed", { method: request.method, path: request.path, error });
    const answer = await errorAnswer(error, request);
    if (unidentified !== undefined && audit !== undefined) {
      const { kinds } = parts;
      const asker = refusedAsker(error);
      const refused = { request, attributes: unidentified, annotations, kinds, asker, answer };
      await audit.unidentified(refused);
    }
    return await end(answer);
  } finally {
    if (seated) turn?.done();
  }
}

async function page(parts: Parts, context: Context): Promise<ApiResponse> {
  for (const one of parts.edge.pages) {
    const answer = await one(context);
    if (answer !== undefined) return answer;
  }
  return pageNotFound();
}

async function resource(parts: Parts, context: Context, asked: Route): Promise<ApiResponse> {
  const { attributes, request } = context;
  const kind = context.kind;
  // A part of a path has a name.
  if (attributes.path.startsWith("//")) return pageNotFound();
  const isWhole = !attributes.path.includes("//");
  if (kind === undefined || !isWhole || !isPlaced(kind, asked))
    return unknownResource(parts, context);
  if (asked.forcedWatch) checkWatched(kind, context);
  if (attributes.subresource !== "") {
    const isServed = kind.subresources.some(({ name }) => name === attributes.subresource);
    if (kind.deprecation !== undefined && isServed) context.warnings.add(kind.deprecation);
    return subresource(parts, context, asked);
  }
  const named = asked.pathName !== "";
  const run = methodsOf(kind, named, context)[request.method];
  if (run === undefined && isMisplaced(kind, named, context)) return pageNotFound();
  if (named && !kind.verbs.some((verb) => namedVerbs.has(verb))) throw resourceNotFound();
  if (run === undefined) throw methodNotAllowed();
  const output = outputOf(context, kind, !named);
  if (kind.deprecation !== undefined) context.warnings.add(kind.deprecation);
  return run({ parts, context, kind, output }, asked);
}

/** Below `/watch/` nothing but watches of objects can be asked for. */
function checkWatched(kind: Kind, { attributes, request }: Context): void {
  if (attributes.subresource !== "" || !kind.verbs.includes("watch")) throw resourceNotFound();
  if (request.method !== "GET") throw methodNotAllowed();
}

/** Namespaced objects have a namespace in their path; others never do. */
function isPlaced({ resource: { scope } }: Kind, { attributes, pathName }: Route): boolean {
  const { namespace, plural } = attributes;
  if (scope === "Cluster")
    return namespace === "" || (plural === "namespaces" && namespace === pathName);
  return namespace !== "" || pathName === "";
}

/** What is only ever created has no paths with names. */
const namedVerbs: ReadonlySet<string> = new Set(["get", "update", "patch", "delete"]);

type Run = (scope: Scope, asked: Route) => Promise<ApiResponse>;

const one: Readonly<Record<string, Run>> = {
  GET(scope, asked) {
    if (scope.kind.virtual) return getComponent(scope);
    return asked.forcedWatch ? watch(scope, asked.pathName) : get(scope);
  },
  PUT: update,
  PATCH: patch,
  DELETE: remove,
};

const all: Readonly<Record<string, Run>> = {
  GET(scope) {
    if (scope.kind.virtual) return listComponents(scope);
    return scope.context.attributes.verb === "watch" ? watch(scope, "") : list(scope);
  },
  POST: (scope) => (scope.kind.virtual ? createVirtual(scope) : create(scope)),
  DELETE: deleteCollection,
};

/** `bindings` is an old path to a pod's subresource; all other kinds without a store are computed. */
function createVirtual(scope: Scope): Promise<ApiResponse> {
  const { group, plural } = scope.context.attributes;
  if (group !== "" || plural !== "bindings") return compute(scope);
  return bind({ ...scope, kind: scope.parts.kinds.find("", "v1", "pods")! });
}

/** Upstream's paths of custom resources are not made of a table, and one without a namespace is none but for lists. */
const isMisplaced = ({ resource }: Kind, named: boolean, { attributes }: Context): boolean =>
  resource.type === "" &&
  resource.scope === "Namespaced" &&
  attributes.namespace === "" &&
  !named &&
  attributes.verb === "create";

const noMethods: Readonly<Record<string, Run>> = {};

/** What the kind can do at this path. */
function methodsOf(kind: Kind, named: boolean, { attributes }: Context): typeof one {
  const { verb, namespace } = attributes;
  const needed = verb === "watch" && named ? "watch" : verb;
  if (!(kind.verbs as readonly string[]).includes(needed)) return noMethods;
  const acrossNamespaces = kind.resource.scope === "Namespaced" && namespace === "";
  if (!named && acrossNamespaces && verb !== "list" && verb !== "watch") return noMethods;
  return named ? one : all;
}

/** A group that is served knows all its paths; others are as if there were no API below them. */
function unknownResource({ kinds }: Parts, { attributes }: Context): ApiResponse {
  const served = kinds
    .all()
    .some(({ resource: { group, type } }) => group === attributes.group && type !== "");
  if (served) throw resourceNotFound();
  return pageNotFound();
}

function decodedPath(path: string): string {
  if (!path.includes("%")) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    // Not an encoding at all: nothing that upstream would pass on to the API either.
    throw badRequest(`the path ${JSON.stringify(path)} is not a URL path`);
  }
}

type Ending = {
  readonly request: ApiRequest;
  readonly warnings: ReadonlySet<string>;
  readonly turn: Turn | undefined;
  readonly auditId: string | undefined;
};

/** Adds what every answer to a caller from outside has. */
function finished(
  { random }: Parts,
  answer: ApiResponse,
  { request, warnings, turn, auditId }: Ending,
): ApiResponse {
  if (request.wantsObjects) return answer;
  const headers: Record<string, string | readonly string[]> = {
    "audit-id": auditId ?? request.headers["audit-id"] ?? uuid(random),
    "cache-control": "no-cache, private",
    ...turn?.headers,
    ...answer.headers,
  };
  if (warnings.size > 0) headers["warning"] = [...warnings].map(warningHeader);
  return compressed({ ...answer, headers }, request);
}

/** As RFC 7234 has it; control characters would end the header. */
function warningHeader(text: string): string {
  const escaped = text.replace(/["\\]/g, "\\$&").replace(/[^\t\x20-\x7e\u00a0-\u{10ffff}]/gu, "");
  return `299 - "${Buffer.from(escaped).toString("latin1")}"`;
}
