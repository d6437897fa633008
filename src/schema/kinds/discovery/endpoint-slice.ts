// EndpointSlice: some of the addresses behind a service.
import { ipWarnings } from "../../ip.ts";
import { endpointSlices } from "../../resources.ts";
import { semanticEqual } from "../../semantic-equal.ts";
import type { EndpointSlice } from "../../types/discovery-v1.ts";
import { age, shortList } from "../cells.ts";
import { defineKind } from "../define.ts";
import { setGeneration } from "../strategy.ts";
import { validateEndpointSlice } from "./endpoint-slice-rules.ts";

export const endpointSlice = defineKind(endpointSlices, {
  rechecksNames: true,
  applyDefaults({ ports }) {
    for (const port of ports ?? []) {
      port.name ??= "";
      port.protocol ??= "TCP";
    }
  },
  prepare(next, old) {
    if (old === undefined) next.metadata.generation = 1;
    else setGeneration(next, old, !semanticEqual(said(next), said(old)));
    for (const endpoint of next.endpoints ?? []) delete endpoint.deprecatedTopology;
  },
  validate: validateEndpointSlice,
  warnings(next, old) {
    const isNamed = old === undefined && next.addressType === "FQDN";
    const named = isNamed ? ["spec.addressType: FQDN endpoints are deprecated"] : [];
    return [...named, ...addressWarnings(next)];
  },
  columns: [
    { name: "AddressType", cell: ({ addressType }) => addressType ?? "" },
    {
      name: "Ports",
      cell: ({ ports }) =>
        shortList((ports ?? []).map(({ port, name }) => `${port ?? name ?? "*"}`)),
    },
    {
      name: "Endpoints",
      cell: ({ endpoints }) => shortList((endpoints ?? []).flatMap(({ addresses }) => addresses)),
    },
    age,
  ],
});

const managedBy = "endpointslice.kubernetes.io/managed-by";
const controllers = ["endpointslice-controller.k8s.io", "endpointslicemirroring-controller.k8s.io"];

function addressWarnings({ metadata, endpoints }: EndpointSlice): string[] {
  if (controllers.includes(metadata.labels?.[managedBy] ?? "")) return [];
  return (endpoints ?? []).flatMap(({ addresses }, i) =>
    (addresses ?? []).flatMap((ip, j) => ipWarnings(`endpoints[${i}].addresses[${j}]`, ip)),
  );
}

const said = ({ metadata, addressType, endpoints, ports }: EndpointSlice) => [
  metadata.labels,
  addressType,
  endpoints,
  ports,
];
