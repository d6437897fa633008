// Fits endpoints into slices of at most a hundred with as few writes as possible: what is in a slice stays there,
// what is new fills slices that change anyway, then the fullest that takes all of it, then new ones.
import { equal } from "../../lib/equal.ts";
import type { Endpoint, EndpointSlice } from "../../schema/types/discovery-v1.ts";

/** Endpoints in one slice, upstream's default. */
export const sliceMax = 100;

export type Packed = {
  /** Endpoints of slices to create. */
  create: Endpoint[][];
  update: { slice: EndpointSlice; endpoints: Endpoint[] }[];
  delete: EndpointSlice[];
};

/** `isStale`: a slice is to be written even when its endpoints stay. */
export function pack(
  slices: readonly EndpointSlice[],
  wanted: readonly Endpoint[],
  isStale: (slice: EndpointSlice) => boolean,
): Packed {
  const left = new Map(wanted.map((endpoint) => [endpointKey(endpoint), endpoint]));
  const packed: Packed = { create: [], update: [], delete: [] };
  const unchanged: EndpointSlice[] = [];
  for (const slice of slices) {
    const before = slice.endpoints ?? [];
    const endpoints = before.map((e) => take(left, e)).filter((e) => e !== undefined);
    const isSame = endpoints.length === before.length && equal(endpoints, before);
    if (isSame && !isStale(slice)) unchanged.push(slice);
    else if (endpoints.length === 0 && before.length > 0) packed.delete.push(slice);
    else packed.update.push({ slice, endpoints });
  }
  packed.update.sort((a, b) => b.endpoints.length - a.endpoints.length);
  for (const { endpoints } of packed.update) fill(endpoints, left);
  while (left.size > 0) {
    const host = left.size < sliceMax ? closestFit(unchanged, left.size) : undefined;
    const endpoints = [...(host?.endpoints ?? [])];
    fill(endpoints, left);
    if (!host) packed.create.push(endpoints);
    else {
      unchanged.splice(unchanged.indexOf(host), 1);
      packed.update.push({ slice: host, endpoints });
    }
  }
  return packed;
}

/** Endpoints with the same address, host name and pod are the same, whatever their conditions. */
export function endpointKey({ addresses, hostname, targetRef }: Endpoint): string {
  return [addresses.toSorted(), hostname, targetRef?.namespace, targetRef?.name].join("|");
}

function take(left: Map<string, Endpoint>, endpoint: Endpoint): Endpoint | undefined {
  const key = endpointKey(endpoint);
  const found = left.get(key);
  left.delete(key);
  return found;
}

function fill(endpoints: Endpoint[], left: Map<string, Endpoint>): void {
  for (const [key, endpoint] of left) {
    if (endpoints.length >= sliceMax) return;
    endpoints.push(endpoint);
    left.delete(key);
  }
}

function closestFit(slices: readonly EndpointSlice[], count: number): EndpointSlice | undefined {
  const sizeOf = (slice: EndpointSlice): number => slice.endpoints?.length ?? 0;
  return slices
    .filter((slice) => sizeOf(slice) + count <= sliceMax)
    .sort((a, b) => sizeOf(b) - sizeOf(a))[0];
}
