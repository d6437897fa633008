// Lease: who holds something, and until when.
import { leases } from "../../resources.ts";
import { age } from "../cells.ts";
import { invalid, notNegative, type Out } from "../checks.ts";
import { defineKind } from "../define.ts";

export const lease = defineKind(leases, {
  bareFinalizers: "all",
  prepare({ spec }) {
    // Behind a gate that is off by default.
    delete spec?.strategy;
    delete spec?.preferredHolder;
  },
  validate({ spec = {} }) {
    const out: Out = [];
    const { leaseDurationSeconds: seconds, leaseTransitions } = spec;
    if (seconds !== undefined && seconds <= 0) {
      invalid(out, "spec.leaseDurationSeconds", seconds, "must be greater than 0");
    }
    notNegative(out, "spec.leaseTransitions", leaseTransitions);
    return out;
  },
  columns: [{ name: "Holder", cell: ({ spec }) => spec?.holderIdentity ?? "" }, age],
  createsOnUpdate: true,
  unconditionalUpdate: false,
});
