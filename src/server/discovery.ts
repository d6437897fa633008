// The pages below /api and /apis that say what is served, and the list of paths at /.
import type { ApiResponse } from "../schema/api-request.ts";
import { documentAnswer, methodNotAllowed, resourceNotFound } from "./answer.ts";
import type { Context, Kinds, Page } from "./context.ts";
import {
  type Aggregated,
  type DiscoveryDocuments,
  discoveryDocuments,
  type RemoteVersion,
} from "./discovery-documents.ts";
import { mediaTypes, negotiate, plainOffer, wantsPretty } from "./negotiate.ts";

export type DiscoveryOptions = {
  readonly kinds: Kinds;
  /** `host:port` at which clients in the cluster reach the server. */
  readonly address: () => string;
  /** What other servers answer for. */
  readonly remote?: { versions(): readonly RemoteVersion[]; readonly revision: number };
};

/** Documents are made when first asked for, and anew after the kinds have changed. */
export function discovery({ kinds, address, remote }: DiscoveryOptions): Page {
  let made: DiscoveryDocuments | undefined;
  let revision = "";
  const current = (): DiscoveryDocuments => {
    const now = `${kinds.revision}/${remote?.revision ?? 0}`;
    if (made === undefined || revision !== now) {
      made = discoveryDocuments(kinds.all(), remote?.versions());
      revision = now;
    }
    return made;
  };
  return (context) => {
    const parts = partsOf(context.attributes.path);
    if (parts === undefined) return undefined;
    const answer = pageFor(parts, context, current, address);
    // Those of the groups come from handlers that look at no method.
    const routed = parts[0] === "api" || parts.length === 3;
    if (answer !== undefined && routed && context.request.method !== "GET")
      throw methodNotAllowed();
    return answer;
  };
}

function pageFor(
  [root, group, version]: readonly string[],
  context: Context,
  current: () => DiscoveryDocuments,
  address: () => string,
): Promise<ApiResponse> | undefined {
  const documents = current();
  if (root === undefined) {
    return documentAnswer({ paths: rootPaths(documents) }, { media: "json", pretty: true });
  }
  const core = root === "api";
  if (group === undefined) {
    return core
      ? choice(context, coreVersions(address()), documents.aggregatedCore)
      : groupList(context, documents);
  }
  if (!core && version === undefined) {
    const found = documents.group.get(group);
    return found && plain(context, found, loose);
  }
  const resources = documents.resources.get(core ? `/${group}` : `${group}/${version}`);
  if (resources !== undefined) return plain(context, resources);
  if (core || documents.builtIn.has(group)) throw resourceNotFound();
  return undefined;
}

/** With a slash at its end the page is that of a handler which knows no aggregated form. */
const groupList = (context: Context, documents: DiscoveryDocuments): Promise<ApiResponse> =>
  context.attributes.path.endsWith("/")
    ? plain(context, documents.groups, loose)
    : choice(context, documents.groups, documents.aggregatedGroups, loose);

/** Up to three parts of a path below /api or /apis; none for /; undefined for anything else. */
function partsOf(path: string): string[] | undefined {
  if (path === "/" || path === "" || path === "/index.html") return [];
  const match = /^\/(?:(api)(?:\/([^/]+))?|(apis)(?:\/([^/]+)(?:\/([^/]+))?)?)\/?$/.exec(path);
  if (match === null) return undefined;
  return [match[1] ?? match[3], match[2] ?? match[4], match[5]].filter((p) => p !== undefined);
}

/** Pages that upstream's router for built-in kinds does not make also take `application/*`. */
const loose = { ...plainOffer, anyWildcard: true };

function plain(context: Context, document: object, offer = plainOffer): Promise<ApiResponse> {
  const { headers, query } = context.request;
  const output = negotiate(headers["accept"], offer);
  const pretty = output.pretty || wantsPretty(query, headers["user-agent"]);
  return documentAnswer(document, { ...output, pretty });
}

/** The short document, or the aggregated one for a client that knows it. */
async function choice(
  context: Context,
  short: object,
  whole: Aggregated,
  offer = plainOffer,
): Promise<ApiResponse> {
  const { headers, query } = context.request;
  const output = negotiate(headers["accept"], { ...offer, aggregated: true });
  const pretty = output.pretty || wantsPretty(query, headers["user-agent"]);
  if (!output.aggregated) {
    return documentAnswer(short, { ...output, pretty });
  }
  const tagged = { etag: whole.etag, vary: "Accept", "cache-control": "public" };
  if (headers["if-none-match"] === whole.etag) {
    return { status: 304, headers: tagged, body: { is: "empty" } };
  }
  const answer = await documentAnswer(whole.object, { ...output, pretty }, { headers: tagged });
  const type = `${mediaTypes[output.media]};g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList`;
  return { ...answer, headers: { ...answer.headers, "content-type": type } };
}

const coreVersions = (serverAddress: string): object => ({
  kind: "APIVersions",
  versions: ["v1"],
  serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress }],
});

function rootPaths({ group, resources }: DiscoveryDocuments): string[] {
  const groups = [...group.keys()].map((name) => `/apis/${name}`);
  const versions = [...resources.keys()].map((key) =>
    key.startsWith("/") ? `/api${key}` : `/apis/${key}`,
  );
  return [...fixedPaths, ...groups, ...versions].sort();
}

const fixedPaths = [
  "/.well-known/openid-configuration",
  "/api",
  "/apis",
  "/apis/",
  "/flagz",
  "/healthz",
  "/healthz/etcd",
  "/healthz/log",
  "/healthz/ping",
  "/livez",
  "/livez/etcd",
  "/livez/log",
  "/livez/ping",
  "/metrics",
  "/metrics/slis",
  "/openapi/v2",
  "/openapi/v3",
  "/openapi/v3/",
  "/openid/v1/jwks",
  "/readyz",
  "/readyz/etcd",
  "/readyz/log",
  "/readyz/ping",
  "/statusz",
  "/version",
];
