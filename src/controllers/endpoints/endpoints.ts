// Endpoints objects, the older form beside EndpointSlices.
import { refOfKey } from "../../client/key.ts";
import { type Action, type Report, referenceTo } from "../../control/action.ts";
import { ownKey, source, startController } from "../../control/controller.ts";
import { equal } from "../../lib/equal.ts";
import { isIpv6 } from "../../schema/ip.ts";
import { endpoints, pods, services } from "../../schema/resources.ts";
import type {
  EndpointAddress,
  EndpointPort,
  EndpointSubset,
  Endpoints,
  Pod,
  Service,
} from "../../schema/types/core-v1.ts";
import { findPort, hasHostname, hasPlace } from "../endpoint-slice/endpoints-of.ts";
import type { Parts, Running } from "../parts.ts";
import { isReady } from "../pods.ts";
import { restMs, selectsPod, servicesOfPod } from "../services-of-pods.ts";
import { TriggerTimes, withTrigger } from "../trigger-times.ts";
import { type Offered, subsetsOf, truncated } from "./subsets.ts";

const headlessLabel = "service.kubernetes.io/headless";
const managedByLabel = "endpoints.kubernetes.io/managed-by";
const managerName = "endpoint-controller";
const overCapacity = "endpoints.kubernetes.io/over-capacity";

export type Observed = {
  service: Service | undefined;
  current: Endpoints | undefined;
  pods: readonly Pod[];
  /** When the change came that is to be shown. */
  trigger: string | undefined;
};

function reconcile({ service, current, pods: list, trigger }: Observed): Action[] {
  if (!service) return current && isLeftOver(current) ? [remove(current)] : [];
  if (!service.spec?.selector || service.spec.type === "ExternalName") return [];
  const subsets = subsetsOf(list.flatMap((pod) => offered(service, pod)));
  const cut = truncated(subsets);
  const labels = labelsOf(service);
  const { [overCapacity]: mark, ...others } = current?.metadata.annotations ?? {};
  const annotations = withTrigger(others, trigger);
  if (cut) annotations[overCapacity] = "truncated";
  const wanted = { labels, annotations, subsets: cut ?? subsets };
  const isSame =
    current &&
    equal(current.subsets ?? [], wanted.subsets) &&
    equal(current.metadata.labels ?? {}, labels) &&
    mark === annotations[overCapacity];
  return isSame ? [] : [write(service, current, wanted)];
}

type Wanted = {
  labels: { [key: string]: string };
  annotations: { [key: string]: string };
  subsets: EndpointSubset[];
};

function write(
  service: Service,
  current: Endpoints | undefined,
  { labels, annotations, subsets }: Wanted,
): Action {
  const { namespace, name } = service.metadata;
  const metadata = { ...(current?.metadata ?? { namespace, name }), labels, annotations };
  const object: Endpoints = { ...current, metadata, subsets };
  const message = (why: string): string =>
    current
      ? `Failed to update endpoint ${namespace}/${name}: ${why}`
      : `Failed to create endpoint for service ${namespace}/${name}: ${why}`;
  const reason = current ? "FailedToUpdateEndpoint" : "FailedToCreateEndpoint";
  const report: Report = { about: referenceTo(endpoints, object), failed: { reason, message } };
  return { do: current ? "update" : "create", resource: endpoints, object, report };
}

/** Made by this controller. Endpoints that a user made may well come before their Service. */
const isLeftOver = ({ metadata }: Endpoints): boolean =>
  metadata.labels?.[managedByLabel] === managerName;

const remove = ({ metadata }: Endpoints): Action => ({
  do: "delete",
  resource: endpoints,
  ref: { namespace: metadata.namespace, name: metadata.name! },
  uid: metadata.uid!,
});

function labelsOf({ metadata, spec }: Service): { [key: string]: string } {
  const { [headlessLabel]: _, ...own } = metadata.labels ?? {};
  const isHeadless = !spec?.clusterIP || spec.clusterIP === "None";
  return {
    ...own,
    ...(isHeadless ? { [headlessLabel]: "" } : {}),
    [managedByLabel]: managerName,
  };
}

function offered(service: Service, pod: Pod): Offered[] {
  const { ports = [], clusterIP, publishNotReadyAddresses } = service.spec ?? {};
  if (!hasPlace(pod) || (pod.metadata.deletionTimestamp && !publishNotReadyAddresses)) return [];
  const address = addressOf(service, pod);
  if (!address) return [];
  const ready = publishNotReadyAddresses === true || isReady(pod);
  if (ports.length === 0)
    return clusterIP === "None" ? [{ address, port: undefined, isReady: ready }] : [];
  return ports.flatMap((servicePort): Offered[] => {
    const port = findPort(pod, servicePort);
    if (port === undefined) return [];
    const { name, protocol = "TCP", appProtocol } = servicePort;
    const found: EndpointPort = {
      ...(name ? { name } : {}),
      port,
      protocol,
      ...(appProtocol ? { appProtocol } : {}),
    };
    return [{ address, port: found, isReady: ready }];
  });
}

function addressOf(service: Service, pod: Pod): EndpointAddress | undefined {
  const { namespace, name, uid } = pod.metadata;
  const ips = pod.status?.podIPs?.map(({ ip }) => ip) ?? [];
  const ip = ips.find((candidate) => isIpv6(candidate) === wantsIpv6(service));
  if (!ip) return undefined;
  return {
    ip,
    ...(hasHostname(service, pod) ? { hostname: pod.spec.hostname } : {}),
    ...(pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: { kind: "Pod", namespace, name, uid },
  };
}

function wantsIpv6({ spec }: Service): boolean {
  if (spec?.ipFamilies?.[0]) return spec.ipFamilies[0] === "IPv6";
  return isIpv6(spec?.clusterIP ?? "");
}

export function startEndpoints(parts: Parts): Running {
  const { caches } = parts;
  const cache = caches.of(services);
  const current = caches.of(endpoints);
  const podCache = caches.of(pods);
  const triggers = new TriggerTimes();
  return startController({
    ...parts,
    name: "endpoint",
    sources: [
      source(cache, ownKey),
      source(current, ownKey),
      source(podCache, servicesOfPod(cache)),
    ],
    restMs,
    observe(key) {
      const ref = refOfKey(key);
      const service = cache.get(ref);
      if (!service) {
        triggers.forget(key);
        return { service, current: current.get(ref), pods: [], trigger: undefined };
      }
      const selected = podCache.list(ref.namespace).filter((pod) => selectsPod(service, pod));
      const trigger = triggers.look(key, service, selected);
      return { service, current: current.get(ref), pods: selected, trigger };
    },
    reconcile,
  });
}
