// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { daemonSet } from "./daemon-set.ts";

const good = {
  metadata: { name: "web" },
  spec: {
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "nginx:1" }] },
    },
  },
};

test("a new DaemonSet is refused in upstream's words", () => {
  assertTold(daemonSet, good, [
    [
      { "spec.updateStrategy": { type: "Odd" } },
      ['spec.updateStrategy: Unsupported value: …: supported values: "RollingUpdate", "OnDelete"'],
    ],
    [
      { "spec.updateStrategy.rollingUpdate": { maxUnavailable: 0, maxSurge: 0 } },
      [
        "spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0",
      ],
    ],
    [
      { "spec.updateStrategy.rollingUpdate": { maxUnavailable: 1, maxSurge: 1 } },
      [
        "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero",
      ],
    ],
    [
      { "spec.updateStrategy.rollingUpdate": { maxUnavailable: "200%" } },
      [
        'spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: "200%": must not be greater than 100%',
      ],
    ],
    [
      { "spec.minReadySeconds": -1, "spec.revisionHistoryLimit": -1 },
      [
        "spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0",
        "spec.revisionHistoryLimit: Invalid value: -1: must be greater than or equal to 0",
      ],
    ],
    [
      { "spec.selector": {} },
      ["spec.selector: Invalid value: {}: empty selector is invalid for daemonset"],
    ],
    [
      { "spec.selector": { matchLabels: { app: "db" } } },
      [
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      ],
    ],
    [
      { "spec.template.spec.restartPolicy": "Never" },
      ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
    ],
  ]);
});

test("what a DaemonSet may change", () => {
  assertTold(
    daemonSet,
    good,
    [
      [
        {
          "spec.selector.matchLabels": { app: "web", x: "y" },
          "spec.template.metadata.labels": { app: "web", x: "y" },
        },
        ['spec.selector: Invalid value: {"matchLabels":{"app":"web","x":"y"}}: field is immutable'],
      ],
      [{ "spec.updateStrategy": { type: "OnDelete" } }, []],
    ],
    { update: true },
  );
});

test("what the status of a DaemonSet may say", () => {
  assertTold(
    daemonSet,
    good,
    [
      [
        {
          status: {
            currentNumberScheduled: -1,
            numberMisscheduled: -1,
            desiredNumberScheduled: -1,
            numberReady: -1,
            updatedNumberScheduled: -1,
            numberAvailable: -1,
            numberUnavailable: -1,
            observedGeneration: -1,
            collisionCount: -1,
          },
        },
        [
          "status.currentNumberScheduled: Invalid value: -1: must be greater than or equal to 0",
          "status.numberMisscheduled: Invalid value: -1: must be greater than or equal to 0",
          "status.desiredNumberScheduled: Invalid value: -1: must be greater than or equal to 0",
          "status.numberReady: Invalid value: -1: must be greater than or equal to 0",
          "status.observedGeneration: Invalid value: -1: must be greater than or equal to 0",
          "status.updatedNumberScheduled: Invalid value: -1: must be greater than or equal to 0",
          "status.numberAvailable: Invalid value: -1: must be greater than or equal to 0",
          "status.numberUnavailable: Invalid value: -1: must be greater than or equal to 0",
          "status.collisionCount: Invalid value: -1: must be greater than or equal to 0",
        ],
      ],
    ],
    { subresource: "status" },
  );
});
