// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { csiNode } from "./csi-node.ts";

const good = {
  metadata: { name: "cn1" },
  spec: {
    drivers: [
      { name: "a.b", nodeID: "n", topologyKeys: ["x", "y"], allocatable: { count: 1 } },
      { name: "c", nodeID: "m" },
    ],
  },
};

test("a new CSINode is refused in upstream's words", () => {
  assertTold(csiNode, good, [
    [{ "spec.drivers.0.name": "" }, ["spec.drivers[0].name: Required value"]],
    [{ "spec.drivers.0.nodeID": "" }, ["spec.drivers[0].nodeID: Required value"]],
    [
      { "spec.drivers.0.allocatable.count": -1 },
      ["spec.drivers[0].allocatable.count: Invalid value: -1: must be greater than or equal to 0"],
    ],
    [
      { "spec.drivers.0.topologyKeys": ["a b", "a", "a"] },
      [
        'spec.drivers[0]: Invalid value: "a b": name part…',
        'spec.drivers[0]: Duplicate value: "a"',
      ],
    ],
    [{ "spec.drivers.1.name": "a.b" }, ['spec.drivers[1].name: Duplicate value: "a.b"']],
  ]);
});

test("what a CSINode may change", () => {
  assertTold(
    csiNode,
    good,
    [[{ "spec.drivers.0.nodeID": "z" }, ["spec.drivers: Invalid value: …: field is immutable"]]],
    { update: true },
  );
});
