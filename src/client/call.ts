// One client over one function: each call becomes an ApiRequest, each answer an object or a StatusError.
// In process and over HTTPS differ only in what `Transport` says.
import type {
  Api,
  ApiBody,
  ApiRequest,
  ApiResponse,
  Identity,
  WatchEvent,
} from "../schema/api-request.ts";
import type { ApiObject } from "../schema/kind.ts";
import { apiVersionOf, type Resource } from "../schema/resource.ts";
import { StatusError } from "../schema/status-error.ts";
import { decodeEvents, decodeJson, encodeJson, joinedText } from "./bytes.ts";
import type {
  Client,
  DeleteOptions,
  Listed,
  ListOptions,
  PatchOptions,
  RawRequest,
  WatchOptions,
  WriteOptions,
} from "./client.ts";
import { refOf } from "./key.ts";
import { collectionPath, objectPath } from "./path.ts";

export type Transport = {
  api: Api;
  /** Set in process; over a connection the server finds out who asks. */
  identity?: Identity;
  /** Objects go through as they are instead of as bytes. */
  objects: boolean;
  /** Sent with each request, names in lower case (`user-agent`, `authorization`). */
  headers?: Readonly<Record<string, string>>;
};

type Call = {
  method: string;
  path: string;
  query?: URLSearchParams;
  body?: unknown;
  contentType?: string;
  accept?: string;
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
};

const patchTypes = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
} as const;

const json = "application/json";
const asMetadata = `${json};as=PartialObjectMetadata;g=meta.k8s.io;v=v1`;
const asMetadataList = `${json};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1`;

/** What `inProcessClient` and `httpClient` are made of. */
export function clientOver(transport: Transport): Client {
  const ask = (call: Call): Promise<ApiResponse> => transport.api(requestOf(transport, call));
  const answer = async <T>(call: Call): Promise<T> => (await objectOf(await ask(call))) as T;
  return {
    get: (resource, ref, options = {}) =>
      answer({ method: "GET", path: objectPath(resource, ref, options.subresource) }),
    async list<T>(resource: Resource<T>, options: ListOptions = {}) {
      const listed = await answer<Listed<T>>({
        method: "GET",
        path: collectionPath(resource, options.namespace),
        query: listQuery(options),
        accept: options.metadataOnly ? `${asMetadataList},${json}` : json,
      });
      // A list of metadata without any says null.
      return { ...listed, items: listed.items ?? [] };
    },
    watch: (resource, options, signal) => watchOver(ask, resource, options, signal),
    create: (resource, object, options = {}) =>
      answer({
        method: "POST",
        path: createPath(resource, object, options),
        query: writeQuery(options),
        body: options.subresource ? object : typed(resource, object),
      }),
    update: (resource, object, options = {}) =>
      answer({
        method: "PUT",
        path: objectPath(resource, refOf(object), options.subresource),
        query: writeQuery(options),
        body: typed(resource, object),
      }),
    patch: (resource, ref, patch, options) =>
      answer({
        method: "PATCH",
        path: objectPath(resource, ref, options.subresource),
        query: patchQuery(options),
        body: patch,
        contentType: patchTypes[options.type],
      }),
    async delete(resource, ref, options = {}) {
      await answer({
        method: "DELETE",
        path: objectPath(resource, ref),
        body: deleteBody(options),
      });
    },
    async deleteCollection(resource, options) {
      await answer({
        method: "DELETE",
        path: collectionPath(resource, options.namespace),
        query: listQuery({ ...options, resourceVersion: undefined }),
        body: deleteBody(options),
      });
    },
    post: (resource, ref, subresource, body) =>
      answer({ method: "POST", path: objectPath(resource, ref, subresource), body }),
    send: (raw) => ask(rawCall(raw)),
  };
}

async function* watchOver<T extends ApiObject>(
  ask: (call: Call) => Promise<ApiResponse>,
  resource: Resource<T>,
  options: WatchOptions,
  signal: AbortSignal,
): AsyncIterable<readonly WatchEvent<T>[]> {
  const query = listQuery(options);
  query.set("watch", "true");
  const response = await ask({
    method: "GET",
    path: collectionPath(resource, options.namespace),
    query,
    accept: options.metadataOnly ? `${asMetadata},${json}` : json,
    signal,
  });
  if (response.status >= 400) throw await errorOf(response);
  for await (const batch of batchesOf(response.body)) {
    for (const event of batch) if (event.type === "ERROR") throw errorFrom(0, event.object);
    yield batch as readonly WatchEvent<T>[];
  }
}

function batchesOf(body: ApiBody): AsyncIterable<readonly WatchEvent[]> {
  if (body.is === "events") return body.batches;
  if (body.is === "stream") return decodeEvents(body.batches);
  throw new Error(`a watch was answered with ${body.is}`);
}

function requestOf(transport: Transport, call: Call): ApiRequest {
  const { objects, identity } = transport;
  const headers: Record<string, string> = { ...transport.headers, accept: call.accept ?? json };
  const hasBody = call.body !== undefined;
  if (hasBody) headers["content-type"] = call.contentType ?? json;
  Object.assign(headers, call.headers);
  return {
    method: call.method,
    path: call.path,
    query: call.query?.toString() ?? "",
    headers,
    body: async () => (hasBody ? encodeJson(call.body) : new Uint8Array()),
    ...(objects && hasBody ? { object: call.body } : {}),
    ...(identity ? { identity } : {}),
    ...(objects ? { wantsObjects: true } : {}),
    peer: { address: "" },
    signal: call.signal ?? never,
  };
}

const never = new AbortController().signal;

/** What a response holds, decoded; undefined for an empty one. Throws the refusal of a response of 400 or more. */
export async function objectOf(response: ApiResponse): Promise<unknown> {
  if (response.status >= 400) throw await errorOf(response);
  const { body } = response;
  if (body.is === "object") return body.object;
  if (body.is === "empty") return undefined;
  if (body.is === "bytes") return decodeJson(body.chunks);
  if (body.is === "stream") return decodeJson(await collect(body.batches));
  throw new Error(`a request for an object was answered with ${body.is}`);
}

/** The refusal that a response of 400 or more carries, also when a proxy wrote it. */
async function errorOf(response: ApiResponse): Promise<StatusError> {
  const { body, status } = response;
  if (body.is === "object") return errorFrom(status, body.object);
  const chunks =
    body.is === "bytes" ? body.chunks : body.is === "stream" ? await collect(body.batches) : [];
  const text = joinedText(chunks);
  try {
    return errorFrom(status, JSON.parse(text));
  } catch {
    return new StatusError(status, "", text.slice(0, 1024) || `the server answered ${status}`);
  }
}

function errorFrom(code: number, body: unknown): StatusError {
  if (body instanceof StatusError) return body;
  const status = (body ?? {}) as Partial<ReturnType<StatusError["toStatus"]>>;
  const message = status.message ?? `the server answered ${code}`;
  return new StatusError(status.code ?? code, status.reason ?? "", message, status.details);
}

async function collect(batches: AsyncIterable<readonly Uint8Array[]>): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const batch of batches) chunks.push(...batch);
  return chunks;
}

/** Objects of a list carry no type; what is written does. */
function typed(resource: Resource, object: ApiObject): ApiObject {
  if (object.apiVersion && object.kind) return object;
  return { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind };
}

function createPath<T>(resource: Resource<T>, object: ApiObject, options: WriteOptions): string {
  return options.subresource
    ? objectPath(resource, refOf(object), options.subresource)
    : collectionPath(resource, object.metadata.namespace);
}

function listQuery(options: ListOptions & WatchOptions): URLSearchParams {
  const query = new URLSearchParams();
  const { labelSelector, fieldSelector, limit, resourceVersion, resourceVersionMatch } = options;
  if (labelSelector) query.set("labelSelector", labelSelector);
  if (fieldSelector) query.set("fieldSelector", fieldSelector);
  if (limit) query.set("limit", String(limit));
  if (options.continue) query.set("continue", options.continue);
  if (resourceVersion !== undefined) query.set("resourceVersion", resourceVersion);
  if (resourceVersionMatch) query.set("resourceVersionMatch", resourceVersionMatch);
  if (options.allowWatchBookmarks) query.set("allowWatchBookmarks", "true");
  if (options.sendInitialEvents !== undefined)
    query.set("sendInitialEvents", String(options.sendInitialEvents));
  if (options.timeoutSeconds) query.set("timeoutSeconds", String(options.timeoutSeconds));
  return query;
}

function writeQuery(options: WriteOptions): URLSearchParams {
  const query = new URLSearchParams();
  if (options.fieldManager) query.set("fieldManager", options.fieldManager);
  if (options.dryRun) query.set("dryRun", "All");
  return query;
}

function patchQuery(options: PatchOptions): URLSearchParams {
  const query = writeQuery(options);
  if (options.force !== undefined) query.set("force", String(options.force));
  return query;
}

function deleteBody(options: DeleteOptions): unknown {
  const { graceSeconds, propagation, uid, resourceVersion } = options;
  const preconditions = {
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
  return {
    kind: "DeleteOptions",
    apiVersion: "v1",
    ...(graceSeconds === undefined ? {} : { gracePeriodSeconds: graceSeconds }),
    ...(propagation === undefined ? {} : { propagationPolicy: propagation }),
    ...(Object.keys(preconditions).length === 0 ? {} : { preconditions }),
  };
}

function rawCall({ query, ...raw }: RawRequest): Call {
  return { ...raw, query: new URLSearchParams(query) };
}
