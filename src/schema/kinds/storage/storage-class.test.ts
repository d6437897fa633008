// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { storageClass } from "./storage-class.ts";

const good = {
  metadata: { name: "sc1" },
  provisioner: "A.b/c",
  parameters: { a: "b" },
  reclaimPolicy: "Delete",
  volumeBindingMode: "Immediate",
  allowVolumeExpansion: true,
  mountOptions: ["ro"],
  allowedTopologies: [
    {
      matchLabelExpressions: [
        { key: "failure-domain.beta.kubernetes.io/zone", values: ["a", "b"] },
        { key: "y", values: ["a"] },
      ],
    },
    { matchLabelExpressions: [{ key: "z", values: ["a"] }] },
  ],
};

test("a new StorageClass is refused in upstream's words", () => {
  assertTold(storageClass, good, [
    [{ provisioner: "" }, ["provisioner: Required value"]],
    [{ provisioner: "a b" }, ['provisioner: Invalid value: "a b": name part…']],
    [{ parameters: { "": "x" } }, ['parameters: Invalid value: "": field can not be empty.']],
    [
      { reclaimPolicy: "Odd" },
      ['reclaimPolicy: Unsupported value: "Odd": supported values: "Delete", "Retain"'],
    ],
    [
      { volumeBindingMode: "Odd" },
      [
        'volumeBindingMode: Unsupported value: "Odd": supported values: "Immediate", "WaitForFirstConsumer"',
      ],
    ],
    [
      { allowedTopologies: [{ matchLabelExpressions: [{ key: "a b", values: [] }] }] },
      [
        "allowedTopologies[0].matchLabelExpressions[0].values: Required value",
        'allowedTopologies[0].matchLabelExpressions[0].key: Invalid value: "a b": name part…',
      ],
    ],
    [
      { allowedTopologies: [{ matchLabelExpressions: [{ key: "a", values: ["x", "x"] }] }] },
      ['allowedTopologies[0].matchLabelExpressions[0].values[1]: Duplicate value: "x"'],
    ],
  ]);
});

test("what a StorageClass may change", () => {
  assertTold(
    storageClass,
    good,
    [
      [{ parameters: { c: "d" } }, ["parameters: Invalid value: null: field is immutable"]],
      [{ provisioner: "x" }, ["provisioner: Invalid value: null: field is immutable"]],
      [{ reclaimPolicy: "Retain" }, ["reclaimPolicy: Invalid value: null: field is immutable"]],
      [
        { volumeBindingMode: "WaitForFirstConsumer" },
        ["volumeBindingMode: Invalid value: null: field is immutable"],
      ],
      [{ allowVolumeExpansion: false }, []],
    ],
    { update: true },
  );
});
