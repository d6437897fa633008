// Metrics between the form of autoscaling/v1's annotations and that of autoscaling/v2.
import type { MetricSpec as V1Spec, MetricStatus as V1Status } from "../../types/autoscaling-v1.ts";
import type { MetricSpec, MetricStatus, MetricTarget } from "../../types/autoscaling-v2.ts";

const zero = "0";

export function specFromV1({ type, ...source }: V1Spec): MetricSpec {
  const { external, object, pods, resource, containerResource } = source;
  const spec: MetricSpec = { type: type as MetricSpec["type"] };
  if (external) {
    const { metricName, metricSelector, targetValue, targetAverageValue } = external;
    spec.external = {
      metric: identifier(metricName, metricSelector),
      target: target(targetValue === undefined ? "AverageValue" : "Value", {
        value: targetValue,
        averageValue: targetAverageValue,
      }),
    };
  }
  if (object) {
    const { target: describedObject, metricName, selector, targetValue, averageValue } = object;
    const isAverage = averageValue !== undefined;
    spec.object = {
      describedObject,
      metric: identifier(metricName, selector),
      target: target(isAverage ? "AverageValue" : "Value", {
        value: isAverage && targetValue === zero ? undefined : targetValue,
        averageValue,
      }),
    };
  }
  if (pods) {
    spec.pods = {
      metric: identifier(pods.metricName, pods.selector),
      target: target("AverageValue", { averageValue: pods.targetAverageValue }),
    };
  }
  if (resource) spec.resource = { name: resource.name, target: resourceTarget(resource) };
  if (containerResource) {
    const { name, container } = containerResource;
    spec.containerResource = { name, container, target: resourceTarget(containerResource) };
  }
  return spec;
}

export function specToV1({ type, ...source }: MetricSpec): V1Spec {
  const { external, object, pods, resource, containerResource } = source;
  const spec: V1Spec = { type: type as V1Spec["type"] };
  if (external) {
    spec.external = defined({
      metricName: external.metric.name,
      metricSelector: external.metric.selector,
      targetValue: external.target.value,
      targetAverageValue: external.target.averageValue,
    });
  }
  if (object) {
    spec.object = defined({
      target: object.describedObject,
      metricName: object.metric.name,
      targetValue: object.target.value ?? zero,
      selector: object.metric.selector,
      averageValue: object.target.averageValue,
    });
  }
  if (pods) {
    spec.pods = defined({
      metricName: pods.metric.name,
      targetAverageValue: pods.target.averageValue ?? zero,
      selector: pods.metric.selector,
    });
  }
  if (resource) spec.resource = defined({ name: resource.name, ...flat(resource.target) });
  if (containerResource) {
    const { name, container, target: aim } = containerResource;
    spec.containerResource = defined({ name, ...flat(aim), container });
  }
  return spec;
}

export function statusFromV1({ type, ...source }: V1Status): MetricStatus {
  const { external, object, pods, resource, containerResource } = source;
  const status: MetricStatus = { type: type as MetricStatus["type"] };
  if (external) {
    const { metricName, metricSelector, currentValue, currentAverageValue } = external;
    status.external = {
      metric: identifier(metricName, metricSelector),
      current: defined({ value: currentValue, averageValue: currentAverageValue }),
    };
  }
  if (object) {
    const { target: describedObject, metricName, selector, currentValue, averageValue } = object;
    status.object = {
      describedObject,
      metric: identifier(metricName, selector),
      current: defined({ value: currentValue, averageValue }),
    };
  }
  if (pods) {
    status.pods = {
      metric: identifier(pods.metricName, pods.selector),
      current: { averageValue: pods.currentAverageValue },
    };
  }
  if (resource) status.resource = { name: resource.name, current: measured(resource) };
  if (containerResource) {
    const { name, container } = containerResource;
    status.containerResource = { name, container, current: measured(containerResource) };
  }
  return status;
}

export function statusToV1({ type, ...source }: MetricStatus): V1Status {
  const { external, object, pods, resource, containerResource } = source;
  const status: V1Status = { type: type as V1Status["type"] };
  if (external) {
    status.external = defined({
      metricName: external.metric.name,
      metricSelector: external.metric.selector,
      currentValue: external.current.value ?? zero,
      currentAverageValue: external.current.averageValue,
    });
  }
  if (object) {
    status.object = defined({
      target: object.describedObject,
      metricName: object.metric.name,
      currentValue: object.current.value ?? zero,
      selector: object.metric.selector,
      averageValue: object.current.averageValue,
    });
  }
  if (pods) {
    status.pods = defined({
      metricName: pods.metric.name,
      currentAverageValue: pods.current.averageValue ?? zero,
      selector: pods.metric.selector,
    });
  }
  if (resource) {
    const { name, current } = resource;
    status.resource = defined({ name, ...flatNow(current) });
  }
  if (containerResource) {
    const { name, container, current } = containerResource;
    status.containerResource = defined({ name, ...flatNow(current), container });
  }
  return status;
}

type Selector = MetricSpec["external"] extends infer E | undefined
  ? E extends { metric: { selector?: infer S } }
    ? S
    : never
  : never;

const identifier = (name: string, selector: Selector | undefined) =>
  defined({ name, selector: selector as NonNullable<Selector> | undefined });

const target = (type: string, amounts: Omit<MetricTarget, "type">): MetricTarget =>
  defined({ type, ...amounts });

type Aim = { targetAverageUtilization?: number; targetAverageValue?: string };

const resourceTarget = ({ targetAverageUtilization, targetAverageValue }: Aim): MetricTarget =>
  target(targetAverageUtilization === undefined ? "AverageValue" : "Utilization", {
    averageValue: targetAverageValue,
    averageUtilization: targetAverageUtilization,
  });

const flat = ({ averageUtilization, averageValue }: MetricTarget) => ({
  targetAverageUtilization: averageUtilization,
  targetAverageValue: averageValue,
});

type Now = { currentAverageUtilization?: number; currentAverageValue: string };

const measured = ({ currentAverageUtilization, currentAverageValue }: Now) =>
  defined({
    averageValue: currentAverageValue,
    averageUtilization: currentAverageUtilization,
  });

type Measured = { averageUtilization?: number; averageValue?: string };

const flatNow = ({ averageUtilization, averageValue }: Measured) => ({
  currentAverageUtilization: averageUtilization,
  currentAverageValue: averageValue ?? zero,
});

/** Without the fields that are absent. */
function defined<T extends object>(object: T): T {
  for (const key in object) if (object[key] === undefined) delete object[key];
  return object;
}
