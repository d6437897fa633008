// HorizontalPodAutoscaler in autoscaling/v1, which knows the target for cpu only: everything else travels in
// annotations, as JSON in the form of that version.
import { horizontalPodAutoscalersV1 } from "../../resources.ts";
import type {
  HorizontalPodAutoscaler as V1,
  MetricSpec as V1MetricSpec,
  MetricStatus as V1MetricStatus,
} from "../../types/autoscaling-v1.ts";
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerStatus,
  MetricSpec,
} from "../../types/autoscaling-v2.ts";
import { defineKind } from "../define.ts";
import { asStored } from "../other-version.ts";
import {
  defaultMetric,
  defaultPercent,
  horizontalPodAutoscaler,
} from "./horizontal-pod-autoscaler.ts";
import { specFromV1, specToV1, statusFromV1, statusToV1 } from "./metrics-v1.ts";

const annotationPrefix = "autoscaling.alpha.kubernetes.io/";
const parts = ["metrics", "current-metrics", "conditions", "behavior"] as const;
type Part = (typeof parts)[number];

export const horizontalPodAutoscalerV1 = defineKind(horizontalPodAutoscalersV1, {
  ...asStored<V1, HorizontalPodAutoscaler>(horizontalPodAutoscaler, { toStored, fromStored }),
  fieldAnnotations: parts.map((part) => annotationPrefix + part),
  applyDefaults({ metadata, spec }) {
    if (!spec) return;
    spec.minReplicas ??= 1;
    // Without any other metric upstream's newer form has the default one, which is one for cpu.
    const others = read<V1MetricSpec[]>(metadata, "metrics") ?? [];
    if (others.length === 0) spec.targetCPUUtilizationPercentage ??= defaultPercent;
  },
});

const isCpu = ({ type, resource }: MetricSpec): boolean =>
  type === "Resource" &&
  resource?.name === "cpu" &&
  resource.target.averageUtilization !== undefined;

function toStored({ metadata, spec, status }: V1): HorizontalPodAutoscaler {
  const percent = spec?.targetCPUUtilizationPercentage;
  const metrics = (read<V1MetricSpec[]>(metadata, "metrics") ?? []).map(specFromV1);
  if (percent !== undefined) metrics.push(defaultMetric(percent));
  const behavior = read<NonNullable<HorizontalPodAutoscaler["spec"]["behavior"]>>(
    metadata,
    "behavior",
  );
  const { targetCPUUtilizationPercentage: _, ...rest } = spec ?? {};
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: withAnnotations(metadata, {}),
    spec: {
      ...(rest as HorizontalPodAutoscaler["spec"]),
      metrics: metrics.length === 0 ? [defaultMetric()] : metrics,
      ...(behavior === undefined ? {} : { behavior }),
    },
    ...(status === undefined ? {} : { status: statusOf(metadata, status) }),
  };
}

function statusOf(
  metadata: V1["metadata"],
  { currentCPUUtilizationPercentage: percent, ...rest }: NonNullable<V1["status"]>,
): HorizontalPodAutoscalerStatus {
  const measured = read<V1MetricStatus[]>(metadata, "current-metrics")?.map(statusFromV1);
  const conditions = read<HorizontalPodAutoscalerStatus["conditions"]>(metadata, "conditions");
  const cpu =
    percent === undefined
      ? undefined
      : [{ type: "Resource", resource: { name: "cpu", current: { averageUtilization: percent } } }];
  const currentMetrics = measured ?? cpu;
  return {
    ...rest,
    ...(currentMetrics === undefined ? {} : { currentMetrics }),
    ...(conditions === undefined ? {} : { conditions }),
  } as HorizontalPodAutoscalerStatus;
}

function fromStored({ metadata, spec, status }: HorizontalPodAutoscaler): V1 {
  const { metrics = [], behavior, ...rest } = spec ?? {};
  const { currentMetrics = [], conditions = [], ...statusRest } = status ?? {};
  const percent = metrics.find(isCpu)?.resource?.target.averageUtilization;
  const others = metrics.filter((metric) => !isCpu(metric)).map(specToV1);
  const cpuNow = currentMetrics.findLast(
    ({ type, resource }) =>
      type === "Resource" &&
      resource?.name === "cpu" &&
      resource.current.averageUtilization !== undefined,
  )?.resource?.current.averageUtilization;
  return {
    apiVersion: "autoscaling/v1",
    kind: "HorizontalPodAutoscaler",
    metadata: withAnnotations(metadata, {
      metrics: others.length > 0 ? others : undefined,
      "current-metrics": currentMetrics.length > 0 ? currentMetrics.map(statusToV1) : undefined,
      behavior: behavior && goBehavior(behavior),
      conditions: conditions.length > 0 ? conditions : undefined,
    }),
    spec: {
      ...(rest as V1["spec"]),
      ...(percent === undefined ? {} : { targetCPUUtilizationPercentage: percent }),
    },
    ...(status === undefined
      ? {}
      : {
          status: {
            ...(statusRest as NonNullable<V1["status"]>),
            ...(cpuNow === undefined ? {} : { currentCPUUtilizationPercentage: cpuNow }),
          },
        }),
  };
}

type Behavior = NonNullable<HorizontalPodAutoscaler["spec"]["behavior"]>;

/** Upstream marshals its internal type here, whose JSON has Go's own names of fields. */
function goBehavior({ scaleUp, scaleDown }: Behavior): unknown {
  return { ScaleUp: goRules(scaleUp), ScaleDown: goRules(scaleDown) };
}

function goRules(rules: Behavior["scaleUp"]): unknown {
  if (rules === undefined) return null;
  return {
    StabilizationWindowSeconds: rules.stabilizationWindowSeconds ?? null,
    SelectPolicy: rules.selectPolicy ?? null,
    Policies:
      rules.policies?.map(({ type, value, periodSeconds }) => ({
        Type: type,
        Value: value,
        PeriodSeconds: periodSeconds,
      })) ?? null,
    Tolerance: rules.tolerance ?? null,
  };
}

/** Undefined when there is none, or none that can be read. */
function read<T>({ annotations }: V1["metadata"], part: Part): T | undefined {
  const text = annotations?.[annotationPrefix + part];
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const hasForm = part === "behavior" ? isRecord(value) : Array.isArray(value);
    if (!hasForm) return undefined;
    return (part === "behavior" ? lowerKeys(value) : value) as T;
  } catch (error) {
    // The caller's own text: upstream takes no notice of what it cannot read.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Go reads names of fields in any case; nulls are absent. */
function lowerKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowerKeys);
  if (!isRecord(value)) return value;
  const out: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    if (value[key] === null) continue;
    out[key.charAt(0).toLowerCase() + key.slice(1)] = lowerKeys(value[key]);
  }
  return out;
}

function withAnnotations<M extends V1["metadata"]>(
  metadata: M,
  values: Partial<Record<Part, unknown>>,
): M {
  const annotations: Record<string, string> = {};
  for (const [key, value] of Object.entries(metadata.annotations ?? {})) {
    if (!parts.some((part) => key === annotationPrefix + part)) annotations[key] = value;
  }
  for (const part of parts) {
    if (values[part] !== undefined)
      annotations[annotationPrefix + part] = JSON.stringify(values[part]);
  }
  const { annotations: _, ...rest } = metadata;
  return (Object.keys(annotations).length === 0 ? rest : { ...rest, annotations }) as M;
}
