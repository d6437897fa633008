// `kubectl get services`.
import type { Column } from "../../../kind.ts";
import type { Service, ServicePort } from "../../../types/core-v1.ts";
import { age, labelsText } from "../../cells.ts";

export const serviceColumns: readonly Column<Service>[] = [
  { name: "Type", cell: ({ spec }) => spec?.type ?? "" },
  { name: "Cluster-IP", cell: ({ spec }) => spec?.clusterIPs?.[0] ?? "<none>" },
  { name: "External-IP", cell: externalIp },
  { name: "Port(s)", cell: ({ spec }) => (spec?.ports ?? []).map(port).join(",") || "<none>" },
  age,
  { name: "Selector", priority: 1, cell: ({ spec }) => labelsText(spec?.selector) },
];

const port = ({ port, nodePort, protocol }: ServicePort): string =>
  `${nodePort ? `${port}:${nodePort}` : port}/${protocol ?? "TCP"}`;

function externalIp({ spec, status }: Service): string {
  const own = spec?.externalIPs ?? [];
  switch (spec?.type) {
    case "ClusterIP":
    case "NodePort":
      return own.join(",") || "<none>";
    case "LoadBalancer":
      return [...ingressAddresses(status?.loadBalancer?.ingress), ...own].join(",") || "<pending>";
    case "ExternalName":
      return spec.externalName ?? "";
    default:
      return "<unknown>";
  }
}

/** Addresses or names that a load balancer answers on, each once, sorted. */
export function ingressAddresses(
  ingress: readonly { ip?: string; hostname?: string }[] | undefined,
): string[] {
  const found = (ingress ?? []).map(({ ip, hostname }) => ip || hostname || "");
  return [...new Set(found)].filter((text) => text !== "").sort();
}
