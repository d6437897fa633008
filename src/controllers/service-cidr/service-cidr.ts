// Says of a block of service addresses that it may be used, and holds one that is deleted while addresses of it are in
// use that no other block has.
import type { Action } from "../../control/action.ts";
import { ownKey, source, startController } from "../../control/controller.ts";
import { contains, parseAddress, parseCidr } from "../../schema/ip.ts";
import { apiVersionOf } from "../../schema/resource.ts";
import { ipAddresses, serviceCIDRs } from "../../schema/resources.ts";
import { printTime } from "../../schema/time.ts";
import type { IPAddress, ServiceCIDR } from "../../schema/types/networking-v1.ts";
import { conditionOf } from "../conditions.ts";
import type { Parts, Running } from "../parts.ts";
import { protect } from "../volumes/protection.ts";

const finalizer = "networking.k8s.io/service-cidr-finalizer";
const fieldManager = "service-cidr-controller";

/** Time for all servers to hear that no more addresses are to be given from a block. */
const graceMs = 10_000;

export type Observed = {
  readonly block: ServiceCIDR;
  readonly others: readonly ServiceCIDR[];
  /** Those that servers gave to Services. */
  readonly addresses: readonly IPAddress[];
  readonly now: number;
};

export function reconcile({ block, others, addresses, now }: Observed): Action[] {
  const { deletionTimestamp } = block.metadata;
  if (deletionTimestamp === undefined)
    return [
      ...protect(serviceCIDRs, block, finalizer, true),
      ...told(block, now, "True", "", "Kubernetes Service CIDR is ready"),
    ];
  if (isNeeded(block, others, addresses))
    return told(
      block,
      now,
      "False",
      "Terminating",
      "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR",
    );
  const afterMs = Date.parse(deletionTimestamp) + graceMs - now;
  if (afterMs > 0) return [{ do: "again", afterMs }];
  return protect(serviceCIDRs, block, finalizer, false);
}

/** An address of the block is in no other one. */
function isNeeded(
  block: ServiceCIDR,
  others: readonly ServiceCIDR[],
  addresses: readonly IPAddress[],
): boolean {
  return addresses.some(
    ({ metadata: { name = "" } }) => has(block, name) && !others.some((one) => has(one, name)),
  );
}

function has({ spec }: ServiceCIDR, text: string): boolean {
  const address = parseAddress(text);
  if (address === undefined) return false;
  return (spec?.cidrs ?? []).some((cidr) => {
    const block = parseCidr(cidr);
    return block !== undefined && contains(block, address);
  });
}

function told(
  block: ServiceCIDR,
  now: number,
  status: "True" | "False",
  reason: string,
  message: string,
): Action[] {
  const old = conditionOf(block.status?.conditions, "Ready");
  if (old?.status === status && old.reason === reason && old.message === message) return [];
  const { name = "" } = block.metadata;
  const lastTransitionTime = printTime(now);
  const condition = { type: "Ready", status, reason, message, lastTransitionTime };
  return [
    {
      do: "patch",
      resource: serviceCIDRs,
      ref: { name },
      type: "apply",
      subresource: "status",
      force: true,
      fieldManager,
      patch: {
        apiVersion: apiVersionOf(serviceCIDRs),
        kind: serviceCIDRs.kind,
        metadata: { name },
        status: { conditions: [condition] },
      },
    },
  ];
}

const isGiven = ({ metadata }: IPAddress): boolean =>
  metadata.labels?.["ipaddress.kubernetes.io/managed-by"] === "ipallocator.k8s.io";

export function startServiceCidr(parts: Parts): Running {
  const blocks = parts.caches.of(serviceCIDRs);
  const addresses = parts.caches.of(ipAddresses);
  const leaving = (): string[] =>
    blocks
      .list()
      .filter(({ metadata }) => metadata.deletionTimestamp !== undefined)
      .map(({ metadata }) => metadata.name!);
  return startController({
    ...parts,
    name: "service-cidr",
    sources: [
      // What comes or goes may free or hold one that is being deleted.
      source(blocks, (change) => [...new Set([...ownKey(change), ...leaving()])]),
      source(addresses, leaving),
    ],
    observe(name) {
      const block = blocks.get({ name });
      return (
        block && {
          block,
          others: blocks.list().filter((one) => one.metadata.name !== name),
          addresses: addresses.list().filter(isGiven),
          now: parts.clock.now(),
        }
      );
    },
    reconcile,
  });
}
