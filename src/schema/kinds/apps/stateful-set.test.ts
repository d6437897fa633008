// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { statefulSet } from "./stateful-set.ts";

const good = {
  metadata: { name: "web" },
  spec: {
    replicas: 2,
    serviceName: "web",
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "nginx:1" }] },
    },
    volumeClaimTemplates: [
      {
        metadata: { name: "data" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      },
    ],
  },
};

test("a new StatefulSet is refused in upstream's words", () => {
  assertTold(statefulSet, good, [
    [
      { "spec.replicas": -1 },
      ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"],
    ],
    [
      { "spec.podManagementPolicy": "Odd" },
      ["spec.podManagementPolicy: Invalid value: \"Odd\": must be 'OrderedReady' or 'Parallel'"],
    ],
    [
      { "spec.updateStrategy": { type: "Odd" } },
      ["spec.updateStrategy: Invalid value: …: must be 'RollingUpdate' or 'OnDelete'"],
    ],
    [
      { "spec.updateStrategy": { type: "OnDelete", rollingUpdate: { partition: 1 } } },
      [
        "spec.updateStrategy.rollingUpdate: Invalid value: …: only allowed for updateStrategy 'RollingUpdate'",
      ],
    ],
    [
      {
        "spec.updateStrategy": {
          type: "RollingUpdate",
          rollingUpdate: { partition: -1, maxUnavailable: 0 },
        },
      },
      [
        "spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0",
        "spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0",
      ],
    ],
    [
      { "spec.persistentVolumeClaimRetentionPolicy": { whenDeleted: "Odd", whenScaled: "Odd" } },
      [
        'spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value: "Odd": supported values: "Retain", "Delete"',
        'spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: "Odd": supported values: "Retain", "Delete"',
      ],
    ],
    [
      { "spec.ordinals": { start: -1 } },
      ["spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0"],
    ],
    [
      { "spec.minReadySeconds": -1, "spec.revisionHistoryLimit": -1 },
      ["spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0"],
    ],
    [
      { "spec.serviceName": "Not_Valid" },
      ['spec.serviceName: Invalid value: "Not_Valid": a lowercase RFC 1123 label…'],
    ],
    [
      { "spec.template.spec.restartPolicy": "Never" },
      ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
    ],
    [
      { "spec.template.spec.activeDeadlineSeconds": 1 },
      [
        "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in StatefulSet is not Supported",
      ],
    ],
    [
      { "spec.selector": { matchLabels: { app: "db" } } },
      [
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      ],
    ],
  ]);
});

test("what a StatefulSet may change", () => {
  assertTold(
    statefulSet,
    good,
    [
      [
        { "spec.serviceName": "other" },
        ['spec.serviceName: Invalid value: "other": field is immutable'],
      ],
      [
        { "spec.podManagementPolicy": "Parallel" },
        ['spec.podManagementPolicy: Invalid value: "Parallel": field is immutable'],
      ],
      [
        {
          "spec.selector.matchLabels": { app: "web", x: "y" },
          "spec.template.metadata.labels": { app: "web", x: "y" },
        },
        ['spec.selector: Invalid value: {"matchLabels":{"app":"web","x":"y"}}: field is immutable'],
      ],
      [
        { "spec.volumeClaimTemplates.0.spec.resources.requests.storage": "2Gi" },
        ["spec.volumeClaimTemplates: Invalid value: …: field is immutable"],
      ],
      [
        {
          "spec.replicas": 5,
          "spec.updateStrategy": { type: "OnDelete" },
          "spec.minReadySeconds": 3,
          "spec.ordinals": { start: 2 },
          "spec.persistentVolumeClaimRetentionPolicy": { whenDeleted: "Delete" },
          "spec.revisionHistoryLimit": 4,
          "spec.template.spec.containers.0.image": "nginx:2",
        },
        [],
      ],
    ],
    { update: true },
  );
});

test("what the status of a StatefulSet may say", () => {
  assertTold(
    statefulSet,
    good,
    [
      [
        { status: { replicas: -1 } },
        [
          "status.replicas: Invalid value: -1: must be greater than or equal to 0",
          "status.readyReplicas: Invalid value: 0: cannot be greater than status.replicas",
          "status.currentReplicas: Invalid value: 0: cannot be greater than status.replicas",
          "status.updatedReplicas: Invalid value: 0: cannot be greater than status.replicas",
          "status.availableReplicas: Invalid value: 0: cannot be greater than status.replicas",
        ],
      ],
      [
        {
          status: {
            replicas: 1,
            readyReplicas: 2,
            currentReplicas: 3,
            updatedReplicas: 4,
            availableReplicas: 5,
          },
        },
        [
          "status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas",
          "status.currentReplicas: Invalid value: 3: cannot be greater than status.replicas",
          "status.updatedReplicas: Invalid value: 4: cannot be greater than status.replicas",
          "status.availableReplicas: Invalid value: 5: cannot be greater than status.replicas",
          "status.availableReplicas: Invalid value: 5: cannot be greater than status.readyReplicas",
        ],
      ],
      [
        { status: { replicas: 5, readyReplicas: 1, availableReplicas: 2 } },
        ["status.availableReplicas: Invalid value: 2: cannot be greater than status.readyReplicas"],
      ],
      [
        { status: { replicas: 1, observedGeneration: -1, collisionCount: -1 } },
        [
          "status.observedGeneration: Invalid value: -1: must be greater than or equal to 0",
          "status.collisionCount: Invalid value: -1: must be greater than or equal to 0",
        ],
      ],
    ],
    { subresource: "status" },
  );
});
