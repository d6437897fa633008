// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { deployment } from "./deployment.ts";

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

test("a new Deployment is refused in upstream's words", () => {
  assertTold(deployment, good, [
    [
      { "spec.replicas": -1 },
      ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"],
    ],
    [{ "spec.replicas": 0 }, []],
    [
      { "spec.minReadySeconds": -1, "spec.revisionHistoryLimit": -1 },
      [
        "spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0",
        "spec.revisionHistoryLimit: Invalid value: -1: must be greater than or equal to 0",
      ],
    ],
    [
      { "spec.progressDeadlineSeconds": 5, "spec.minReadySeconds": 5 },
      ["spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds"],
    ],
    [
      { "spec.progressDeadlineSeconds": 0 },
      ["spec.progressDeadlineSeconds: Invalid value: 0: must be greater than minReadySeconds"],
    ],
    [
      { "spec.selector": {} },
      ["spec.selector: Invalid value: {}: empty selector is invalid for deployment"],
    ],
    [
      { "spec.selector": { matchLabels: { app: "db" } } },
      [
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      ],
    ],
    [
      { "spec.selector.matchLabels": { "a b": "c d" } },
      [
        'spec.selector.matchLabels: Invalid value: "a b": name part…',
        "spec.selector.matchLabels: Invalid value: \"c d\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.'…",
        'spec.selector: Invalid value: {"matchLabels":{"a b":"c d"}}: invalid label selector',
      ],
    ],
    [
      { "spec.selector.matchExpressions": [{ key: "app", operator: "In" }] },
      [
        "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
        "spec.selector: Invalid value: …: invalid label selector",
      ],
    ],
    [
      { "spec.selector.matchExpressions": [{ key: "app", operator: "Odd", values: ["x"] }] },
      [
        'spec.selector.matchExpressions[0].operator: Invalid value: "Odd": not a valid selector operator',
        "spec.selector: Invalid value: …: invalid label selector",
      ],
    ],
    [
      { "spec.strategy": { type: "Odd" } },
      ['spec.strategy: Unsupported value: …: supported values: "Recreate", "RollingUpdate"'],
    ],
    [
      { "spec.strategy": { type: "Recreate", rollingUpdate: { maxSurge: 1 } } },
      [
        "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
      ],
    ],
    [
      { "spec.strategy": { rollingUpdate: { maxSurge: 0, maxUnavailable: "0%" } } },
      [
        'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0',
      ],
    ],
    [
      { "spec.strategy": { rollingUpdate: { maxSurge: "x", maxUnavailable: "101%" } } },
      [
        "spec.strategy.rollingUpdate.maxSurge: Invalid value: \"x\": a valid percent string must be a numeric string followed by an ending '%'…",
        'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
      ],
    ],
    [
      { "spec.strategy": { rollingUpdate: { maxSurge: -1 } } },
      [
        "spec.strategy.rollingUpdate.maxSurge: Invalid value: -1: must be greater than or equal to 0",
      ],
    ],
    [
      { "spec.template.spec.restartPolicy": "Never" },
      ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
    ],
    [
      { "spec.template.spec.activeDeadlineSeconds": 1 },
      [
        "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported",
      ],
    ],
    [{ "spec.template.spec.containers": [] }, ["spec.template.spec.containers: Required value"]],
    [
      { "spec.template.metadata.labels": { app: "-" } },
      [
        'spec.template.metadata.labels: Invalid value: {"app":"-"}: `selector` does not match template `labels`',
        "spec.template.labels: Invalid value: \"-\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.'…",
      ],
    ],
    [{ "spec.template.spec.containers.0.image": " x" }, []],
    [
      { "spec.template.spec.ephemeralContainers": [{ name: "e", image: "i" }] },
      [
        "spec.template.spec.ephemeralContainers: Forbidden: ephemeral containers not allowed in pod template",
      ],
    ],
  ]);
});

test("what a Deployment may change", () => {
  assertTold(
    deployment,
    good,
    [
      [
        { "spec.selector.matchLabels": { app: "web", x: "y" } },
        [
          'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
          'spec.selector: Invalid value: {"matchLabels":{"app":"web","x":"y"}}: field is immutable',
        ],
      ],
      [
        {
          "spec.selector.matchLabels": { app: "web", x: "y" },
          "spec.template.metadata.labels": { app: "web", x: "y" },
        },
        ['spec.selector: Invalid value: {"matchLabels":{"app":"web","x":"y"}}: field is immutable'],
      ],
      [{ "spec.template.spec.containers.0.image": "nginx:2" }, []],
      [
        { "spec.replicas": -3 },
        ["spec.replicas: Invalid value: -3: must be greater than or equal to 0"],
      ],
    ],
    { update: true },
  );
});

test("what the status of a Deployment may say", () => {
  assertTold(
    deployment,
    good,
    [
      [
        { "status.replicas": -1 },
        [
          "status.replicas: Invalid value: -1: must be greater than or equal to 0",
          "status.updatedReplicas: Invalid value: 0: cannot be greater than status.replicas",
          "status.readyReplicas: Invalid value: 0: cannot be greater than status.replicas",
          "status.availableReplicas: Invalid value: 0: cannot be greater than status.replicas",
        ],
      ],
      [
        { "status.readyReplicas": 2 },
        ["status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas"],
      ],
      [
        { status: { replicas: 1, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 3 } },
        [
          "status.updatedReplicas: Invalid value: 2: cannot be greater than status.replicas",
          "status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas",
          "status.availableReplicas: Invalid value: 3: cannot be greater than status.replicas",
          "status.availableReplicas: Invalid value: 3: cannot be greater than readyReplicas",
        ],
      ],
      [
        { status: { replicas: 3, availableReplicas: 2, readyReplicas: 1 } },
        ["status.availableReplicas: Invalid value: 2: cannot be greater than readyReplicas"],
      ],
      [
        { "status.observedGeneration": -1 },
        ["status.observedGeneration: Invalid value: -1: must be greater than or equal to 0"],
      ],
      [
        { "status.collisionCount": -1 },
        ["status.collisionCount: Invalid value: -1: must be greater than or equal to 0"],
      ],
      [
        {
          status: { replicas: 2, readyReplicas: 2, availableReplicas: 1, unavailableReplicas: -1 },
        },
        ["status.unavailableReplicas: Invalid value: -1: must be greater than or equal to 0"],
      ],
    ],
    { subresource: "status" },
  );
});
