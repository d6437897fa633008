// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { lease } from "./lease.ts";

const good = {
  metadata: { name: "l1" },
  spec: {
    holderIdentity: "h",
    leaseDurationSeconds: 10,
    leaseTransitions: 1,
    acquireTime: "2026-01-01T00:00:00.000000Z",
    preferredHolder: "x",
    strategy: "OldestEmulationVersion",
  },
};

test("a new Lease is refused in upstream's words", () => {
  assertTold(lease, good, [
    [
      { "spec.leaseDurationSeconds": 0 },
      ["spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0"],
    ],
    [
      { "spec.leaseTransitions": -1 },
      ["spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0"],
    ],
    [{ "spec.holderIdentity": "" }, []],
    [{ "spec.strategy": "a b" }, []],
    [{ "spec.strategy": undefined }, []],
  ]);
});
