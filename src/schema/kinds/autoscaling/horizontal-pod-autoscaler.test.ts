// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { horizontalPodAutoscaler } from "./horizontal-pod-autoscaler.ts";

const good = {
  metadata: { name: "h1" },
  spec: {
    minReplicas: 2,
    maxReplicas: 5,
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" },
    metrics: [
      {
        type: "Resource",
        resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
      },
      {
        type: "Object",
        object: {
          describedObject: { kind: "Service", name: "s", apiVersion: "v1" },
          metric: {
            name: "m",
            selector: {
              matchLabels: { a: "b" },
              matchExpressions: [{ key: "a", operator: "In", values: ["b"] }],
            },
          },
          target: { type: "Value", value: "10" },
        },
      },
      {
        type: "External",
        external: { metric: { name: "m" }, target: { type: "AverageValue", averageValue: "10" } },
      },
      {
        type: "Pods",
        pods: { metric: { name: "m" }, target: { type: "AverageValue", averageValue: "10" } },
      },
      {
        type: "ContainerResource",
        containerResource: {
          name: "cpu",
          container: "c",
          target: { type: "Utilization", averageUtilization: 50 },
        },
      },
    ],
    behavior: {
      scaleUp: {
        stabilizationWindowSeconds: 10,
        selectPolicy: "Max",
        tolerance: "100m",
        policies: [{ type: "Pods", value: 1, periodSeconds: 10 }],
      },
      scaleDown: { selectPolicy: "Min" },
    },
  },
  status: {
    currentReplicas: 1,
    desiredReplicas: 1,
    observedGeneration: 1,
    conditions: [
      {
        type: "AbleToScale",
        status: "True",
        reason: "R",
        message: "m",
        lastTransitionTime: "2026-01-01T00:00:00Z",
      },
    ],
  },
};

test("a new HorizontalPodAutoscaler is refused in upstream's words", () => {
  assertTold(horizontalPodAutoscaler, good, [
    [
      { "spec.maxReplicas": 0 },
      [
        "spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`",
        "spec.maxReplicas: Required value",
      ],
    ],
    [{ "spec.minReplicas": 0 }, []],
    [
      { "spec.minReplicas": 9 },
      ["spec.maxReplicas: Invalid value: 5: must be greater than or equal to `minReplicas`"],
    ],
    [
      { "spec.scaleTargetRef": { kind: "", name: "" } },
      [
        "spec.scaleTargetRef.kind: Required value",
        "spec.scaleTargetRef.name: Required value",
        'spec.scaleTargetRef.apiVersion: Invalid value: "": apiVersion must specify API group',
      ],
    ],
    [
      { "spec.scaleTargetRef.kind": "a/b" },
      ["spec.scaleTargetRef.kind: Invalid value: \"a/b\": may not contain '/'"],
    ],
    [
      { "spec.metrics.0.type": "Odd" },
      [
        'spec.metrics[0].type: Unsupported value: "Odd": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
      ],
    ],
    [
      { "spec.metrics.0.resource": undefined },
      [
        "spec.metrics[0].resource: Required value: must populate information for the given metric source",
      ],
    ],
    [
      { "spec.metrics.0.resource.target": { type: "Odd" } },
      [
        'spec.metrics[0].resource.target.type: Invalid value: "Odd": must be either Utilization, Value, or AverageValue',
        "spec.metrics[0].resource.target.averageUtilization: Required value: must set either a target raw value or a target utilization",
      ],
    ],
    [
      { "spec.metrics.0.resource.target": { type: "Utilization", averageUtilization: 0 } },
      [
        "spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0",
      ],
    ],
    [
      {
        "spec.metrics.0.resource.target": {
          type: "Utilization",
          averageUtilization: 5,
          averageValue: "5",
        },
      },
      [
        "spec.metrics[0].resource.target.averageValue: Forbidden: may not set both a target raw value and a target utilization",
      ],
    ],
    [
      { "spec.metrics.1.object.metric.name": "a/b" },
      ["spec.metrics[1].object.metric.name: Invalid value: \"a/b\": may not contain '/'"],
    ],
    [
      { "spec.metrics.2.external.target.value": "1" },
      [
        "spec.metrics[2].external.target.value: Forbidden: may not set both a target value for metric and a per-pod target",
      ],
    ],
    [
      { "spec.metrics.4.containerResource.container": "" },
      ["spec.metrics[4].containerResource.container: Required value: must specify a container"],
    ],
    [
      { "spec.behavior.scaleUp.policies": [] },
      ["spec.behavior.scaleUp.policies: Required value: must specify at least one Policy"],
    ],
    [
      { "spec.behavior.scaleUp.policies.0": { type: "Odd", value: 0, periodSeconds: 1801 } },
      [
        'spec.behavior.scaleUp.policies[0].type: Unsupported value: "Odd": supported values: "Percent", "Pods"',
        "spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero",
        "spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800",
      ],
    ],
    [
      { "spec.behavior.scaleUp.selectPolicy": "Odd" },
      [
        'spec.behavior.scaleUp.selectPolicy: Unsupported value: "Odd": supported values: "Disabled", "Max", "Min"',
      ],
    ],
    [
      { "spec.behavior.scaleUp.stabilizationWindowSeconds": 3601 },
      [
        "spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600",
      ],
    ],
  ]);
});

test("what a HorizontalPodAutoscaler may change", () => {
  assertTold(
    horizontalPodAutoscaler,
    good,
    [
      [
        { "spec.maxReplicas": 1 },
        ["spec.maxReplicas: Invalid value: 1: must be greater than or equal to `minReplicas`"],
      ],
    ],
    { update: true },
  );
});

test("what the status of a HorizontalPodAutoscaler may say", () => {
  assertTold(
    horizontalPodAutoscaler,
    good,
    [
      [
        { status: { currentReplicas: -1, desiredReplicas: -1 } },
        [
          "status.currentReplicas: Invalid value: -1: must be greater than or equal to 0",
          "status.desiredReplicas: Invalid value: -1: must be greater than or equal to 0",
        ],
      ],
    ],
    { subresource: "status" },
  );
});
