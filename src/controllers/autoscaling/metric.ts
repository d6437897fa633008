// One metric of an autoscaler: what it asks for, and what the status shows of it.
import { milliQuantity, milliValue, parseQuantity, printQuantity } from "../../schema/quantity.ts";
import { type Selection, selectionFrom } from "../../schema/selectors.ts";
import type {
  HorizontalPodAutoscaler,
  MetricIdentifier,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from "../../schema/types/autoscaling-v2.ts";
import type { Container, Pod } from "../../schema/types/core-v1.ts";
import type { LabelSelector } from "../../schema/types/meta-v1.ts";
import { isTrue } from "../conditions.ts";
import {
  noPods,
  type Proposal,
  proposeByPods,
  proposeByRatio,
  proposeByShare,
  type Tolerance,
} from "./proposal.ts";
import type { Metrics } from "./samples.ts";

export type Measured = {
  replicas: number;
  /** The metric as reasons and conditions name it. */
  name: string;
  status: MetricStatus;
};

export type Target = {
  namespace: string;
  /** Replicas that are asked for, and that there are. */
  wanted: number;
  actual: number;
  selection: Selection;
  pods: readonly Pod[];
  tolerance: Tolerance;
  now: number;
};

/** Reason of the condition when a metric of this type cannot be had. */
export const failedReasons: Readonly<Record<string, string>> = Object.freeze({
  Object: "FailedGetObjectMetric",
  Pods: "FailedGetPodsMetric",
  Resource: "FailedGetResourceMetric",
  ContainerResource: "FailedGetContainerResourceMetric",
  External: "FailedGetExternalMetric",
});

/** What failed, in front of the reason why. */
export function failedPrefix(spec: MetricSpec): string {
  switch (spec.type) {
    case "Object":
      return "failed to get object metric value";
    case "Pods":
      return "failed to get pods metric value";
    case "Resource":
      return `failed to get ${spec.resource?.name} resource metric value`;
    case "ContainerResource":
      return `failed to get ${spec.containerResource?.container} container metric value`;
    default:
      return `failed to get ${spec.external?.metric.name} external metric value`;
  }
}

/** Throws with upstream's words when the metric cannot be had. */
export function measure(metrics: Metrics, spec: MetricSpec, target: Target): Promise<Measured> {
  const { resource, containerResource, pods, object, external } = spec;
  if (resource) return byResource(metrics, { ...resource, container: undefined }, target);
  if (containerResource) return byResource(metrics, containerResource, target);
  if (pods) return byPods(metrics, pods, target);
  if (object) return byObject(metrics, object, target);
  if (external) return byExternal(metrics, external, target);
  return Promise.reject(new Error(`unknown metric source type ${JSON.stringify(spec.type)}`));
}

type ResourceAsk = { name: string; target: MetricTarget; container: string | undefined };

async function byResource(
  metrics: Metrics,
  { name, target: wish, container }: ResourceAsk,
  target: Target,
): Promise<Measured> {
  const isShare = wish.averageValue === undefined;
  const proposal = await told(
    `failed to get ${name} ${isShare ? "utilization" : "usage"}`,
    async () => {
      const { namespace, selection, pods } = target;
      const ask = { namespace, pods: selection, resource: name, container };
      const samples = await told(`unable to get metrics for resource ${name}`, () =>
        metrics.resource(ask),
      );
      return proposeByPods({
        ...target,
        current: target.wanted,
        samples,
        isCpu: name === "cpu",
        target: isShare
          ? { percent: wish.averageUtilization ?? 0, requests: requestsOf(pods, name, container) }
          : { milli: milliOf(wish.averageValue) },
      });
    },
  );
  const current: MetricValueStatus = {
    averageValue: amount(proposal.averageMilli, name),
    ...(proposal.percent === undefined ? {} : { averageUtilization: proposal.percent }),
  };
  const kind = container === undefined ? "resource" : "container resource";
  return {
    replicas: proposal.replicas,
    name: isShare ? `${name} ${kind} utilization (percentage of request)` : `${name} resource`,
    status:
      container === undefined
        ? { type: "Resource", resource: { name, current } }
        : { type: "ContainerResource", containerResource: { name, container, current } },
  };
}

async function byPods(
  metrics: Metrics,
  { metric, target: wish }: NonNullable<MetricSpec["pods"]>,
  target: Target,
): Promise<Measured> {
  const { namespace, selection } = target;
  const ask = { namespace, pods: selection, metric: metric.name, labels: labelsOf(metric) };
  const samples = await told(`unable to get metric ${metric.name}`, () => metrics.pods(ask));
  const proposal = proposeByPods({
    ...target,
    current: target.wanted,
    samples,
    isCpu: false,
    target: { milli: milliOf(wish.averageValue) },
  });
  const current = { averageValue: amount(proposal.averageMilli) };
  return {
    replicas: proposal.replicas,
    name: `pods metric ${metric.name}`,
    status: { type: "Pods", pods: { metric, current } },
  };
}

async function byObject(
  metrics: Metrics,
  { metric, describedObject, target: wish }: NonNullable<MetricSpec["object"]>,
  target: Target,
): Promise<Measured> {
  const { namespace } = target;
  const { kind, name } = describedObject;
  const isShare = wish.type === "AverageValue";
  const ask = { namespace, metric: metric.name, labels: labelsOf(metric), about: describedObject };
  const what = `unable to get metric ${metric.name} on ${kind} ${namespace}/${name}`;
  const read = (): Promise<number> => told(what, () => metrics.object(ask));
  const milli = await (isShare ? told(`failed to get ${metric.name} object metric`, read) : read());
  const { replicas, current } = ofOneFigure(milli, wish, target);
  return {
    replicas,
    name: isShare
      ? `external metric ${metric.name}(${printLabels(metric.selector)})`
      : `${kind} metric ${metric.name}`,
    status: { type: "Object", object: { metric, current, describedObject } },
  };
}

async function byExternal(
  metrics: Metrics,
  { metric, target: wish }: NonNullable<MetricSpec["external"]>,
  target: Target,
): Promise<Measured> {
  const { namespace } = target;
  const labels = printLabels(metric.selector);
  const isShare = wish.averageValue !== undefined;
  const first = isShare
    ? `failed to get ${metric.name} external metric`
    : `failed to get external metric ${metric.name}`;
  const values = await told(
    `${first}: unable to get external metric ${namespace}/${metric.name}/${labels}`,
    () => metrics.external({ namespace, metric: metric.name, labels: labelsOf(metric) }),
  );
  const milli = values.reduce((sum, value) => sum + value, 0);
  const { replicas, current } = ofOneFigure(milli, wish, target);
  return {
    replicas,
    name: `external metric ${metric.name}(${labels})`,
    status: { type: "External", external: { metric, current } },
  };
}

/** A figure that stands for all pods together. */
function ofOneFigure(
  milli: number,
  wish: MetricTarget,
  target: Target,
): { replicas: number; current: MetricValueStatus } {
  const { wanted, actual, tolerance, pods } = target;
  if (wish.averageValue !== undefined) {
    const targetMilli = milliOf(wish.averageValue);
    const proposal: Proposal = proposeByShare({ milli, targetMilli, actual, tolerance });
    return {
      replicas: proposal.replicas,
      current: { averageValue: amount(proposal.averageMilli) },
    };
  }
  const ratio = milli / milliOf(wish.value);
  const replicas = proposeByRatio({
    ratio,
    current: wanted,
    ready: () => readyOf(pods),
    tolerance,
  });
  return { replicas, current: { value: amount(milli) } };
}

function readyOf(pods: readonly Pod[]): number {
  if (pods.length === 0) throw new Error(`unable to calculate ready pods: ${noPods}`);
  return pods.filter(
    ({ status }) => status?.phase === "Running" && isTrue(status.conditions, "Ready"),
  ).length;
}

/** What each pod asks for, in thousandths. Throws when one does not say it. */
function requestsOf(
  pods: readonly Pod[],
  resource: string,
  container: string | undefined,
): Map<string, number> {
  return new Map(
    pods.map((pod) => {
      const { name = "" } = pod.metadata;
      const ofPod = pod.spec.resources?.requests?.[resource];
      if (container === undefined && pod.spec.resources?.requests) {
        if (ofPod === undefined)
          throw new Error(`missing pod-level request for ${resource} in Pod ${name}`);
        return [name, milliOf(ofPod)];
      }
      const counted = running(pod).filter((c) => container === undefined || c.name === container);
      if (counted.length === 0) throw new Error(`container ${container} not found in Pod ${name}`);
      const sum = counted.reduce((total, c) => {
        const text = c.resources?.requests?.[resource];
        if (text === undefined)
          throw new Error(`missing request for ${resource} in container ${c.name} of Pod ${name}`);
        return total + milliOf(text);
      }, 0);
      return [name, sum];
    }),
  );
}

const running = ({ spec }: Pod): Container[] => [
  ...spec.containers,
  ...(spec.initContainers ?? []).filter((c) => c.restartPolicy === "Always"),
];

const labelsOf = ({ selector }: MetricIdentifier): Selection =>
  selector === undefined ? [] : selectionFrom(selector);

function milliOf(text: string | undefined): number {
  const quantity = text === undefined ? undefined : parseQuantity(text);
  return quantity === undefined ? 0 : milliValue(quantity);
}

const amount = (milli: number, resource = ""): string =>
  printQuantity(milliQuantity(milli, resource === "memory" ? "binarySI" : "decimalSI"));

/** As upstream's messages print a selector. */
function printLabels(selector: LabelSelector | undefined): string {
  if (selector === undefined) return "nil";
  const labels = Object.entries(selector.matchLabels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = labels.map(([key, value]) => `${key}: ${value},`).join("");
  return `&LabelSelector{MatchLabels:map[string]string{${text}},MatchExpressions:[]LabelSelectorRequirement{},}`;
}

async function told<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Error(`${what}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

/** By how much the use may be off, as the behavior says or by a tenth. */
export function toleranceOf({ spec }: HorizontalPodAutoscaler): Tolerance {
  const share = (text: string | undefined): number =>
    text === undefined ? toleranceDefault : milliOf(text) / 1000;
  const { scaleUp, scaleDown } = spec.behavior ?? {};
  return { up: share(scaleUp?.tolerance), down: share(scaleDown?.tolerance) };
}

const toleranceDefault = 0.1;
