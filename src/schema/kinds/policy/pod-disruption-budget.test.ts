// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { podDisruptionBudget } from "./pod-disruption-budget.ts";

const good = {
  metadata: { name: "pdb1" },
  spec: {
    minAvailable: 1,
    selector: {
      matchLabels: { a: "b" },
      matchExpressions: [{ key: "a", operator: "In", values: ["b"] }],
    },
    unhealthyPodEvictionPolicy: "AlwaysAllow",
  },
  status: {
    disruptionsAllowed: 1,
    currentHealthy: 1,
    desiredHealthy: 1,
    expectedPods: 1,
    observedGeneration: 1,
    conditions: [
      {
        type: "DisruptionAllowed",
        status: "True",
        reason: "R",
        message: "m",
        lastTransitionTime: "2026-01-01T00:00:00Z",
        observedGeneration: 1,
      },
    ],
  },
};

test("a new PodDisruptionBudget is refused in upstream's words", () => {
  assertTold(podDisruptionBudget, good, [
    [
      { "spec.minAvailable": -1 },
      ["spec.minAvailable: Invalid value: -1: must be greater than or equal to 0"],
    ],
    [
      { "spec.minAvailable": "150%" },
      ['spec.minAvailable: Invalid value: "150%": must not be greater than 100%'],
    ],
    [
      { "spec.minAvailable": "x%" },
      [
        "spec.minAvailable: Invalid value: \"x%\": a valid percent string must be a numeric string followed by an ending '%'…",
      ],
    ],
    [
      { "spec.maxUnavailable": 1 },
      ["spec: Invalid value: …: minAvailable and maxUnavailable cannot be both set"],
    ],
    [
      { "spec.unhealthyPodEvictionPolicy": "Odd" },
      [
        'spec.unhealthyPodEvictionPolicy: Unsupported value: "Odd": supported values: "AlwaysAllow", "IfHealthyBudget"',
      ],
    ],
    [
      { "spec.selector": { matchLabels: { "a b": "" } } },
      ['spec.selector.matchLabels: Invalid value: "a b": name part…'],
    ],
  ]);
});

test("what the status of a PodDisruptionBudget may say", () => {
  assertTold(
    podDisruptionBudget,
    good,
    [
      [
        {
          "status.disruptionsAllowed": -1,
          "status.currentHealthy": -1,
          "status.desiredHealthy": -1,
          "status.expectedPods": -1,
        },
        [
          "status.disruptionsAllowed: Invalid value: -1: must be greater than or equal to 0",
          "status.currentHealthy: Invalid value: -1: must be greater than or equal to 0",
          "status.desiredHealthy: Invalid value: -1: must be greater than or equal to 0",
          "status.expectedPods: Invalid value: -1: must be greater than or equal to 0",
        ],
      ],
      [
        { "status.conditions": [{ type: "a b", status: "Odd", reason: "", message: "" }] },
        [
          'status.conditions[0].type: Invalid value: "a b": name part…',
          'status.conditions[0].status: Unsupported value: "Odd": supported values: "False", "True", "Unknown"',
          "status.conditions[0].lastTransitionTime: Required value",
          "status.conditions[0].reason: Required value",
        ],
      ],
    ],
    { subresource: "status" },
  );
});
