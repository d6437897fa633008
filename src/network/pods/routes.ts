// Routes to the pods of other nodes: by their node's address, on the same network (host-gw).
import type { Cache } from "../../client/cache.ts";
import type { Log } from "../../lib/log.ts";
import type { Node } from "../../schema/types/core-v1.ts";
import type { Program } from "../program.ts";

export type RouteOptions = { nodeName: string; nodes: Cache<Node>; run: Program; log: Log };

/** Keeps one route per other node; the answer stops it and leaves the routes. */
export function startRoutes({ nodeName, nodes, run, log }: RouteOptions): () => void {
  const shown = new Map<string, string>();
  let last = Promise.resolve();
  const ip = (...args: string[]): void => {
    last = last
      .then(() => run("ip", args))
      .then(
        () => {},
        (error: unknown) => log.warn("cannot change a route to another node's pods", { error }),
      );
  };
  return nodes.onChange(({ key, next }) => {
    if (key === nodeName) return;
    const gateway = addressOf(next);
    const subnet = next?.spec?.podCIDR;
    const route = gateway && subnet ? `${subnet} via ${gateway}` : undefined;
    const old = shown.get(key);
    if (old === route) return;
    if (old !== undefined) ip("route", "del", ...old.split(" "));
    shown.delete(key);
    if (route === undefined) return;
    shown.set(key, route);
    ip("route", "replace", ...route.split(" "));
  });
}

/** Simulated nodes have no machine to route to. */
function addressOf(node: Node | undefined): string | undefined {
  if (node?.spec?.providerID?.startsWith("simulated:")) return undefined;
  return node?.status?.addresses?.find((a) => a.type === "InternalIP")?.address;
}
