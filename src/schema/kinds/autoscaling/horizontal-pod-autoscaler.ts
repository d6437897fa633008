// HorizontalPodAutoscaler: as many pods as the load needs.

import { isOmitted } from "../../given-empty.ts";
import { horizontalPodAutoscalers } from "../../resources.ts";
import type {
  HorizontalPodAutoscaler,
  HPAScalingRules,
  MetricSpec,
} from "../../types/autoscaling-v2.ts";
import { age } from "../cells.ts";
import { defineKind, statusSubresource } from "../define.ts";
import { specAndStatus, specOf } from "../strategy.ts";
import { validateAutoscaler } from "./autoscaler-rules.ts";
import { metricsText } from "./metrics-text.ts";

export const horizontalPodAutoscaler = defineKind(horizontalPodAutoscalers, {
  shortNames: ["hpa"],
  categories: ["all"],
  subresources: [statusSubresource],
  applyDefaults: defaultAutoscaler,
  prepare: specAndStatus({ generationOf: specOf }),
  validate: validateAutoscaler,
  columns: [
    {
      name: "Reference",
      cell: ({ spec }) => `${spec?.scaleTargetRef?.kind}/${spec?.scaleTargetRef?.name}`,
    },
    { name: "Targets", cell: metricsText },
    { name: "MinPods", cell: ({ spec }) => `${spec?.minReplicas ?? "<unset>"}` },
    { name: "MaxPods", cell: ({ spec }) => spec?.maxReplicas ?? 0 },
    { name: "Replicas", cell: ({ status }) => status?.currentReplicas ?? 0 },
    age,
  ],
});

/** Used when nothing is measured: four fifths of the cpu that was asked for. */
export const defaultPercent = 80;

export const defaultMetric = (averageUtilization = defaultPercent): MetricSpec => ({
  type: "Resource",
  resource: { name: "cpu", target: { type: "Utilization", averageUtilization } },
});

function defaultAutoscaler({ spec }: HorizontalPodAutoscaler): void {
  if (spec === undefined) return;
  spec.minReplicas ??= 1;
  if (!spec.metrics?.length) spec.metrics = [defaultMetric()];
  if (spec.behavior === undefined) return;
  spec.behavior.scaleUp = withDefaults(scaleUp(), spec.behavior.scaleUp);
  spec.behavior.scaleDown = withDefaults(scaleDown(), spec.behavior.scaleDown);
}

/** Policies that are none at all stay so, and are refused. */
function withDefaults(rules: HPAScalingRules, given: HPAScalingRules | undefined): HPAScalingRules {
  if (isOmitted(given, "policies")) delete rules.policies;
  return { ...rules, ...given };
}

const scaleUp = (): HPAScalingRules => ({
  stabilizationWindowSeconds: 0,
  selectPolicy: "Max",
  policies: [
    { type: "Pods", value: 4, periodSeconds: 15 },
    { type: "Percent", value: 100, periodSeconds: 15 },
  ],
});

const scaleDown = (): HPAScalingRules => ({
  selectPolicy: "Max",
  policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
});
