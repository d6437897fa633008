// The control plane of an open cluster, with all that other machines see of it.
import { hostname } from "node:os";
import { uuid } from "../lib/random.ts";
import { nodes } from "../schema/resources.ts";
import type { EdgeOptions } from "../server/edge.ts";
import type { TlsFiles } from "../server/listen.ts";
import type { Scope } from "../server/scope.ts";
import { outwardAddress } from "./addresses.ts";
import type { ApiSettings } from "./api-settings.ts";
import type { Authors } from "./authors.ts";
import { clusterPages } from "./cluster-pages.ts";
import { type ControlPlane, makeControlPlane } from "./control-plane.ts";
import type { Ends } from "./ends.ts";
import { makeNodeApis, type NodeApis } from "./node-apis.ts";
import { type OpenCluster, ownIssuer } from "./open-cluster.ts";
import type { ServeOptions } from "./options.ts";
import { certifier } from "./pki/certify.ts";
import type { ClusterPki } from "./pki/cluster-pki.ts";
import { part } from "./pki/keeper.ts";
import { Refusal } from "./refusal.ts";

/** Requests under way at a stop may end for so long. */
const stopGraceMs = 5000;

export type OpenPlane = { readonly plane: ControlPlane; readonly apis: NodeApis };

/** Nothing listens yet. `port`: at which it will, asked for when somebody wants to know. */
export function openPlane(cluster: OpenCluster, port: () => number, ends: Ends): OpenPlane {
  const { options, store, authors, keys, keeper, backup, clock, random, log } = cluster;
  const { authority, nodeClient } = keeper.pki.value;
  const edge = edgeOf(cluster, () => {
    const { address, port: open } = plane.endpoint();
    return `${address}:${open}`;
  });
  const plane = makeControlPlane({
    ...options,
    store,
    clock,
    random,
    log,
    turnEnd: (run) => void setImmediate(run),
    authority: authority.certificate,
    edge,
    endpoint: () => ({ address: advertised(options), port: port() }),
    connectNode: (name) => apis.connect(name),
    noteWrite: (scope, revision) => noteAuthor(authors, scope, revision),
    certify: certifier(authority, { clock, random }),
    pages: ({ kinds }) => clusterPages({ store, kinds, authors, backup, keys, clock }),
    [cluster.secret ? "shared" : "alone"]: { identity: uuid(random), hostname: hostname() },
  });
  const apis = makeNodeApis(() => plane.caches.of(nodes), {
    authority: authority.certificate,
    certificate: nodeClient.certificate,
    key: nodeClient.key,
  });
  ends.add(() => apis.close());
  ends.add(() => plane.stop(stopGraceMs));
  return { plane, apis };
}

/** The certificates and keys of the cluster beside what the flags name. */
function edgeOf({ settings, keeper, options }: OpenCluster, address: () => string): EdgeOptions {
  const { authority, frontProxyAuthority, frontProxyClient } = keeper.pki.value;
  const { keys, issuers, audiences } = settings.accounts;
  return {
    ...settings.edge,
    clientAuthorities: `${authority.certificate}\n${settings.clientAuthorities}`,
    frontProxyAuthorities: frontProxyAuthority.certificate,
    frontProxyClient,
    serviceAccounts: {
      keys: part(keeper.pki, ({ tokenKeys }) => [...keys, ...tokenKeys]),
      issuer: issuers[0] ?? ownIssuer(options),
      otherIssuers: issuers.slice(1),
      ...(audiences === undefined ? {} : { audiences }),
    },
    address,
  };
}

function noteAuthor(authors: Authors, { context, kind }: Scope, revision: number): void {
  const { plural } = kind.resource;
  const isRenewal = plural === "leases" || plural === "events";
  authors.note(revision, context.identity.user, context.now, isRenewal);
}

/** Opens the port that was asked for, which it returns. Throws a `Refusal` when it cannot be had. */
export async function listenOn(
  plane: ControlPlane,
  tls: TlsFiles,
  { bind, port }: ServeOptions,
): Promise<number> {
  try {
    return (await plane.server.listen({ host: bind, port, tls })).port;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === "EADDRINUSE" ? "another program uses it" : message;
    const way = "choose another --port (0: a free one)";
    throw new Refusal(5, `cannot listen on ${bind}:${port}: ${why}; ${way}`, { cause: error });
  }
}

export const tlsOf = ({ serving, authority }: ClusterPki, { tls }: ApiSettings): TlsFiles => ({
  ...tls,
  cert: serving.certificate,
  key: serving.key,
  clientCa: authority.certificate,
});

const everywhere = "0.0.0.0";

/** Where programs of this machine reach the server. */
export const reachable = (bind: string): string => (bind === everywhere ? "127.0.0.1" : bind);

/** Where pods and nodes reach the server: pods cannot reach a loopback address, so the machine's own is told. */
const advertised = ({ bind }: ServeOptions): string =>
  bind === everywhere || bind.startsWith("127.") ? outwardAddress() : bind;
