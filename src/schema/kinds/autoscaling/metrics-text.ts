// `cpu: 12%/80%, 3/10 + 2 more...`: what an autoscaler measures and aims at.
import type {
  HorizontalPodAutoscaler,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from "../../types/autoscaling-v2.ts";

const shownMax = 2;
const unknown = "<unknown>";

export function metricsText({ spec, status }: HorizontalPodAutoscaler): string {
  const metrics = spec?.metrics ?? [];
  if (metrics.length === 0) return "<none>";
  const texts = metrics
    .slice(0, shownMax)
    .map((metric, i) => metricText(metric, status?.currentMetrics?.[i]));
  const more = metrics.length - shownMax;
  return more > 0 ? `${texts.join(", ")} + ${more} more...` : texts.join(", ");
}

function metricText(metric: MetricSpec, now: MetricStatus | undefined): string {
  switch (metric.type) {
    case "External":
      return plain(metric.external?.target, now?.external?.current);
    case "Object":
      return plain(metric.object?.target, now?.object?.current);
    case "Pods":
      return `${now?.pods ? amount(now.pods.current.averageValue) : unknown}/${amount(metric.pods?.target.averageValue)}`;
    case "Resource":
      return ofResource(metric.resource, now?.resource?.current);
    case "ContainerResource":
      return ofResource(metric.containerResource, now?.containerResource?.current);
    default:
      return "<unknown type>";
  }
}

const amount = (text: string | undefined): string => text ?? "0";

function plain(target: MetricTarget | undefined, now: MetricValueStatus | undefined): string {
  if (target?.averageValue !== undefined) {
    return `${now?.averageValue ?? unknown}/${target.averageValue} (avg)`;
  }
  return `${now ? amount(now.value) : unknown}/${amount(target?.value)}`;
}

function ofResource(
  metric: { readonly name: string; readonly target: MetricTarget } | undefined,
  now: MetricValueStatus | undefined,
): string {
  if (metric === undefined) return unknown;
  const { name, target } = metric;
  if (target.averageValue !== undefined) {
    return `${name}: ${now ? amount(now.averageValue) : unknown}/${target.averageValue}`;
  }
  const current = now?.averageUtilization === undefined ? unknown : `${now.averageUtilization}%`;
  const aim = target.averageUtilization === undefined ? "<auto>" : `${target.averageUtilization}%`;
  return `${name}: ${current}/${aim}`;
}
