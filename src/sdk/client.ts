// What a program imports as `coxswain/client`.
export type { Cache, CacheOptions, Caches, CachesOptions, Change } from "../client/cache.ts";
export { makeCaches } from "../client/cache.ts";
export type * from "../client/client.ts";
export { fetchApi, httpClient } from "../client/http.ts";
export * from "../schema/resources.ts";
export { StatusError } from "../schema/status-error.ts";
