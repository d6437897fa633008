// EndpointSlice: some of the addresses behind a service.
import { endpointSlices } from "../../resources.ts";
import type { EndpointSlice } from "../../types/discovery-v1.ts";
import { age, shortList } from "../cells.ts";
import { defineKind } from "../define.ts";
import { equal } from "../equal.ts";
import { setGeneration } from "../strategy.ts";

export const endpointSlice = defineKind(endpointSlices, {
  applyDefaults({ ports }) {
    for (const port of ports ?? []) {
      port.name ??= "";
      port.protocol ??= "TCP";
    }
  },
  prepare(next, old) {
    if (old === undefined) next.metadata.generation = 1;
    else setGeneration(next, old, !equal(said(next), said(old)));
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

const said = ({ metadata, addressType, endpoints, ports }: EndpointSlice) => [
  metadata.labels,
  addressType,
  endpoints,
  ports,
];
