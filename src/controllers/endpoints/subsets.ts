// The older form of what a Service offers: addresses and ports in groups in which every address has every port.
import type { EndpointAddress, EndpointPort, EndpointSubset } from "../../schema/types/core-v1.ts";

export type Offered = {
  address: EndpointAddress;
  port: EndpointPort | undefined;
  isReady: boolean;
};

/** Most addresses of one object; the rest is left out (upstream's bound). */
const addressesMax = 1000;

export function subsetsOf(offered: readonly Offered[]): EndpointSubset[] {
  const byPort = Map.groupBy(offered, ({ port }) => JSON.stringify(port ?? null));
  const groups = new Map<string, { addresses: Offered[]; ports: EndpointPort[] }>();
  for (const list of byPort.values()) {
    const addresses = unique(list);
    const key = addresses.map((o) => `${addressKey(o)} ${o.isReady}`).join(",");
    const group = groups.get(key) ?? { addresses, ports: [] };
    if (list[0]?.port) group.ports.push(list[0].port);
    groups.set(key, group);
  }
  return [...groups.values()]
    .map(subsetOf)
    .sort((a, b) => compareTexts(portsText(a), portsText(b)));
}

function unique(list: readonly Offered[]): Offered[] {
  const found = new Map<string, Offered>();
  for (const offer of list) {
    const key = addressKey(offer);
    // Not ready for one of several reasons is not ready.
    if (!found.has(key) || !offer.isReady) found.set(key, offer);
  }
  return [...found.values()].sort((a, b) => compareTexts(addressKey(a), addressKey(b)));
}

const addressKey = ({ address }: Offered): string =>
  `${address.ip} ${address.targetRef?.uid ?? ""}`;

function subsetOf({ addresses, ports }: { addresses: Offered[]; ports: EndpointPort[] }) {
  const ready = addresses.filter((o) => o.isReady).map((o) => o.address);
  const notReady = addresses.filter((o) => !o.isReady).map((o) => o.address);
  ports.sort((a, b) => compareTexts(JSON.stringify(a), JSON.stringify(b)));
  return {
    ...(ready.length > 0 ? { addresses: ready } : {}),
    ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
    ...(ports.length > 0 ? { ports } : {}),
  };
}

const portsText = (subset: EndpointSubset): string => JSON.stringify(subset.ports ?? []);
const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** At most `addressesMax` addresses, ready ones before others; undefined when all have room. */
export function truncated(subsets: readonly EndpointSubset[]): EndpointSubset[] | undefined {
  const count = (list: readonly EndpointSubset[], field: "addresses" | "notReadyAddresses") =>
    list.reduce((sum, subset) => sum + (subset[field]?.length ?? 0), 0);
  const ready = count(subsets, "addresses");
  const notReady = count(subsets, "notReadyAddresses");
  if (ready + notReady <= addressesMax) return undefined;
  const field = ready > addressesMax ? "addresses" : "notReadyAddresses";
  const room = ready > addressesMax ? addressesMax : addressesMax - ready;
  const total = ready > addressesMax ? ready : notReady;
  let left = room;
  return subsets.map((subset) => {
    const list = subset[field] ?? [];
    const share = Math.min(Math.ceil((list.length / total) * room), left);
    left -= Math.min(share, list.length);
    const cut = { ...subset, [field]: list.slice(0, share) };
    if (field === "addresses") delete cut.notReadyAddresses;
    return cut;
  });
}
