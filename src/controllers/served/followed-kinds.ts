// A cache for each kind that can be deleted, as kinds come and go.
import type { Cache, Caches, Change } from "../../client/cache.ts";
import type { ApiObject } from "../../schema/kind.ts";
import { apiVersionOf, type Resource } from "../../schema/resource.ts";
import type { Discovery, Served } from "./discovery.ts";

export type ObjectChange = { resource: Resource<ApiObject>; change: Change<ApiObject> };

type Followed = { resource: Resource<ApiObject>; cache: Cache<ApiObject>; end: () => void };

export class FollowedKinds {
  readonly #caches: Caches;
  readonly #followed = new Map<string, Followed>();
  readonly #listeners = new Set<(change: ObjectChange) => void>();

  constructor(caches: Caches) {
    this.#caches = caches;
  }

  /** Follows what is served; what is not any more is left, but for versions of which nobody can tell. */
  take({ served, unknown }: Discovery): void {
    const wanted = new Map(
      served.filter(isFollowable).map(({ resource }) => [nameOf(resource), resource]),
    );
    for (const [name, { resource, end }] of this.#followed) {
      if (wanted.has(name) || unknown.includes(apiVersionOf(resource))) continue;
      this.#followed.delete(name);
      end();
    }
    for (const [name, resource] of wanted)
      if (!this.#followed.has(name)) this.#followed.set(name, this.#follow(resource));
  }

  cacheOf(resource: Resource): Cache<ApiObject> | undefined {
    return this.#followed.get(nameOf(resource))?.cache;
  }

  /** Resolves when all that is followed now is listed; who stopped the caches is not waited for. */
  async listed(): Promise<void> {
    await Promise.allSettled([...this.#followed.values()].map(({ cache }) => cache.synced));
  }

  /** Told of every object that is there and of each change; a kind that goes takes its objects with it. */
  onChange(listener: (change: ObjectChange) => void): () => void {
    for (const { resource, cache } of this.#followed.values())
      for (const next of cache.list())
        listener({ resource, change: { key: "", old: undefined, next } });
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #follow(resource: Resource<ApiObject>): Followed {
    const own = this.#caches.find(resource);
    const cache = own ?? this.#caches.of(resource, { metadataOnly: true });
    const unsubscribe = cache.onChange((change) => this.#announce(resource, change));
    const end = (): void => {
      unsubscribe();
      for (const old of cache.list()) this.#announce(resource, { key: "", old, next: undefined });
      if (!own) this.#caches.drop(resource, { metadataOnly: true });
    };
    return { resource, cache, end };
  }

  #announce(resource: Resource<ApiObject>, change: Change<ApiObject>): void {
    for (const listener of this.#listeners) listener({ resource, change });
  }
}

const isFollowable = ({ resource, verbs, isPreferred }: Served): boolean =>
  isPreferred &&
  verbs.has("list") &&
  verbs.has("watch") &&
  verbs.has("delete") &&
  !isIgnored(resource);

/** Kinds whose objects come and go too fast to be worth following, as upstream. */
const isIgnored = ({ plural }: Resource): boolean => plural === "events";

const nameOf = ({ group, plural }: Resource): string => `${plural}.${group}`;
