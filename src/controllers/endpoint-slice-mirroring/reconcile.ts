// EndpointSlices that show what a user wrote into the Endpoints of a Service without selector.
import { type Action, referenceTo } from "../../control/action.ts";
import { equal } from "../../lib/equal.ts";
import { isIpv6, parseAddress } from "../../schema/ip.ts";
import { endpointSlices, endpoints as resource } from "../../schema/resources.ts";
import type { EndpointAddress, Endpoints, Service } from "../../schema/types/core-v1.ts";
import type { Endpoint, EndpointPort, EndpointSlice } from "../../schema/types/discovery-v1.ts";
import { portsKey } from "../endpoint-slice/endpoints-of.ts";
import { endpointKey } from "../endpoint-slice/pack.ts";
import { managedByLabel, serviceNameLabel } from "../endpoint-slice/reconcile.ts";
import { type Offered, subsetsOf } from "../endpoints/subsets.ts";
import { controllerReference } from "../owner.ts";
import { triggerAnnotation } from "../trigger-times.ts";

export const mirrorName = "endpointslicemirroring-controller.k8s.io";
const skipLabel = "endpointslice.kubernetes.io/skip-mirror";
const leaderAnnotation = "control-plane.alpha.kubernetes.io/leader";
const appliedAnnotation = "kubectl.kubernetes.io/last-applied-configuration";

/** Of one subset; the rest is left out, as upstream. */
const mirroredMax = 1000;

export type Observed = {
  endpoints: Endpoints | undefined;
  service: Service | undefined;
  /** Slices that this controller manages for them. */
  slices: readonly EndpointSlice[];
};

type Wanted = { addressType: "IPv4" | "IPv6"; ports: EndpointPort[]; endpoints: Endpoint[] };

export const isMirrored = ({ metadata }: Endpoints): boolean =>
  metadata.labels?.[skipLabel] !== "true" && metadata.annotations?.[leaderAnnotation] === undefined;

export function reconcile({ endpoints, service, slices }: Observed): Action[] {
  if (!endpoints || !isMirrored(endpoints) || !service || service.spec?.selector)
    return slices.map(remove);
  const { wanted, skipped } = wantedOf(endpoints);
  const byKey = Map.groupBy(slices, (slice) => keyOf(slice));
  const creates: EndpointSlice[] = [];
  const updates: EndpointSlice[] = [];
  const deletes = slices.filter((slice) => !wanted.has(keyOf(slice)));
  for (const [key, group] of wanted) {
    const [first, ...others] = byKey.get(key) ?? [];
    deletes.push(...others);
    const next = sliceOf(endpoints, group);
    if (!first) creates.push(next);
    else if (!shows(first, next, endpoints)) updates.push(rewritten(first, next));
  }
  const isLeaving = endpoints.metadata.deletionTimestamp !== undefined;
  const fresh = creates.filter((slice) => {
    // A slice that would be deleted takes what would need a new one.
    const at = deletes.findIndex((old) => old.addressType === slice.addressType);
    if (at >= 0) updates.push(rewritten(deletes.splice(at, 1)[0]!, slice));
    return at < 0 && !isLeaving;
  });
  return [
    ...(skipped > 0 ? [tooMany(endpoints, skipped)] : []),
    ...fresh.map((object): Action => ({ do: "create", resource: endpointSlices, object })),
    ...updates.map((object): Action => ({ do: "update", resource: endpointSlices, object })),
    ...deletes.map(remove),
  ];
}

const keyOf = ({ addressType, ports }: Pick<EndpointSlice, "addressType" | "ports">): string =>
  `${addressType} ${portsKey(ports)}`;

/** By `keyOf`. */
function wantedOf({ subsets = [] }: Endpoints): { wanted: Map<string, Wanted>; skipped: number } {
  const wanted = new Map<string, Wanted>();
  let skipped = 0;
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of subsetsOf(
    offered(subsets),
  )) {
    const all = [
      ...addresses.map((address) => ({ address, ready: true })),
      ...notReadyAddresses.map((address) => ({ address, ready: false })),
    ];
    skipped += Math.max(0, all.length - mirroredMax);
    for (const { address, ready } of all.slice(0, mirroredMax)) {
      if (!parseAddress(address.ip)) continue;
      const addressType = isIpv6(address.ip) ? "IPv6" : "IPv4";
      const slicePorts = ports.map((port) => ({ ...port, name: port.name ?? "" }));
      const key = keyOf({ addressType, ports: slicePorts });
      const group = wanted.get(key) ?? { addressType, ports: slicePorts, endpoints: [] };
      wanted.set(key, group);
      group.endpoints.push(endpointOf(address, ready));
    }
  }
  return { wanted, skipped };
}

const offered = (subsets: NonNullable<Endpoints["subsets"]>): Offered[] =>
  subsets.flatMap(({ addresses = [], notReadyAddresses = [], ports = [] }) =>
    (ports.length > 0 ? ports : [undefined]).flatMap((port) => [
      ...addresses.map((address) => ({ address, port, isReady: true })),
      ...notReadyAddresses.map((address) => ({ address, port, isReady: false })),
    ]),
  );

const endpointOf = (
  { ip, hostname, nodeName, targetRef }: EndpointAddress,
  ready: boolean,
): Endpoint => ({
  addresses: [ip],
  conditions: { ready },
  ...(hostname ? { hostname } : {}),
  ...(nodeName ? { nodeName } : {}),
  ...(targetRef ? { targetRef } : {}),
});

function sliceOf(endpoints: Endpoints, { addressType, ports, endpoints: list }: Wanted) {
  const { name = "", namespace, labels } = endpoints.metadata;
  const annotations = mirroredAnnotations(endpoints);
  const slice: EndpointSlice = {
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels: { ...labels, [serviceNameLabel]: name, [managedByLabel]: mirrorName },
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
      ownerReferences: [controllerReference(resource, endpoints)],
    },
    addressType,
    endpoints: list,
    ports,
  };
  return slice;
}

function mirroredAnnotations({ metadata }: Endpoints): { [key: string]: string } {
  const { [triggerAnnotation]: _, [appliedAnnotation]: __, ...others } = metadata.annotations ?? {};
  return others;
}

/** Whether a slice is what it should be, in whatever order its endpoints are. */
function shows(slice: EndpointSlice, next: EndpointSlice, { metadata }: Endpoints): boolean {
  const sorted = (list: readonly Endpoint[] | undefined): Endpoint[] =>
    [...(list ?? [])].sort((a, b) => (endpointKey(a) < endpointKey(b) ? -1 : 1));
  return (
    equal(sorted(slice.endpoints), sorted(next.endpoints)) &&
    equal(slice.metadata.labels, next.metadata.labels) &&
    equal(slice.metadata.annotations ?? {}, next.metadata.annotations ?? {}) &&
    !slice.metadata.ownerReferences?.some(
      (o) => o.kind === "Endpoints" && o.name === metadata.name && o.uid !== metadata.uid,
    )
  );
}

function rewritten(old: EndpointSlice, next: EndpointSlice): EndpointSlice {
  const { labels, annotations, ownerReferences } = next.metadata;
  const { annotations: _, ...metadata } = old.metadata;
  return {
    ...next,
    metadata: { ...metadata, labels, ...(annotations ? { annotations } : {}), ownerReferences },
  };
}

const remove = ({ metadata }: EndpointSlice): Action => ({
  do: "delete",
  resource: endpointSlices,
  ref: { namespace: metadata.namespace, name: metadata.name! },
  uid: metadata.uid!,
});

const tooMany = (endpoints: Endpoints, skipped: number): Action => ({
  do: "event",
  about: referenceTo(resource, endpoints),
  type: "Warning",
  reason: "TooManyAddressesToMirror",
  message:
    `A max of ${mirroredMax} addresses can be mirrored to EndpointSlices per Endpoints subset. ` +
    `${skipped} addresses were skipped`,
});
