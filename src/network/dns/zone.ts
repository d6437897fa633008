// The cluster's names as the caches have them.
import type { Caches } from "../../client/cache.ts";
import { keyOfRef } from "../../client/key.ts";
import { endpointSlices, services } from "../../schema/resources.ts";
import type { EndpointSlice } from "../../schema/types/discovery-v1.ts";
import type { Zone } from "./answer.ts";

/** Rejects when the caches are stopped before they are filled. */
export async function openZone(domain: string, caches: Caches): Promise<Zone> {
  const serviceCache = caches.of(services, {
    indexes: { clusterIp: ({ spec }) => (spec.clusterIPs ?? []).filter((ip) => ip !== "None") },
  });
  const slices = caches.of(endpointSlices, {
    indexes: {
      service: serviceOf,
      address: (slice) => (slice.endpoints ?? []).flatMap((e) => e.addresses),
    },
  });
  await Promise.all([serviceCache.synced, slices.synced]);
  return {
    domain,
    service: (namespace, name) => serviceCache.get({ namespace, name }),
    slices: (namespace, name) => slices.by("service", keyOfRef({ namespace, name })),
    hasNamespace: (name) => serviceCache.list(name).length > 0,
    serviceAt: (ip) => serviceCache.by("clusterIp", ip)[0],
    endpointsAt: (ip) =>
      slices
        .by("address", ip)
        .flatMap((slice) =>
          (slice.endpoints ?? [])
            .filter((e) => e.addresses.includes(ip))
            .map((endpoint) => ({ slice, endpoint })),
        ),
  };
}

function serviceOf({ metadata }: EndpointSlice): string[] {
  const name = metadata.labels?.["kubernetes.io/service-name"];
  return name === undefined ? [] : [keyOfRef({ namespace: metadata.namespace, name })];
}
