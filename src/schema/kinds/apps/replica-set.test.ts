// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { replicaSet } from "./replica-set.ts";

const good = {
  metadata: { name: "web" },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "nginx:1" }] },
    },
  },
};

test("a new ReplicaSet is refused in upstream's words", () => {
  assertTold(replicaSet, good, [
    [
      { "spec.replicas": -1, "spec.minReadySeconds": -1 },
      [
        "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
        "spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0",
      ],
    ],
    [
      { "spec.selector": {} },
      ["spec.selector: Invalid value: {}: empty selector is invalid for deployment"],
    ],
    [
      { "spec.template.metadata.labels": { app: "db" } },
      [
        'spec.template.metadata.labels: Invalid value: {"app":"db"}: `selector` does not match template `labels`',
      ],
    ],
    [
      { "spec.template.spec.restartPolicy": "OnFailure" },
      [
        'spec.template.spec.restartPolicy: Unsupported value: "OnFailure": supported values: "Always"',
      ],
    ],
    [
      { "spec.template.spec.activeDeadlineSeconds": 3 },
      [
        "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported",
      ],
    ],
  ]);
});

test("what a ReplicaSet may change", () => {
  assertTold(
    replicaSet,
    good,
    [
      [
        {
          "spec.selector.matchLabels": { app: "db" },
          "spec.template.metadata.labels": { app: "db" },
        },
        ['spec.selector: Invalid value: {"matchLabels":{"app":"db"}}: field is immutable'],
      ],
      [{ "spec.replicas": 9, "spec.template.spec.containers.0.image": "nginx:2" }, []],
    ],
    { update: true },
  );
});

test("what the status of a ReplicaSet may say", () => {
  assertTold(
    replicaSet,
    good,
    [
      [
        { "status.replicas": -1 },
        [
          "status.replicas: Invalid value: -1: must be greater than or equal to 0",
          "status.fullyLabeledReplicas: Invalid value: 0: cannot be greater than status.replicas",
          "status.readyReplicas: Invalid value: 0: cannot be greater than status.replicas",
          "status.availableReplicas: Invalid value: 0: cannot be greater than status.replicas",
        ],
      ],
      [
        {
          status: { replicas: 1, fullyLabeledReplicas: 2, readyReplicas: 3, availableReplicas: 4 },
        },
        [
          "status.fullyLabeledReplicas: Invalid value: 2: cannot be greater than status.replicas",
          "status.readyReplicas: Invalid value: 3: cannot be greater than status.replicas",
          "status.availableReplicas: Invalid value: 4: cannot be greater than status.replicas",
          "status.availableReplicas: Invalid value: 4: cannot be greater than readyReplicas",
        ],
      ],
      [
        { status: { replicas: 3, readyReplicas: 1, availableReplicas: 2 } },
        ["status.availableReplicas: Invalid value: 2: cannot be greater than readyReplicas"],
      ],
    ],
    { subresource: "status" },
  );
});
