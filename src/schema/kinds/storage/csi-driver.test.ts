// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { csiDriver } from "./csi-driver.ts";

const good = {
  metadata: { name: "cd1" },
  spec: {
    attachRequired: false,
    podInfoOnMount: true,
    storageCapacity: true,
    fsGroupPolicy: "File",
    tokenRequests: [{ audience: "a", expirationSeconds: 700 }, { audience: "b" }],
    volumeLifecycleModes: ["Ephemeral"],
    requiresRepublish: true,
    seLinuxMount: true,
    nodeAllocatableUpdatePeriodSeconds: 20,
    serviceAccountTokenInSecrets: true,
    preventPodSchedulingIfMissing: true,
  },
};

test("a new CSIDriver is refused in upstream's words", () => {
  assertTold(csiDriver, good, [
    [
      { "spec.fsGroupPolicy": "Odd" },
      [
        'spec.fsGroupPolicy: Unsupported value: "Odd": supported values: "File", "None", "ReadWriteOnceWithFSType"',
      ],
    ],
    [
      { "spec.volumeLifecycleModes": ["Odd"] },
      [
        'spec.volumeLifecycleModes: Unsupported value: "Odd": supported values: "Persistent", "Ephemeral"',
      ],
    ],
    [
      { "spec.tokenRequests": [{ audience: "a", expirationSeconds: 5 }, { audience: "a" }] },
      [
        "spec.tokenRequests[0].expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes",
        'spec.tokenRequests[1].audience: Duplicate value: "a"',
      ],
    ],
    [
      { "spec.nodeAllocatableUpdatePeriodSeconds": 1 },
      [
        "spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 1: must be greater than or equal to 10 seconds",
      ],
    ],
  ]);
});

test("what a CSIDriver may change", () => {
  assertTold(
    csiDriver,
    good,
    [
      [
        { "spec.attachRequired": true },
        ["spec.attachedRequired: Invalid value: true: field is immutable"],
      ],
      [
        { "spec.volumeLifecycleModes": ["Persistent"] },
        ['spec.volumeLifecycleModes: Invalid value: ["Persistent"]: field is immutable'],
      ],
      [{ "spec.podInfoOnMount": false }, []],
    ],
    { update: true },
  );
});
