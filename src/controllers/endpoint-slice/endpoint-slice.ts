import type { Change } from "../../client/cache.ts";
import { refOfKey } from "../../client/key.ts";
import { ownKey, source, startController } from "../../control/controller.ts";
import { endpointSlices, nodes, pods, services } from "../../schema/resources.ts";
import type { EndpointSlice } from "../../schema/types/discovery-v1.ts";
import type { Parts, Running } from "../parts.ts";
import { byNode, restMs, selectsPod, servicesOfNode, servicesOfPod } from "../services-of-pods.ts";
import { TriggerTimes } from "../trigger-times.ts";
import {
  managedByLabel,
  managerName,
  type Observed,
  reconcile,
  serviceNameLabel,
} from "./reconcile.ts";

/** Index function: a managed slice under its Service. */
const byService = ({ metadata }: EndpointSlice): string[] => {
  const name = metadata.labels?.[serviceNameLabel];
  const isOurs = metadata.labels?.[managedByLabel] === managerName;
  return name && isOurs ? [`${metadata.namespace}/${name}`] : [];
};

export function startEndpointSlice(parts: Parts): Running {
  const { caches } = parts;
  const cache = caches.of(services);
  const podCache = caches.of(pods, { indexes: { byNode } });
  const nodeCache = caches.of(nodes);
  const slices = caches.of(endpointSlices, { indexes: { byService } });

  const triggers = new TriggerTimes();

  function observe(key: string): Observed | undefined {
    const service = cache.get(refOfKey(key));
    if (!service) {
      triggers.forget(key);
      return undefined;
    }
    const { namespace } = service.metadata;
    const selected = podCache.list(namespace).filter((pod) => selectsPod(service, pod));
    return {
      service,
      pods: selected,
      trigger: triggers.look(key, service, selected),
      node: (name) => nodeCache.get({ name }),
      slices: slices.by("byService", key),
    };
  }

  const owners = ({ old, next }: Change<EndpointSlice>): string[] => [
    ...(old ? byService(old) : []),
    ...(next ? byService(next) : []),
  ];
  return startController({
    ...parts,
    name: "endpointslice",
    sources: [
      source(cache, ownKey),
      source(slices, owners),
      source(podCache, servicesOfPod(cache)),
      source(nodeCache, servicesOfNode(cache, podCache)),
    ],
    restMs,
    observe,
    reconcile,
  });
}
