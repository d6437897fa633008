// The pods of a Job: how they are told apart, made and removed.
import { type Action, referenceTo } from "../../control/action.ts";
import type { ApiObject } from "../../schema/kind.ts";
import { jobs, pods } from "../../schema/resources.ts";
import type { Job } from "../../schema/types/batch-v1.ts";
import type { Container, Pod, PodTemplateSpec } from "../../schema/types/core-v1.ts";
import { controllerReference } from "../owner.ts";
import { leastProgressFirst } from "../pod-ranking.ts";
import { createPod, podFromTemplate } from "../pods.ts";
import { judge } from "./failure-policy.ts";

/** Keeps an ended pod until it is counted. */
export const trackingFinalizer = "batch.kubernetes.io/job-tracking";
export const indexKey = "batch.kubernetes.io/job-completion-index";
const failuresKey = "batch.kubernetes.io/job-index-failure-count";
const ignoredFailuresKey = "batch.kubernetes.io/job-index-ignored-failure-count";

export const isIndexed = (job: Job): boolean => job.spec.completionMode === "Indexed";
export const isSuspended = (job: Job): boolean => job.spec.suspend === true;
export const replacesOnlyFailed = (job: Job): boolean => job.spec.podReplacementPolicy === "Failed";

export const isTracked = (object: ApiObject): boolean =>
  object.metadata.finalizers?.includes(trackingFinalizer) ?? false;

/** A pod that is being deleted counts too, since it may never get to the phase Failed. */
export function isFailed(job: Job, pod: Pod): boolean {
  const phase = pod.status?.phase;
  if (phase === "Failed") return true;
  return (
    !replacesOnlyFailed(job) &&
    pod.metadata.deletionTimestamp !== undefined &&
    phase !== "Succeeded"
  );
}

/** The completion index; undefined when the pod has none that fits the Job. */
export function indexOf(job: Job, pod: Pod): number | undefined {
  const text = pod.metadata.annotations?.[indexKey];
  if (text === undefined || !/^\d+$/.test(text)) return undefined;
  return Number(text) < (job.spec.completions ?? 0) ? Number(text) : undefined;
}

function annotatedCount(pod: Pod, key: string): number {
  const text = pod.metadata.annotations?.[key] ?? "";
  return /^\d+$/.test(text) && Number(text) <= 0x7fff_ffff ? Number(text) : 0;
}

/** Failures of earlier pods of the index that count towards its limit. */
export const indexFailures = (pod: Pod): number => annotatedCount(pod, failuresKey);

/** Failures of earlier pods of the index, ignored ones too. */
export const allIndexFailures = (pod: Pod): number =>
  annotatedCount(pod, failuresKey) + annotatedCount(pod, ignoredFailuresKey);

/** Names that the server completes may be so long; it cuts the rest off, and with it the index. */
const generateNameMax = 58;

/** A pod of a Job; `index` for an indexed one, `replaced` the failed pod of the same index. */
export function makePod(job: Job, index?: number, replaced?: Pod): Action {
  const owner = controllerReference(jobs, job);
  const template = index === undefined ? job.spec.template : indexedTemplate(job, index, replaced);
  const pod = podFromTemplate(template, owner, job.metadata.namespace ?? "");
  const finalizers = new Set([...(pod.metadata.finalizers ?? []), trackingFinalizer]);
  pod.metadata.finalizers = [...finalizers];
  if (index !== undefined) {
    const suffix = `-${index}-`;
    pod.metadata.generateName = `${job.metadata.name!.slice(0, generateNameMax - suffix.length)}${suffix}`;
  }
  return createPod(pod, referenceTo(jobs, job));
}

function indexedTemplate(job: Job, index: number, replaced: Pod | undefined): PodTemplateSpec {
  const { metadata, spec } = job.spec.template;
  return {
    metadata: {
      ...metadata,
      labels: { ...metadata?.labels, [indexKey]: String(index) },
      annotations: {
        ...metadata?.annotations,
        [indexKey]: String(index),
        ...(job.spec.backoffLimitPerIndex === undefined ? {} : failureCounts(job, replaced)),
      },
    },
    spec: {
      ...spec,
      hostname: `${job.metadata.name}-${index}`,
      containers: spec.containers.map(withIndexVariable),
      ...(spec.initContainers
        ? { initContainers: spec.initContainers.map(withIndexVariable) }
        : {}),
    },
  };
}

function failureCounts(job: Job, replaced: Pod | undefined): Record<string, string> {
  if (!replaced) return { [failuresKey]: "0" };
  const counts = judge(job, replaced).counts;
  const failures = annotatedCount(replaced, failuresKey) + (counts ? 1 : 0);
  const ignored = annotatedCount(replaced, ignoredFailuresKey) + (counts ? 0 : 1);
  return {
    [failuresKey]: String(failures),
    ...(ignored > 0 ? { [ignoredFailuresKey]: String(ignored) } : {}),
  };
}

const indexVariable = "JOB_COMPLETION_INDEX";

function withIndexVariable(container: Container): Container {
  if (container.env?.some(({ name }) => name === indexVariable)) return container;
  const fieldRef = { fieldPath: `metadata.labels['${indexKey}']` };
  const env = [...(container.env ?? []), { name: indexVariable, valueFrom: { fieldRef } }];
  return { ...container, env };
}

/** Lets go of a pod that is counted, or that must not be. */
export const untrack = ({ metadata }: Pod): Action => ({
  do: "patch",
  resource: pods,
  ref: { namespace: metadata.namespace, name: metadata.name! },
  type: "strategic",
  patch: { metadata: { "$deleteFromPrimitiveList/finalizers": [trackingFinalizer] } },
});

/** Active pods to remove: at least `count`, and those whose index is double or does not fit. */
export function podsToRemove(job: Job, active: readonly Pod[], count: number): Pod[] {
  const surplus = isIndexed(job) ? misfits(job, active) : [];
  if (surplus.length >= count) return surplus;
  const rest = active.filter((pod) => !surplus.includes(pod));
  return [...surplus, ...leastProgressFirst(rest).slice(0, count - surplus.length)];
}

function misfits(job: Job, active: readonly Pod[]): Pod[] {
  const byIndex = Map.groupBy(active, (pod) => indexOf(job, pod));
  return [...byIndex].flatMap(([index, same]) =>
    index === undefined ? same : leastProgressFirst(same).slice(0, -1),
  );
}
