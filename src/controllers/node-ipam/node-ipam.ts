// Gives each node its part of the pods' network.
import type { Action } from "../../control/action.ts";
import { ownKey, source, startController } from "../../control/controller.ts";
import { isIpv6, parseCidr, printAddress } from "../../schema/ip.ts";
import { nodes } from "../../schema/resources.ts";
import type { Node } from "../../schema/types/core-v1.ts";
import { nodeReference } from "../node-lifecycle/reconcile.ts";
import type { Parts, Running, Settings } from "../parts.ts";
import { Subnets } from "./subnets.ts";

/** `cidrs` are those that the node is to get; undefined when there is no room. */
export type Observed = { node: Node; cidrs: readonly string[] | undefined };

/** A node without a part of the network is looked at again after so long; others may have left by then. */
const retryMs = 60_000;

function reconcile({ node, cidrs }: Observed): Action[] {
  if (node.spec?.podCIDR || node.metadata.deletionTimestamp) return [];
  const { name, resourceVersion } = node.metadata;
  if (!cidrs) {
    const message = `Node ${name} status is now: CIDRNotAvailable`;
    return [
      {
        do: "event",
        about: nodeReference(node),
        type: "Normal",
        reason: "CIDRNotAvailable",
        message,
      },
      { do: "again", afterMs: retryMs },
    ];
  }
  const patch = {
    metadata: { resourceVersion },
    spec: { podCIDR: cidrs[0], podCIDRs: cidrs },
  };
  return [{ do: "patch", resource: nodes, ref: { name: name! }, type: "merge", patch }];
}

/** Does nothing when no network is given. */
export function startNodeIpam(parts: Parts): Running {
  const cache = parts.caches.of(nodes);
  const networks = parts.settings.clusterCidrs.map((cidr) => subnetsOf(cidr, parts.settings));
  const unsubscribe = cache.onChange(({ key, next }) => {
    if (!next) for (const network of networks) network.release(key);
    for (const cidr of next?.spec?.podCIDRs ?? [])
      for (const network of networks) network.note(key, cidr);
  });
  const controller = startController<Observed>({
    ...parts,
    name: "node-ipam",
    sources: networks.length > 0 ? [source(cache, ownKey)] : [],
    observe(name) {
      const node = cache.get({ name });
      if (!node || node.spec?.podCIDR) return undefined;
      const cidrs = networks.map((network) => network.take(name));
      return { node, cidrs: cidrs.every((c) => c !== undefined) ? cidrs : undefined };
    },
    reconcile,
  });
  return {
    async stop() {
      unsubscribe();
      await controller.stop();
    },
  };
}

function subnetsOf(cidr: string, { nodeCidrBits }: Settings): Subnets {
  const parsed = parseCidr(cidr);
  const isV6 = parsed !== undefined && isIpv6(printAddress(parsed.address));
  const bits = isV6 ? nodeCidrBits.v6 : nodeCidrBits.v4;
  // A network that is smaller than a node's part is one part.
  return new Subnets(cidr, Math.max(bits, parsed?.prefix ?? 0));
}
