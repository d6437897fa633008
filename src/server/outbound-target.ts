// Where a webhook is asked, from what its configuration says: an address of the world, or a service of the cluster.
import { endpointSlices, services } from "../schema/resources.ts";
import type { WebhookClientConfig } from "../schema/types/admissionregistration-v1.ts";
import type { Service } from "../schema/types/core-v1.ts";
import type { EndpointSlice } from "../schema/types/discovery-v1.ts";
import type { Core, View } from "./context.ts";
import { CallError, type Destination, type JsonCalls, jsonCalls } from "./outbound-json.ts";

export type Targets = {
  /** `query` without its question mark. Throws a CallError where the service has nobody to answer. */
  of(config: WebhookClientConfig, query: string): Destination;
  /** An address behind a port of a service. Throws an Error in upstream's words. */
  address(service: ServicePort): Address;
};

export type ServicePort = {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
};

export type Address = { readonly host: string; readonly port: number };

/** How the server asks others: webhooks of admission and of conversion. */
export type Calls = { readonly json: JsonCalls; readonly targets: Targets };

const calls = new WeakMap<Core, Calls>();

/** The same for all parts of a server, so that they share connections. */
export function callsOf(core: Core): Calls {
  let known = calls.get(core);
  if (known === undefined) {
    known = { json: jsonCalls(core.clock), targets: targets(core) };
    calls.set(core, known);
  }
  return known;
}

const portDefault = 443;

export function targets(core: Core): Targets {
  let views: { services: View<Service>; slices: View<EndpointSlice> } | undefined;
  const address = (service: ServicePort): Address => {
    views ??= { services: core.view(services), slices: core.view(endpointSlices) };
    return addressOf(core, views, service);
  };
  return {
    address,
    of(config, query) {
      const known = destinations.get(config);
      const place = known?.query === query ? known : placeOf(config, query);
      if (place !== known) destinations.set(config, place);
      const { destination, service } = place;
      if (service === undefined) return destination;
      try {
        return { ...destination, address: address(service) };
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new CallError(`Post ${JSON.stringify(destination.shown)}: ${why}`, { cause });
      }
    },
  };
}

/** What is the same for every question to one webhook. */
type Place = {
  readonly query: string;
  readonly destination: Destination;
  readonly service: ServicePort | undefined;
};

/** Configurations are frozen: each is read once. */
const destinations = new WeakMap<WebhookClientConfig, Place>();

function placeOf({ url, service, caBundle }: WebhookClientConfig, query: string): Place {
  const authorities = caBundle ? { authorities: pemOf(caBundle) } : {};
  if (service === undefined) {
    // What a configuration may say, as a port beyond all, no connection can be opened to.
    const target = URL.parse(url ?? "");
    if (target === null) throw new CallError(`Post ${JSON.stringify(url)}: invalid address`);
    target.search = query;
    return { query, destination: { url: target, ...authorities }, service: undefined };
  }
  const { namespace, name, path = "", port = portDefault } = service;
  const host = `${name}.${namespace}.svc:${port}`;
  const target = new URL(`https://${host}`);
  target.pathname = path;
  target.search = query;
  // A URL drops the port that its scheme implies; upstream's messages and Host header have it.
  const shown = `https://${host}${path.startsWith("/") ? path : `/${path}`}?${query}`;
  return {
    query,
    destination: { url: target, host, shown, ...authorities },
    service: { namespace, name, port },
  };
}

/** Each bundle is decoded once: it is the key under which connections are kept. */
const pems = new Map<string, string>();
const pemsMax = 256;

export function pemOf(bundle: string): string {
  let pem = pems.get(bundle);
  if (pem === undefined) {
    if (pems.size >= pemsMax) pems.clear();
    pem = Buffer.from(bundle, "base64").toString();
    pems.set(bundle, pem);
  }
  return pem;
}

type Views = { readonly services: View<Service>; readonly slices: View<EndpointSlice> };

/**
 * Upstream goes to the service's own address and lets the node's rules choose; the control plane of this cluster may
 * run where there are none, and chooses itself.
 */
function addressOf(core: Core, views: Views, { namespace, name, port }: ServicePort): Address {
  const service = views.services.get(namespace, name);
  if (service === undefined) throw new Error(`service ${JSON.stringify(name)} not found`);
  const { type, externalName = "", ports = [], clusterIP } = service.spec ?? {};
  if (type === "ExternalName") return { host: externalName, port };
  const wanted = ports.find((one) => one.port === port);
  if (wanted === undefined)
    throw new Error(`no service port ${port} found for service ${JSON.stringify(name)}`);
  const found = views.slices
    .list(namespace)
    .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === name)
    .flatMap((slice) => addressesOf(slice, wanted.name ?? ""));
  if (found.length === 0 && (clusterIP ?? "None") === "None")
    throw new Error(`cannot route to service with ClusterIP "None"`);
  if (found.length === 0)
    throw new Error(`no endpoints available for service ${JSON.stringify(name)}`);
  return found[Math.floor(core.random.float() * found.length)]!;
}

function addressesOf({ endpoints, ports }: EndpointSlice, portName: string): Address[] {
  const port = ports?.find(({ name, protocol }) => {
    return (name ?? "") === portName && (protocol ?? "TCP") === "TCP";
  })?.port;
  if (port === undefined) return [];
  return (endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses }) => addresses.slice(0, 1))
    .map((host) => ({ host, port }));
}
