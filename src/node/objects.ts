// Config maps and secrets that the pods of a node refer to, each watched by its name while a pod needs it (upstream's
// watch-based managers; a node may see no others).
import type { Cache, Caches } from "../client/cache.ts";
import type { ApiObject } from "../schema/kind.ts";
import type { Resource } from "../schema/resource.ts";
import { configMaps, secrets } from "../schema/resources.ts";
import type { ConfigMap, Container, Pod, Secret } from "../schema/types/core-v1.ts";

export type ObjectKind = "configMap" | "secret";

export type ObjectSource = {
  /** Undefined when it is not there. Resolves once that is known. */
  configMap(namespace: string, name: string): Promise<ConfigMap | undefined>;
  secret(namespace: string, name: string): Promise<Secret | undefined>;
  /** Keeps watching what the pod refers to; `changed` is called when any of it changes. Returns the release. */
  hold(pod: Pod, changed: () => void): () => void;
};

/** One watch per object, as many as pods refer to. */
export function watchedObjects(caches: Caches): ObjectSource {
  const held = new Map<string, { cache: Cache; users: number; drop: () => void }>();
  const open = (kind: ObjectKind, namespace: string, name: string) => {
    const resource = resourceOf(kind);
    const options = { namespace, fieldSelector: `metadata.name=${name}` };
    return {
      cache: caches.of(resource, options) as Cache,
      users: 0,
      drop: () => caches.drop(resource, options),
    };
  };
  const get = async (kind: ObjectKind, namespace: string, name: string) => {
    const key = `${kind}/${namespace}/${name}`;
    const known = held.get(key);
    const one = known ?? open(kind, namespace, name);
    await one.cache.synced;
    const found = one.cache.get({ namespace, name });
    if (!known && !held.has(key)) one.drop();
    return found;
  };
  return {
    configMap: async (ns, name) => (await get("configMap", ns, name)) as ConfigMap | undefined,
    secret: async (ns, name) => (await get("secret", ns, name)) as Secret | undefined,
    hold(pod, changed) {
      const namespace = pod.metadata.namespace ?? "";
      const releases = referred(pod).map(([kind, name]) => {
        const key = `${kind}/${namespace}/${name}`;
        const one = held.get(key) ?? open(kind, namespace, name);
        held.set(key, one);
        one.users++;
        const stop = afterFirst(one.cache, changed);
        return () => {
          stop();
          one.users--;
          if (one.users > 0) return;
          held.delete(key);
          one.drop();
        };
      });
      return () => {
        for (const release of releases) release();
      };
    },
  };
}

const resourceOf = (kind: ObjectKind): Resource<ApiObject> =>
  (kind === "configMap" ? configMaps : secrets) as Resource<ApiObject>;

/** What is there when one begins to listen is no change. */
function afterFirst(cache: Cache, changed: () => void): () => void {
  let isFirst = true;
  const stop = cache.onChange(() => {
    if (!isFirst) changed();
  });
  isFirst = false;
  return stop;
}

/** Every config map and secret that the pod names. */
export function referred({ spec }: Pod): [ObjectKind, string][] {
  const found = new Set<string>();
  const add = (kind: ObjectKind, name: string | undefined): void => {
    if (name) found.add(`${kind}/${name}`);
  };
  for (const { name } of spec.imagePullSecrets ?? []) add("secret", name);
  for (const volume of spec.volumes ?? []) {
    add("configMap", volume.configMap?.name);
    add("secret", volume.secret?.secretName);
    for (const source of volume.projected?.sources ?? []) {
      add("configMap", source.configMap?.name);
      add("secret", source.secret?.name);
    }
  }
  const all = [
    ...(spec.initContainers ?? []),
    ...spec.containers,
    ...(spec.ephemeralContainers ?? []),
  ];
  for (const container of all as Container[]) {
    for (const from of container.envFrom ?? []) {
      add("configMap", from.configMapRef?.name);
      add("secret", from.secretRef?.name);
    }
    for (const { valueFrom } of container.env ?? []) {
      add("configMap", valueFrom?.configMapKeyRef?.name);
      add("secret", valueFrom?.secretKeyRef?.name);
    }
  }
  return [...found].map((key) => {
    const slash = key.indexOf("/");
    return [key.slice(0, slash) as ObjectKind, key.slice(slash + 1)];
  });
}
