// What a request asks for, from its method and path alone: upstream's rules for request attributes.
import type { Attributes } from "./context.ts";

export type Route = {
  readonly attributes: Attributes;
  /** A name in the path itself; `attributes.name` may also come from a field selector. */
  readonly pathName: string;
  /** The deprecated `/watch/` path: a list is a watch whatever the query says. */
  readonly forcedWatch: boolean;
  /** What stands behind the subresource (`/proxy/a/b` gives "a/b"), "" when nothing does. */
  readonly rest: string;
};

/** `path` decoded, as received; `query` without the question mark. */
export function route(method: string, path: string, query: string): Route {
  const parts = path.split("/").filter((part) => part !== "");
  const at = prefixLength(parts);
  if (at === 0) return otherRoute(method, path);
  const legacy = parts[at] === "watch" && parts.length > at + 1;
  const { namespace, start } = namespaceOf(parts, legacy ? at + 1 : at);
  const name = parts[start + 1] ?? "";
  const verb = legacy ? "watch" : (verbs[method] ?? "");
  const target = {
    isResource: true,
    path,
    group: at === 3 ? parts[1]! : "",
    version: parts[at - 1]!,
    plural: parts[start] ?? "",
    subresource: parts[start + 2] ?? "",
    namespace,
    name,
  };
  return {
    attributes: name === "" && !legacy ? collection(target, verb, query) : { ...target, verb },
    pathName: name,
    forcedWatch: legacy,
    rest: parts.length > start + 3 ? restOf(path, start + 3) : "",
  };
}

/** Upstream reads a query's boolean so: absent, "false" and "0" say no, anything else says yes. */
export function truthy(text: string | null): boolean {
  return text !== null && text !== "0" && text.toLowerCase() !== "false";
}

/** Number of parts before the resource (`api`, `v1` = 2; `apis`, group, version = 3); 0: no resource. */
function prefixLength(parts: readonly string[]): number {
  if (parts.length < 3) return 0;
  if (parts[0] === "api") return 2;
  return parts[0] === "apis" && parts.length > 3 ? 3 : 0;
}

function otherRoute(method: string, path: string): Route {
  const attributes = {
    verb: method.toLowerCase(),
    isResource: false,
    path,
    group: "",
    version: "",
    plural: "",
    subresource: "",
    namespace: "",
    name: "",
  };
  return { attributes, pathName: "", forcedWatch: false, rest: "" };
}

/** `namespaces/x/pods` starts at `pods`; `namespaces/x` and `namespaces/x/status` name the namespace itself. */
function namespaceOf(parts: readonly string[], at: number): { namespace: string; start: number } {
  if (parts[at] !== "namespaces" || parts.length <= at + 1) return { namespace: "", start: at };
  const namespace = parts[at + 1]!;
  const next = parts[at + 2];
  if (next === undefined || namespaceSubresources.has(next)) return { namespace, start: at };
  return { namespace, start: at + 2 };
}

type Target = Omit<Attributes, "verb">;

/** The parameters of a query. Upstream passes over those that it cannot read: with a semicolon or a broken escape. */
export function queryOf(query: string): URLSearchParams {
  if (!unreadable.test(query)) return new URLSearchParams(query);
  const parts = query.split("&").filter((part) => !unreadable.test(part));
  return new URLSearchParams(parts.join("&"));
}

const unreadable = /;|%(?![0-9A-Fa-f]{2})/;

/** A list or watch of one name by field selector counts as a request for that name, as upstream. */
function collection(target: Target, verb: string, query: string): Attributes {
  if (verb !== "get" && verb !== "delete") return { ...target, verb };
  const all = verb === "delete" ? "deletecollection" : "list";
  if (query === "") return { ...target, verb: all };
  const options = queryOf(query);
  const fieldSelector = options.get("fieldSelector") ?? "";
  const labelSelector = options.get("labelSelector") ?? "";
  return {
    ...target,
    verb: all === "list" && truthy(options.get("watch")) ? "watch" : all,
    name: all === "list" ? exactName(fieldSelector) : "",
    ...(fieldSelector === "" ? {} : { fieldSelector }),
    ...(labelSelector === "" ? {} : { labelSelector }),
  };
}

const verbs: Readonly<Record<string, string>> = {
  POST: "create",
  GET: "get",
  HEAD: "get",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

const namespaceSubresources = new Set(["status", "finalize"]);

/** The name that `metadata.name=NAME` demands, when it could be one. */
function exactName(selector: string): string {
  for (const term of selector.split(",")) {
    const name = /^metadata\.name={1,2}([^=!/%\\]+)$/.exec(term)?.[1];
    if (name !== undefined && name !== "." && name !== "..") return name;
  }
  return "";
}

/** The path behind its first `count` parts, with the slashes that it came with. */
function restOf(path: string, count: number): string {
  let at = 0;
  for (let left = count; left > 0; left--) {
    while (path[at] === "/") at++;
    while (at < path.length && path[at] !== "/") at++;
  }
  return path.slice(at + 1);
}
