import type { Change } from "../../client/cache.ts";
import { refOfKey } from "../../client/key.ts";
import { ownKey, source, startController } from "../../control/controller.ts";
import { endpointSlices, endpoints, services } from "../../schema/resources.ts";
import type { Service } from "../../schema/types/core-v1.ts";
import type { EndpointSlice } from "../../schema/types/discovery-v1.ts";
import { managedByLabel, serviceNameLabel } from "../endpoint-slice/reconcile.ts";
import type { Parts, Running } from "../parts.ts";
import { isMirrored, mirrorName, reconcile } from "./reconcile.ts";

/** Index function: a mirror under its Service, whose Endpoints have the same name. */
const byMirroredService = ({ metadata }: EndpointSlice): string[] => {
  const name = metadata.labels?.[serviceNameLabel];
  const isOurs = metadata.labels?.[managedByLabel] === mirrorName;
  return name && isOurs ? [`${metadata.namespace}/${name}`] : [];
};

export function startEndpointSliceMirroring(parts: Parts): Running {
  const { caches } = parts;
  const cache = caches.of(endpoints);
  const serviceCache = caches.of(services);
  const slices = caches.of(endpointSlices, { indexes: { byMirroredService } });
  // Endpoints of a Service with a selector change often, and are never mirrored.
  const withoutSelector = ({ key, old, next }: Change<Service>): string[] =>
    (old && !old.spec?.selector) || (next && !next.spec?.selector) ? [key] : [];
  return startController({
    ...parts,
    name: "endpointslice-mirroring",
    sources: [
      source(serviceCache, withoutSelector),
      source(cache, (change) => {
        const { old, next } = change;
        return (old && isMirrored(old)) || (next && isMirrored(next)) ? ownKey(change) : [];
      }),
      source(slices, ({ old, next }) => [
        ...(old ? byMirroredService(old) : []),
        ...(next ? byMirroredService(next) : []),
      ]),
    ],
    observe(key) {
      const ref = refOfKey(key);
      const mirrored = slices.by("byMirroredService", key);
      const service = serviceCache.get(ref);
      if (mirrored.length === 0 && (!service || service.spec?.selector)) return undefined;
      return { endpoints: cache.get(ref), service, slices: mirrored };
    },
    reconcile,
  });
}
