// Endpoints: the addresses behind a service, in the old form of which EndpointSlice took the place.
import { endpoints as endpointsToken } from "../../resources.ts";
import type { Endpoints } from "../../types/core-v1.ts";
import { age, shortList } from "../cells.ts";
import { defineKind } from "../define.ts";
import { endpointsWarnings, validateEndpoints } from "./endpoints-rules.ts";

export const endpoints = defineKind(endpointsToken, {
  rechecksNames: true,
  shortNames: ["ep"],
  applyDefaults({ subsets }) {
    for (const { ports } of subsets ?? []) {
      for (const port of ports ?? []) port.protocol ||= "TCP";
    }
  },
  validate: validateEndpoints,
  warnings: endpointsWarnings,
  columns: [
    { name: "Endpoints", cell: (object) => shortList(addresses(object), 3, "<none>") },
    age,
  ],
  createsOnUpdate: true,
  deprecation: "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
});

/** `10.1.1.1:80`, or the bare address where there are no ports. */
function addresses({ subsets }: Endpoints): string[] {
  return (subsets ?? []).flatMap(({ addresses, ports }) => {
    const ips = (addresses ?? []).map(({ ip }) => ip);
    if (!ports?.length) return ips;
    return ports.flatMap(({ port }) =>
      ips.map((ip) => (ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`)),
    );
  });
}
