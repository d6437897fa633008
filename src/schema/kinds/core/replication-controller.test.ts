// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { replicationController } from "./replication-controller.ts";

const good = {
  metadata: { name: "web" },
  spec: {
    selector: { app: "web" },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "nginx:1" }] },
    },
  },
};

test("a new ReplicationController is refused in upstream's words", () => {
  assertTold(replicationController, good, [
    [
      { "spec.replicas": -1, "spec.minReadySeconds": -1 },
      [
        "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
        "spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0",
      ],
    ],
    [
      { "spec.selector": { app: "db" } },
      [
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      ],
    ],
    [{ "spec.template": undefined }, ["spec.template: Required value"]],
    [
      { "spec.template.spec.restartPolicy": "Never" },
      ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
    ],
  ]);
});

test("what a ReplicationController may change", () => {
  assertTold(
    replicationController,
    good,
    [[{ "spec.replicas": 4, "spec.selector": undefined }, []]],
    { update: true },
  );
});

test("what the status of a ReplicationController may say", () => {
  assertTold(
    replicationController,
    good,
    [
      [
        { status: { replicas: -1 } },
        [
          "status.replicas: Invalid value: -1: must be greater than or equal to 0",
          "status.fullyLabeledReplicas: Invalid value: 0: cannot be greater than status.replicas",
          "status.readyReplicas: Invalid value: 0: cannot be greater than status.replicas",
          "status.availableReplicas: Invalid value: 0: cannot be greater than status.replicas",
        ],
      ],
      [
        { status: { replicas: 1, readyReplicas: 2, availableReplicas: 3 } },
        [
          "status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas",
          "status.availableReplicas: Invalid value: 3: cannot be greater than status.replicas",
          "status.availableReplicas: Invalid value: 3: cannot be greater than readyReplicas",
        ],
      ],
    ],
    { subresource: "status" },
  );
});
