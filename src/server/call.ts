// Calls of the server to itself, by the same way as everybody's.
import type { ApiRequest, Identity } from "../schema/api-request.ts";
import type { ApiObject } from "../schema/kind.ts";
import type { Resource } from "../schema/resource.ts";
import { type Status, StatusError } from "../schema/status-error.ts";
import type { Core } from "./context.ts";

/** The server itself, for what nobody asked for. */
export const serverIdentity: Identity = Object.freeze({
  user: "system:apiserver",
  groups: Object.freeze(["system:authenticated", "system:masters"]),
});

export type Call = {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: string;
  readonly body?: object;
  /** Of a patch. */
  readonly contentType?: string;
  readonly identity?: Identity;
};

/** Throws the StatusError that the API answers with. The object is frozen. */
export async function call<T = ApiObject>(core: Core, request: Call): Promise<T> {
  const response = await core.api(requestOf(request));
  const object = response.body.is === "object" ? response.body.object : undefined;
  if (response.status < 400) return object as T;
  const { code = response.status, reason = "", message = "", details } = (object ?? {}) as Status;
  throw new StatusError(code, reason, message, details);
}

/** As `call`; undefined for what is not there. */
export async function callOrAbsent<T = ApiObject>(
  core: Core,
  request: Call,
): Promise<T | undefined> {
  try {
    return await call<T>(core, request);
  } catch (error) {
    if (error instanceof StatusError && error.code === 404) return undefined;
    throw error;
  }
}

function requestOf({ method, path, query = "", body, contentType, identity }: Call): ApiRequest {
  const bytes = (): Promise<Uint8Array> =>
    Promise.resolve(body === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(body)));
  return {
    method,
    path,
    query,
    headers: {
      "content-type": contentType ?? "application/json",
      "user-agent": "kube-apiserver",
    },
    body: bytes,
    ...(body === undefined || method === "PATCH" ? {} : { object: structuredCopy(body) }),
    identity: identity ?? serverIdentity,
    wantsObjects: true,
    peer: { address: "127.0.0.1" },
    signal: never,
  };
}

/** The server may keep and freeze what it gets. */
const structuredCopy = (body: object): unknown => JSON.parse(JSON.stringify(body));

const never = new AbortController().signal;

/** The path of a resource's objects in a namespace ("" for all or none), or of one of them. */
export function pathOf(resource: Resource, namespace = "", name?: string): string {
  const root = resource.group === "" ? "/api" : `/apis/${resource.group}`;
  const inside = namespace === "" ? "" : `/namespaces/${namespace}`;
  const base = `${root}/${resource.version}${inside}/${resource.plural}`;
  return name === undefined ? base : `${base}/${name}`;
}
