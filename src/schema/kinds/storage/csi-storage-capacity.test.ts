// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { csiStorageCapacity } from "./csi-storage-capacity.ts";

const good = {
  metadata: { name: "csc1" },
  storageClassName: "x",
  capacity: "1Gi",
  maximumVolumeSize: "1Gi",
  nodeTopology: {
    matchLabels: { "beta.kubernetes.io/os": "b" },
    matchExpressions: [{ key: "beta.kubernetes.io/arch", operator: "In", values: ["b"] }],
  },
};

test("a new CSIStorageCapacity is refused in upstream's words", () => {
  assertTold(csiStorageCapacity, good, [
    [
      { storageClassName: "A_" },
      ['storageClassName: Invalid value: "A_": a lowercase RFC 1123 subdomain…'],
    ],
    [
      { capacity: "-1", maximumVolumeSize: "-1" },
      ['capacity: Invalid value: "-1": must be greater than or equal to 0'],
    ],
    [
      { nodeTopology: { matchExpressions: [{ key: "a", operator: "Odd" }] } },
      [
        'nodeTopology.matchExpressions[0].operator: Invalid value: "Odd": not a valid selector operator',
      ],
    ],
  ]);
});

test("what a CSIStorageCapacity may change", () => {
  assertTold(
    csiStorageCapacity,
    good,
    [
      [{ storageClassName: "y" }, ['storageClassName: Invalid value: "y": field is immutable']],
      [
        { nodeTopology: { matchLabels: { a: "b" } } },
        ['nodeTopology: Invalid value: {"matchLabels":{"a":"b"}}: field is immutable'],
      ],
    ],
    { update: true },
  );
});
