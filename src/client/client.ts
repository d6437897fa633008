// Typed calls to the API, the same in process and over HTTPS. Objects it returns are frozen: change a copy.
import type { ApiRequest, ApiResponse, WatchEvent } from "../schema/api-request.ts";
import type { ApiObject } from "../schema/kind.ts";
import type { Resource } from "../schema/resource.ts";
import type { ListMeta } from "../schema/types/meta-v1.ts";

export type Ref = { namespace?: string | undefined; name: string };

export type Listed<T> = { metadata: ListMeta; items: readonly T[] };

export type ListOptions = {
  /** Absent: all namespaces. */
  namespace?: string | undefined;
  labelSelector?: string;
  fieldSelector?: string;
  limit?: number;
  continue?: string;
  resourceVersion?: string;
  resourceVersionMatch?: "Exact" | "NotOlderThan";
  /** Asks for metadata only. An answer in process may hold whole objects all the same. */
  metadataOnly?: boolean;
};

export type WatchOptions = Omit<ListOptions, "limit" | "continue"> & {
  allowWatchBookmarks?: boolean;
  sendInitialEvents?: boolean;
  timeoutSeconds?: number;
};

export type WriteOptions = { fieldManager?: string; dryRun?: boolean; subresource?: string };

export type PatchOptions = WriteOptions & {
  type: "json" | "merge" | "strategic" | "apply";
  force?: boolean;
};

export type DeleteOptions = {
  graceSeconds?: number;
  propagation?: "Foreground" | "Background" | "Orphan";
  uid?: string;
  resourceVersion?: string;
};

/** Every call throws a StatusError for what the API refuses; one that takes a `signal` ends when it is aborted. */
export type Client = {
  /** A subresource may be of another kind (`scale`), which is then `Answer`. */
  get<T extends ApiObject, Answer = T>(
    resource: Resource<T>,
    ref: Ref,
    options?: { subresource?: string },
  ): Promise<Answer>;
  list<T extends ApiObject>(resource: Resource<T>, options?: ListOptions): Promise<Listed<T>>;
  /** Ends when the server ends the watch; throws StatusError(410) when the version is too old. */
  watch<T extends ApiObject>(
    resource: Resource<T>,
    options: WatchOptions,
    signal: AbortSignal,
  ): AsyncIterable<readonly WatchEvent<T>[]>;
  create<T extends ApiObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T>;
  update<T extends ApiObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T>;
  patch<T extends ApiObject>(
    resource: Resource<T>,
    ref: Ref,
    patch: unknown,
    options: PatchOptions,
  ): Promise<T>;
  delete<T extends ApiObject>(
    resource: Resource<T>,
    ref: Ref,
    options?: DeleteOptions,
  ): Promise<void>;
  /** `uid` and `resourceVersion` are what each object must have; they choose none. */
  deleteCollection<T extends ApiObject>(
    resource: Resource<T>,
    options: Omit<ListOptions, "resourceVersion" | "metadataOnly"> & DeleteOptions,
  ): Promise<void>;
  /** For subresources whose body is another kind: `post(pods, ref, "binding", body)`. */
  post<T extends ApiObject, Answer>(
    resource: Resource<T>,
    ref: Ref,
    subresource: string,
    body: unknown,
  ): Promise<Answer>;
  /** Any request by method and path, for what the calls above do not cover (discovery, logs, proxies). */
  send(request: RawRequest): Promise<ApiResponse>;
};

export type RawRequest = Pick<ApiRequest, "method" | "path"> & {
  query?: string;
  headers?: Readonly<Record<string, string>>;
  body?: unknown;
  signal?: AbortSignal;
};
