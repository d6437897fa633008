// What every cluster has from the start. Each step looks before it writes, so that a later start finds all in place.

import type { Log } from "../lib/log.ts";
import type { ApiObject } from "../schema/kind.ts";
import { apiVersionOf, type Resource } from "../schema/resource.ts";
import {
  clusterRoleBindings,
  clusterRoles,
  configMaps,
  endpointSlices,
  endpoints,
  namespaces,
  priorityClasses,
  roleBindings,
  roles,
  serviceCIDRs,
  services,
} from "../schema/resources.ts";
import { StatusError } from "../schema/status-error.ts";
import type { Endpoints, Service } from "../schema/types/core-v1.ts";
import type { EndpointSlice } from "../schema/types/discovery-v1.ts";
import type { ServiceCIDR } from "../schema/types/networking-v1.ts";
import { keepPolicyStatus } from "./admission/policy/status.ts";
import { keepApiServices } from "./api-services.ts";
import { aggregateRoles } from "./auth/aggregate-roles.ts";
import {
  type AnyBinding,
  type AnyRole,
  defaultBindings,
  defaultRoles,
  updatedBinding,
  updatedRole,
} from "./auth/default-roles.ts";
import { call, callOrAbsent, pathOf } from "./call.ts";
import type { Core } from "./context.ts";
import { keepDangling } from "./fairness/dangling.ts";
import { keepFlowControl } from "./fairness/keep-objects.ts";
import { insist } from "./insist.ts";
import { timeText } from "./scope.ts";
import { followAddresses } from "./services/ip-addresses.ts";

export type BootstrapOptions = {
  /** PEM of the authorities whose certificates name users. */
  readonly clientAuthorities: string;
  /** PEM of the authorities of the front proxy; absent: there is none. */
  readonly frontProxyAuthorities?: string;
  /** Where pods reach this server, behind the `kubernetes` Service. */
  readonly endpoint: { readonly address: string; readonly port: number };
  /** True: somebody else keeps the endpoints of the `kubernetes` Service, for all servers. */
  readonly manyServers?: boolean;
  /** `10.96.0.0/12`. */
  readonly serviceCidr: string;
  /** First address of it. */
  readonly serviceAddress: string;
  readonly log: Log;
};

/** Resolves once everything is there; the server must answer already. Returns what stops the steps that go on. */
export async function bootstrap(core: Core, options: BootstrapOptions): Promise<() => void> {
  const world = { clock: core.clock, log: options.log };
  const wanted = (what: string, step: () => Promise<unknown>): Promise<void> =>
    insist(world, what, step);
  await Promise.all(
    ["kube-system", "kube-public", "kube-node-lease", "default"].map((name) =>
      wanted(name, () => ensure(core, namespaces, { metadata: { name } })),
    ),
  );
  await Promise.all([
    ...priorities.map((p) => wanted(p.metadata.name, () => ensure(core, priorityClasses, p))),
    ...defaultRoles().map((role) => wanted("roles", () => ensureRole(core, role))),
    ...defaultBindings().map((one) => wanted("bindings", () => ensureBinding(core, one))),
    wanted("authentication", () => ensureAuthentication(core, options)),
    wanted("token tracking", () => ensure(core, configMaps, tokenTracking(core))),
    wanted("addresses of services", () => ensureServiceRange(core, options.serviceCidr)),
  ]);
  followAddresses(core, options.log);
  if (!options.manyServers)
    await wanted("the server's service", () => publishServer(core, options));
  const stops = await Promise.all([
    aggregateRoles(core, options.log),
    keepApiServices(core, options.log),
    keepFlowControl(core, options.log),
    keepPolicyStatus(core, options.log),
  ]);
  // Nobody waits for what schemas say of themselves.
  stops.push(keepDangling(core, options.log));
  return () => {
    for (const stop of stops) stop();
  };
}

type Sketch = { metadata: { name?: string; namespace?: string }; [field: string]: unknown };

/** Writes the object when there is none of its name. Another server may do so at the same time. */
async function ensure(core: Core, resource: Resource, object: Sketch): Promise<void> {
  const { name, namespace } = object.metadata;
  const found = await callOrAbsent(core, {
    method: "GET",
    path: pathOf(resource, namespace, name),
  });
  if (found === undefined) await create(core, resource, object);
}

async function create(core: Core, resource: Resource, object: Sketch): Promise<void> {
  const { kind } = resource;
  const apiVersion = apiVersionOf(resource);
  const path = pathOf(resource, object.metadata.namespace);
  try {
    await call(core, { method: "POST", path, body: { apiVersion, kind, ...object } });
  } catch (error) {
    if (!(error instanceof StatusError) || error.reason !== "AlreadyExists") throw error;
  }
}

const priorities = [
  {
    metadata: { name: "system-node-critical" },
    value: 2_000_001_000,
    description: "For pods without which their node does not work; they stay where they are.",
  },
  {
    metadata: { name: "system-cluster-critical" },
    value: 2_000_000_000,
    description: "For pods without which the cluster does not work; another node will do.",
  },
];

async function ensureRole(core: Core, expected: AnyRole): Promise<void> {
  const resource: Resource<AnyRole> = expected.kind === "Role" ? roles : clusterRoles;
  const { name = "", namespace = "" } = expected.metadata;
  const existing = core.view<AnyRole>(resource).get(namespace, name);
  if (existing === undefined) return create(core, resource, expected);
  const next = updatedRole(existing, expected);
  if (next !== undefined) await put(core, resource, next);
}

async function ensureBinding(core: Core, expected: AnyBinding): Promise<void> {
  const resource: Resource<AnyBinding> =
    expected.kind === "RoleBinding" ? roleBindings : clusterRoleBindings;
  const { name = "", namespace = "" } = expected.metadata;
  const existing = core.view<AnyBinding>(resource).get(namespace, name);
  if (existing === undefined) return create(core, resource, expected);
  const next = updatedBinding(existing, expected);
  if (next === undefined) return;
  if (next !== "recreate") return put(core, resource, next);
  const path = pathOf(resource, namespace, name);
  await callOrAbsent(core, { method: "DELETE", path });
  await create(core, resource, expected);
}

async function put(core: Core, resource: Resource, object: ApiObject): Promise<void> {
  const { name = "", namespace = "" } = object.metadata;
  const path = pathOf(resource, namespace, name);
  await atOnce(() => call(core, { method: "PUT", path, body: object }));
}

/** A conflict means that another server does the same just now. */
async function atOnce(write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!(error instanceof StatusError) || error.reason !== "Conflict") throw error;
  }
}

/** Tells extension servers whose certificates to believe. */
async function ensureAuthentication(core: Core, options: BootstrapOptions): Promise<void> {
  const name = "extension-apiserver-authentication";
  const proxies = options.frontProxyAuthorities;
  const data = {
    "client-ca-file": options.clientAuthorities,
    ...(proxies === undefined
      ? {}
      : {
          "requestheader-allowed-names": '["front-proxy-client"]',
          "requestheader-client-ca-file": proxies,
          "requestheader-extra-headers-prefix": '["X-Remote-Extra-"]',
          "requestheader-group-headers": '["X-Remote-Group"]',
          "requestheader-uid-headers": '["X-Remote-Uid"]',
          "requestheader-username-headers": '["X-Remote-User"]',
        }),
  };
  const path = pathOf(configMaps, "kube-system", name);
  const found = await callOrAbsent<{ data?: object } & ApiObject>(core, { method: "GET", path });
  if (found === undefined) {
    return create(core, configMaps, {
      metadata: { name, namespace: "kube-system" },
      data,
    });
  }
  if (JSON.stringify(found.data) !== JSON.stringify(data)) {
    await put(core, configMaps, { ...found, data } as ApiObject);
  }
}

/** The range of this server is ready at once; those that users add, a controller makes ready. */
async function ensureServiceRange(core: Core, cidr: string): Promise<void> {
  const path = pathOf(serviceCIDRs, undefined, "kubernetes");
  await ensure(core, serviceCIDRs, {
    metadata: { name: "kubernetes" },
    spec: { cidrs: [cidr] },
  });
  const found = await callOrAbsent<ServiceCIDR>(core, { method: "GET", path });
  if (found === undefined || found.status?.conditions?.length) return;
  const condition = {
    type: "Ready",
    status: "True",
    lastTransitionTime: timeText(core.clock.now()),
    reason: "",
    message: "Kubernetes default Service CIDR is ready",
  };
  const body = { ...found, status: { conditions: [condition] } };
  await atOnce(() => call(core, { method: "PUT", path: `${path}/status`, body }));
}

/** From which day on unused tokens in Secrets are watched. */
const tokenTracking = (core: Core): Sketch => ({
  metadata: {
    name: "kube-apiserver-legacy-service-account-token-tracking",
    namespace: "kube-system",
  },
  data: { since: new Date(core.clock.now()).toISOString().slice(0, 10) },
});

const serviceName = { name: "kubernetes", namespace: "default" };

/** Makes the `kubernetes` Service and says where its servers are; also called when that changes. */
export async function publishServer(
  core: Core,
  options: Pick<BootstrapOptions, "endpoint" | "serviceAddress"> & {
    /** Of all servers, where there are several. */
    endpoints?: readonly Place[];
  },
): Promise<void> {
  const all = options.endpoints ?? [options.endpoint];
  const groups = byPort(all);
  const labels = { component: "apiserver", provider: "kubernetes" };
  const service: Service = {
    metadata: { ...serviceName, labels },
    spec: {
      clusterIP: options.serviceAddress,
      ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: groups[0]!.port }],
      sessionAffinity: "None",
      type: "ClusterIP",
    },
  };
  await ensure(core, services, service);
  const classic: Endpoints = {
    metadata: {
      ...serviceName,
      labels: { "endpointslice.kubernetes.io/skip-mirror": "true" },
    },
    subsets: groups.map(({ port, addresses }) => ({
      addresses: addresses.map((ip) => ({ ip })),
      ports: portsOf(port),
    })),
  };
  await ensureCurrent(core, endpoints, classic, "subsets");
  await publishSlices(core, groups);
}

type Place = { readonly address: string; readonly port: number };
type PortGroup = { port: number; addresses: string[] };

/** Servers of one port share a subset, and a slice; both in order, so that all servers write the same. */
function byPort(all: readonly Place[]): PortGroup[] {
  const groups = new Map<number, Set<string>>();
  for (const { address, port } of all)
    groups.set(port, (groups.get(port) ?? new Set()).add(address));
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([port, addresses]) => ({ port, addresses: [...addresses].sort() }));
}

const portsOf = (port: number) => [{ name: "https", port, protocol: "TCP" as const }];

const sliceLabel = { "kubernetes.io/service-name": serviceName.name };

/** The first slice has the Service's name, as upstream; others are for ports that differ. */
async function publishSlices(core: Core, groups: readonly PortGroup[]): Promise<void> {
  const wanted = new Set<string>();
  for (const [i, { port, addresses }] of groups.entries()) {
    const name = i === 0 ? serviceName.name : `${serviceName.name}-${port}`;
    wanted.add(name);
    const slice: EndpointSlice = {
      metadata: { ...serviceName, name, labels: sliceLabel },
      addressType: addresses[0]!.includes(":") ? "IPv6" : "IPv4",
      endpoints: addresses.map((ip) => ({ addresses: [ip], conditions: { ready: true } })),
      ports: portsOf(port),
    };
    await ensureCurrent(core, endpointSlices, slice, "endpoints", "ports");
  }
  const others = core.view<EndpointSlice>(endpointSlices).list(serviceName.namespace);
  for (const { metadata } of others) {
    const { name = "", labels } = metadata;
    const isOurs =
      /^kubernetes-\d+$/.test(name) && labels?.["kubernetes.io/service-name"] === serviceName.name;
    if (!isOurs || wanted.has(name)) continue;
    await callOrAbsent(core, {
      method: "DELETE",
      path: pathOf(endpointSlices, serviceName.namespace, name),
    });
  }
}

/** Writes the object, or only these of its fields when it is there with others. */
async function ensureCurrent<T extends ApiObject>(
  core: Core,
  resource: Resource<T>,
  object: T,
  ...fields: (keyof T & string)[]
): Promise<void> {
  const path = pathOf(resource, object.metadata.namespace, object.metadata.name);
  const found = await callOrAbsent<T>(core, { method: "GET", path });
  if (found === undefined) return create(core, resource, object);
  const next = { ...found };
  for (const field of fields) next[field] = object[field];
  if (JSON.stringify(next) !== JSON.stringify(found)) await put(core, resource, next);
}
