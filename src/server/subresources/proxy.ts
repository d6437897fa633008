// Plain HTTP to what runs in the cluster, by way of the server: pods, services and nodes.
import type { Api, ApiResponse } from "../../schema/api-request.ts";
import { endpointSlices, nodes, pods, services } from "../../schema/resources.ts";
import { badRequest, notFound, StatusError } from "../../schema/status-error.ts";
import type { Pod } from "../../schema/types/core-v1.ts";
import type { EndpointSlice } from "../../schema/types/discovery-v1.ts";
import { outboundApi } from "../outbound.ts";
import type { Route } from "../route.ts";
import type { Scope } from "../scope.ts";
import { admitConnect, type ConnectOptions, refuseDryRun } from "./connect-admission.ts";
import { forwarded, isProxyable } from "./forward.ts";
import { behindProxy } from "./proxied-html.ts";

export async function proxy(scope: Scope, asked: Route): Promise<ApiResponse> {
  const { request, attributes } = scope.context;
  refuseDryRun(scope);
  const { path = "" } = await admitConnect(
    scope,
    optionsKind(attributes.plural),
    pathIn(asked, attributes.path),
  );
  const base = attributes.path.slice(0, attributes.path.length - asked.rest.length);
  const { api, host } = await targetOf(scope);
  // Without a slash at the end, relative links of the page would lead nowhere.
  if (path === "" && reads.has(request.method))
    return redirect(`${attributes.path}/${request.query === "" ? "" : `?${request.query}`}`);
  const onward = forwarded(request, {
    path: escaped(path.startsWith("/") ? path : `/${path}`),
    query: request.query,
  });
  const ownHost = request.headers[":authority"] ?? request.headers["host"];
  const answer = await api({
    ...onward,
    headers: {
      ...onward.headers,
      "x-forwarded-uri": escaped(attributes.path),
      "x-forwarded-host": ownHost,
      "x-forwarded-proto": "https",
      "x-forwarded-for": request.peer.address,
    },
  });
  const hosts = [host, ownHost ?? ""].filter((h) => h !== "");
  return behindProxy(answer, { base: escaped(base), hosts });
}

const optionsKind = (plural: string): string =>
  `${plural === "pods" ? "Pod" : plural === "services" ? "Service" : "Node"}ProxyOptions`;

/** Upstream's options of a proxy: a slash at the end is part of what is asked for. */
function pathIn({ rest }: Route, whole: string): ConnectOptions {
  if (rest !== "") return { path: `/${rest}` };
  return whole.endsWith("/") ? { path: "/" } : {};
}

const reads = new Set(["GET", "HEAD"]);

/** A path as it stands in a request. */
const escaped = (path: string): string =>
  encodeURI(path).replace(/[?#]/g, (letter) => (letter === "?" ? "%3F" : "%23"));

const redirect = (location: string): ApiResponse => ({
  status: 301,
  headers: { location },
  body: { is: "empty" },
});

/** What is behind the proxy; `host` as its own links name it, "" when they do not. */
type Target = { readonly api: Api; readonly host: string };

function targetOf(scope: Scope): Promise<Target> {
  switch (scope.context.attributes.plural) {
    case "pods":
      return podTarget(scope);
    case "services":
      return serviceTarget(scope);
    default:
      return nodeTarget(scope);
  }
}

/** `name`, `name:port` or `scheme:name:port`. */
function split(what: string, id: string): { scheme: string; name: string; port: string } {
  const parts = id.split(":");
  const [scheme, name, port] =
    parts.length === 3 ? parts : ["http", parts[0], parts.length === 2 ? parts[1] : ""];
  const known = scheme === "http" || scheme === "https" || scheme === "";
  if (parts.length > 3 || !known || !name) throw badRequest(`invalid ${what} request "${id}"`);
  return { scheme: scheme === "https" ? "https:" : "http:", name, port: port ?? "" };
}

async function podTarget({ parts, context }: Scope): Promise<Target> {
  const { namespace, name: id } = context.attributes;
  const { scheme, name, port } = split("pod", id);
  const pod = parts.view<Pod>(pods).get(namespace, name);
  if (pod === undefined) throw notFound({ group: "", plural: "pods", name });
  const first = pod.spec.containers.flatMap((c) => c.ports ?? [])[0]?.containerPort;
  const host = pod.status?.podIP ?? pod.status?.podIPs?.[0]?.ip ?? "";
  if (!isProxyable(host)) throw notAllowed();
  return origin(scheme, host, port === "" ? (first ?? 80) : Number(port));
}

async function serviceTarget({ parts, context }: Scope): Promise<Target> {
  const { namespace, name: id } = context.attributes;
  const { scheme, name, port } = split("service", id);
  const portName = /^\d+$/.test(port) ? portOf(parts, namespace, name, Number(port)) : port;
  const isPods = (endpoint: Endpoint): boolean => isOfPod(parts, namespace, endpoint);
  const slices = parts.view(endpointSlices).list(namespace);
  const found = endpointsOf(slices, name, portName).filter(isPods);
  if (found.length === 0) throw unavailable(`no endpoints available for service "${name}"`);
  const { host, port: number } = found[Math.floor(parts.random.float() * found.length)]!;
  return origin(scheme, host, number);
}

/** The name of a port by its number; only for this one is the Service itself looked at. */
function portOf({ view }: Scope["parts"], namespace: string, name: string, port: number): string {
  const service = view(services).get(namespace, name);
  if (service === undefined) throw notFound({ group: "", plural: "services", name });
  const found = service.spec?.ports?.find((p) => p.port === port);
  if (found === undefined) throw unavailable(`no service port ${port} found for service "${name}"`);
  return found.name ?? "";
}

type Endpoint = { readonly pod: string; readonly host: string; readonly port: number };

/** Whoever may write endpoints must not reach through the server what is no pod. */
function isOfPod(parts: Scope["parts"], namespace: string, { pod, host }: Endpoint): boolean {
  const { podIP, podIPs = [] } = parts.view<Pod>(pods).get(namespace, pod)?.status ?? {};
  return isProxyable(host) && (podIP === host || podIPs.some(({ ip }) => ip === host));
}

function endpointsOf(slices: readonly EndpointSlice[], service: string, port: string): Endpoint[] {
  return slices
    .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === service)
    .flatMap(({ endpoints, ports }) => {
      const number = ports?.find(
        (p) => (p.name ?? "") === port || (port === "" && ports.length === 1),
      )?.port;
      if (number === undefined) return [];
      return (endpoints ?? [])
        .filter((e) => e.conditions?.ready !== false && e.targetRef?.kind === "Pod")
        .map((e) => ({ pod: e.targetRef?.name ?? "", host: e.addresses[0] ?? "", port: number }));
    });
}

async function nodeTarget({ parts, context }: Scope): Promise<Target> {
  const { scheme, name, port } = split("node", context.attributes.name);
  const node = parts.view(nodes).get("", name);
  if (node === undefined) throw notFound({ group: "", plural: "nodes", name });
  const own = node.status?.daemonEndpoints?.kubeletEndpoint?.Port;
  if (port === "" || Number(port) === own) return { api: await parts.connectNode(name), host: "" };
  const host = node.status?.addresses?.find((a) => a.type === "InternalIP")?.address ?? "";
  if (!isProxyable(host)) throw notAllowed();
  return origin(scheme, host, Number(port));
}

const origin = (scheme: string, host: string, port: number): Target => ({
  api: outboundApi({ protocol: scheme === "https:" ? "https:" : "http:", host, port }),
  host: `${host}:${port}`,
});

const notAllowed = (): StatusError => badRequest("address not allowed");

const unavailable = (message: string): StatusError =>
  new StatusError(503, "ServiceUnavailable", message);
