// What a program imports as `coxswain/client`.
export type { Cache, CacheOptions, Caches, CachesOptions, Change } from "../client/cache.ts";
export { makeCaches } from "../client/cache.ts";
export type * from "../client/client.ts";
export { fetchApi, httpClient } from "../client/http.ts";
export type { ApiObject } from "../schema/kind.ts";
export type { Resource } from "../schema/resource.ts";
export * from "../schema/resources.ts";
export { StatusError } from "../schema/status-error.ts";
export type * from "../schema/types/apps-v1.ts";
export type * from "../schema/types/batch-v1.ts";
export type * from "../schema/types/coordination-v1.ts";
export type * from "../schema/types/core-v1.ts";
export type {
  Condition,
  LabelSelector,
  ObjectMeta,
  OwnerReference,
} from "../schema/types/meta-v1.ts";
export type * from "../schema/types/networking-v1.ts";
export type * from "../schema/types/rbac-v1.ts";
