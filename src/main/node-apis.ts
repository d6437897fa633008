// How the API server reaches the agents of nodes: those of this process directly, others over HTTPS.
import type { Cache } from "../client/cache.ts";
import type { Api } from "../schema/api-request.ts";
import { StatusError } from "../schema/status-error.ts";
import type { Node } from "../schema/types/core-v1.ts";
import { type HttpsApi, httpsApi, type Target } from "./https-api.ts";

export type NodeApis = {
  /** Throws a StatusError when the node is unknown or tells no address. */
  connect(name: string): Promise<Api>;
  /** An agent of this process. */
  set(name: string, api: Api): void;
  /** New connections show this certificate. */
  renew(pair: { certificate: string; key: string }): void;
  close(): void;
};

/** `credentials`: what the API server shows to agents, and the authority that their certificates come from. */
export function makeNodeApis(nodes: () => Cache<Node>, first: Omit<Target, "server">): NodeApis {
  let credentials = first;
  const local = new Map<string, Api>();
  const remote = new Map<string, HttpsApi>();
  const dial = (name: string, server: string): Api => {
    const key = `${name} ${server}`;
    let known = remote.get(key);
    if (!known) {
      // A node says itself where it is. Were it believed, it could lead this server's credentials to any program that
      // believes in them, and first of all to this server.
      known = httpsApi({ server, serverUser: `system:node:${name}`, ...credentials });
      remote.set(key, known);
    }
    return known.api;
  };
  return {
    async connect(name) {
      const own = local.get(name);
      if (own) return own;
      const cache = nodes();
      await cache.synced;
      return dial(name, serverOf(name, cache.get({ name })));
    },
    set: (name, api) => void local.set(name, api),
    renew(pair) {
      credentials = { ...credentials, ...pair };
      for (const api of remote.values()) api.close();
      remote.clear();
    },
    close() {
      for (const api of remote.values()) api.close();
    },
  };
}

function serverOf(name: string, node: Node | undefined): string {
  const host = node?.status?.addresses?.find((a) => a.type === "InternalIP")?.address;
  const port = node?.status?.daemonEndpoints?.kubeletEndpoint?.Port;
  if (host && port) return `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  throw new StatusError(
    404,
    "NotFound",
    `nodes "${name}" has no address at which its agent answers`,
  );
}
