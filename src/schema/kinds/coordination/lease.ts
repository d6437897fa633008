// Lease: who holds something, and until when.
import { leases } from "../../resources.ts";
import { age } from "../cells.ts";
import { defineKind } from "../define.ts";

export const lease = defineKind(leases, {
  prepare({ spec }) {
    // Behind a gate that is off by default.
    delete spec?.strategy;
    delete spec?.preferredHolder;
  },
  columns: [{ name: "Holder", cell: ({ spec }) => spec?.holderIdentity ?? "" }, age],
  createsOnUpdate: true,
  unconditionalUpdate: false,
});
