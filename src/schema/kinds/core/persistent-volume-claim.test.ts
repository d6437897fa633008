// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { persistentVolumeClaim } from "./persistent-volume-claim.ts";

const good = {
  metadata: { name: "data" },
  spec: {
    accessModes: ["ReadWriteOnce"],
    storageClassName: "fast",
    resources: { requests: { storage: "1Gi" } },
  },
};

test("a new PersistentVolumeClaim is refused in upstream's words", () => {
  assertTold(persistentVolumeClaim, good, [
    [
      { "spec.accessModes": undefined },
      ["spec.accessModes: Required value: at least 1 access mode is required"],
    ],
    [
      { "spec.accessModes": ["Odd"] },
      [
        'spec.accessModes: Unsupported value: "Odd": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
      ],
    ],
    [
      { "spec.accessModes": ["ReadWriteOnce", "ReadWriteOncePod"] },
      ["spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes"],
    ],
    [{ "spec.resources": undefined }, ["spec.resources[storage]: Required value"]],
    [
      { "spec.resources.requests.storage": "-1" },
      ['spec.resources[storage]: Invalid value: "-1": must be greater than zero'],
    ],
    [
      { "spec.resources.requests.storage": "0" },
      ['spec.resources[storage]: Invalid value: "0": must be greater than zero'],
    ],
    [
      { "spec.selector": { matchExpressions: [{ key: "a", operator: "Odd" }] } },
      [
        'spec.selector.matchExpressions[0].operator: Invalid value: "Odd": not a valid selector operator',
      ],
    ],
    [
      { "spec.storageClassName": "A_b" },
      ['spec.storageClassName: Invalid value: "A_b": a lowercase RFC 1123 subdomain…'],
    ],
    [
      { "spec.volumeMode": "Odd" },
      ['spec.volumeMode: Unsupported value: "Odd": supported values: "Block", "Filesystem"'],
    ],
    [{ "spec.dataSource": { kind: "", name: "" } }, []],
    [
      {
        "spec.dataSource": { kind: "PersistentVolumeClaim", name: "x" },
        "spec.dataSourceRef": { kind: "PersistentVolumeClaim", name: "y" },
      },
      ["spec: Invalid value: {}: must match dataSourceRef"],
    ],
    [{ "spec.volumeAttributesClassName": "" }, []],
  ]);
});

test("what a PersistentVolumeClaim may change", () => {
  assertTold(
    persistentVolumeClaim,
    good,
    [
      [
        { "spec.accessModes": ["ReadWriteMany"] },
        [
          "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims…",
        ],
      ],
      [
        { "spec.storageClassName": "slow" },
        [
          "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims…",
        ],
      ],
      [
        { "spec.resources.requests.storage": "2Gi" },
        [
          "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims…",
        ],
      ],
      [
        { "spec.resources.requests.storage": "512Mi" },
        [
          "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims…",
        ],
      ],
      [{ "spec.volumeName": "disk-1" }, []],
    ],
    { update: true },
  );
});

test("what the status of a PersistentVolumeClaim may say", () => {
  assertTold(
    persistentVolumeClaim,
    good,
    [
      [
        { "status.capacity": { storage: "-1" } },
        ["status.capacity[storage]: Invalid value: -1: must be a valid resource quantity"],
      ],
      [
        { "status.allocatedResources": { cpu: "1" } },
        ['status.allocatedResources: Unsupported value: "cpu": supported values: "storage"'],
      ],
      [
        { "status.allocatedResourceStatuses": { storage: "Odd" } },
        [
          'status.allocatedResourceStatuses: Unsupported value: "storage": supported values: "ControllerResizeInProgress"…',
        ],
      ],
    ],
    { subresource: "status" },
  );
});
