// The EndpointSlices of a Service: which of its pods can be reached where.
import { type Action, type Report, referenceTo } from "../../control/action.ts";
import { equal } from "../../lib/equal.ts";
import { isIpv6 } from "../../schema/ip.ts";
import { endpointSlices, services } from "../../schema/resources.ts";
import type { Node, Pod, Service } from "../../schema/types/core-v1.ts";
import type { EndpointPort, EndpointSlice } from "../../schema/types/discovery-v1.ts";
import { controllerReference } from "../owner.ts";
import { withTrigger } from "../trigger-times.ts";
import { type AddressType, offers, portsKey } from "./endpoints-of.ts";
import { pack } from "./pack.ts";

export const serviceNameLabel = "kubernetes.io/service-name";
export const managedByLabel = "endpointslice.kubernetes.io/managed-by";
export const managerName = "endpointslice-controller.k8s.io";
const headlessLabel = "service.kubernetes.io/headless";
const reserved: ReadonlySet<string> = new Set([serviceNameLabel, managedByLabel, headlessLabel]);

export type Observed = {
  service: Service;
  /** Pods that the Service selects. */
  pods: readonly Pod[];
  /** When the change came that is to be shown. */
  trigger: string | undefined;
  node: (name: string) => Node | undefined;
  /** Slices of the Service that this controller manages. */
  slices: readonly EndpointSlice[];
};

export function reconcile(observed: Observed): Action[] {
  const { service, slices } = observed;
  if (!service.spec?.selector || service.spec.type === "ExternalName") return [];
  const types = addressTypes(service);
  const foreign = slices.filter((slice) => !types.includes(slice.addressType as AddressType));
  const writes = types.map((type) => plan(observed, type));
  const actions = [...writes.flat(), ...foreign.map((slice) => remove(service, slice))];
  const rank = { create: 0, update: 1, delete: 2 } as Record<string, number>;
  return actions.sort((a, b) => rank[a.do]! - rank[b.do]!);
}

function addressTypes({ spec }: Service): AddressType[] {
  if (spec?.ipFamilies?.length) return spec.ipFamilies as AddressType[];
  const { clusterIP } = spec ?? {};
  if (!clusterIP || clusterIP === "None") return ["IPv4", "IPv6"];
  return [isIpv6(clusterIP) ? "IPv6" : "IPv4"];
}

type Draft = { ports: EndpointPort[]; endpoints: EndpointSlice["endpoints"] };

function plan(observed: Observed, addressType: AddressType): Action[] {
  const { service } = observed;
  const existing = observed.slices.filter((slice) => slice.addressType === addressType);
  const own = existing.filter((slice) => isOwnedBy(slice, service));
  const labels = labelsOf(service);
  const isStale = (slice: EndpointSlice): boolean => !equal(ownLabels(slice), ownLabels(service));
  const wanted = offers({ ...observed, addressType });
  const byPorts = Map.groupBy(own, (slice) => portsKey(slice.ports));
  const creates: Draft[] = [];
  const updates: EndpointSlice[] = [];
  const deletes = existing.filter((slice) => !isOwnedBy(slice, service));
  for (const [key, { ports, endpoints }] of wanted) {
    const packed = pack(byPorts.get(key) ?? [], endpoints, isStale);
    for (const list of packed.create) creates.push({ ports, endpoints: list });
    for (const { slice, endpoints: list } of packed.update)
      updates.push({ ...slice, endpoints: list });
    deletes.push(...packed.delete);
  }
  for (const [key, list] of byPorts) if (!wanted.has(key)) deletes.push(...list);
  if (existing.length === deletes.length && creates.length === 0) {
    const placeholder = deletes.find((slice) => isPlaceholder(slice, service, labels));
    if (placeholder) deletes.splice(deletes.indexOf(placeholder), 1);
    else creates.push({ ports: [], endpoints: [] });
  }
  return writes(observed, addressType, { creates, updates, deletes });
}

/** A slice without endpoints shows that the controller has seen the Service. */
function isPlaceholder(
  slice: EndpointSlice,
  service: Service,
  labels: Record<string, string>,
): boolean {
  return (
    isOwnedBy(slice, service) &&
    !slice.endpoints?.length &&
    !slice.ports?.length &&
    equal(slice.metadata.labels, labels)
  );
}

function writes(
  { service, trigger }: Observed,
  addressType: AddressType,
  plan: { creates: Draft[]; updates: EndpointSlice[]; deletes: EndpointSlice[] },
): Action[] {
  const labels = labelsOf(service);
  const { creates, updates, deletes } = plan;
  // A slice that would be deleted takes what would need a new one.
  const reused = deletes.filter((slice) => isOwnedBy(slice, service)).slice(0, creates.length);
  const rewritten = reused.map((slice, i) => ({ ...slice, ...creates[i] }));
  const isLeaving = service.metadata.deletionTimestamp !== undefined;
  const fresh = isLeaving ? [] : creates.slice(reused.length);
  const report = reportOf(service);
  return [
    ...fresh.map(
      (draft): Action => ({
        do: "create",
        resource: endpointSlices,
        object: dated(newSlice(service, addressType, labels, draft), trigger),
        report,
      }),
    ),
    ...[...updates, ...rewritten].map(
      (slice): Action => ({
        do: "update",
        resource: endpointSlices,
        object: dated({ ...slice, metadata: { ...slice.metadata, labels } }, trigger),
        report,
      }),
    ),
    ...deletes.filter((slice) => !reused.includes(slice)).map((slice) => remove(service, slice)),
  ];
}

function dated(slice: EndpointSlice, trigger: string | undefined): EndpointSlice {
  const annotations = withTrigger(slice.metadata.annotations, trigger);
  const { annotations: _, ...metadata } = slice.metadata;
  const isNone = Object.keys(annotations).length === 0;
  return { ...slice, metadata: isNone ? metadata : { ...metadata, annotations } };
}

function remove(service: Service, { metadata }: EndpointSlice): Action {
  const { namespace, name = "", uid = "" } = metadata;
  const ref = { namespace, name };
  return { do: "delete", resource: endpointSlices, ref, uid, report: reportOf(service) };
}

function reportOf(service: Service): Report {
  const { namespace, name } = service.metadata;
  return {
    about: referenceTo(services, service),
    failed: {
      reason: "FailedToUpdateEndpointSlices",
      message: (why) => `Error updating Endpoint Slices for Service ${namespace}/${name}: ${why}`,
    },
  };
}

function newSlice(
  service: Service,
  addressType: AddressType,
  labels: Record<string, string>,
  { ports, endpoints }: Draft,
): EndpointSlice {
  const { name = "", namespace } = service.metadata;
  return {
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels,
      ownerReferences: [controllerReference(services, service)],
    },
    addressType,
    endpoints,
    ports,
  };
}

function labelsOf(service: Service): Record<string, string> {
  const { clusterIP } = service.spec ?? {};
  const isHeadless = !clusterIP || clusterIP === "None";
  return {
    ...ownLabels(service),
    ...(isHeadless ? { [headlessLabel]: "" } : {}),
    [serviceNameLabel]: service.metadata.name!,
    [managedByLabel]: managerName,
  };
}

const ownLabels = ({ metadata }: Service | EndpointSlice): Record<string, string> =>
  Object.fromEntries(Object.entries(metadata.labels ?? {}).filter(([key]) => !reserved.has(key)));

const isOwnedBy = (slice: EndpointSlice, service: Service): boolean =>
  slice.metadata.ownerReferences?.some(
    (o) => o.uid === service.metadata.uid && o.kind === "Service" && o.apiVersion === "v1",
  ) ?? false;
