// The rules of a stateful set.
import { fieldForbidden, invalidValue, notSupported, required } from "../../field-error.ts";
import type { Write } from "../../kind.ts";
import { checkAnnotations, checkLabels } from "../../metadata.ts";
import type { Cause } from "../../status-error.ts";
import type {
  RollingUpdateStatefulSetStrategy,
  StatefulSet,
  StatefulSetSpec,
} from "../../types/apps-v1.ts";
import type { PodTemplateSpec, Volume } from "../../types/core-v1.ts";
import { checkFieldUnchanged, checkUnchanged, dnsLabel, notNegative, type Out } from "../checks.ts";
import { checkClaimSpec } from "../core/claim-rules.ts";
import { checkPodAnnotations } from "../core/pod/annotations.ts";
import { checkSelectsTemplate, checkTemplate, selects } from "../core/pod/template.ts";
import {
  atMost100Percent,
  checkCollisions,
  checkCounts,
  checkSelector,
  intOrPercent,
  numberOf,
} from "./rules.ts";

export function validateStatefulSet(
  next: StatefulSet,
  old: StatefulSet | undefined,
  { subresource }: Write,
): Cause[] {
  const out: Out = [];
  if (subresource === "status") {
    checkStatus(out, next);
    checkCollisions(out, next.status, old?.status);
    return out;
  }
  checkSpec(out, next.spec, old === undefined);
  if (old === undefined) return out;
  for (const field of ["selector", "volumeClaimTemplates", "serviceName"] as const) {
    checkFieldUnchanged(out, `spec.${field}`, field, { next: next.spec, old: old.spec });
  }
  checkUnchanged(
    out,
    "spec.podManagementPolicy",
    next.spec.podManagementPolicy,
    old.spec.podManagementPolicy,
  );
  return out;
}

const orderProblem = "must be 'OrderedReady' or 'Parallel'";
const retentions = ["Retain", "Delete"];

/** What may not change later is not checked again. */
function checkSpec(out: Out, spec: StatefulSetSpec, isNew: boolean): void {
  const { podManagementPolicy: order, persistentVolumeClaimRetentionPolicy: retention } = spec;
  if (!order) out.push(required("spec.podManagementPolicy"));
  else if (order !== "OrderedReady" && order !== "Parallel") {
    out.push(invalidValue("spec.podManagementPolicy", order, orderProblem));
  }
  checkStrategy(out, "spec.updateStrategy", spec);
  for (const when of ["whenDeleted", "whenScaled"] as const) {
    const policy = retention?.[when];
    if (retention === undefined || retentions.includes(policy ?? "")) continue;
    const field = `spec.persistentVolumeClaimRetentionPolicy.${when}`;
    out.push(notSupported(field, policy ?? "", retentions));
  }
  for (const [i, claim] of (isNew ? (spec.volumeClaimTemplates ?? []) : []).entries()) {
    checkClaimSpec(out, `spec.volumeClaimTemplates[${i}].spec`, claim.spec);
  }
  notNegative(out, "spec.replicas", spec.replicas);
  notNegative(out, "spec.minReadySeconds", spec.minReadySeconds);
  notNegative(out, "spec.ordinals.start", spec.ordinals?.start);
  if (isNew && spec.serviceName) dnsLabel(out, "spec.serviceName", spec.serviceName);
  checkSelector(out, "spec.selector", spec.selector, "statefulset");
  checkPods(out, spec);
}

function checkPods(out: Out, spec: StatefulSetSpec): void {
  const at = "spec.template";
  const { template, selector } = spec;
  if (selects(selector, template.metadata?.labels) === "broken") {
    out.push(invalidValue("spec.selector", selector, ""));
  } else {
    checkSelectsTemplate(out, at, selector, template);
    checkTemplate(out, at, withClaims(spec));
    const { labels, annotations } = template.metadata ?? {};
    if (labels) out.push(...checkLabels(`${at}.labels`, labels));
    if (annotations) out.push(...checkAnnotations(`${at}.annotations`, annotations));
    checkPodAnnotations(out, annotations, template.spec, `${at}.annotations`);
  }
  const { restartPolicy, activeDeadlineSeconds } = template.spec;
  if (restartPolicy !== "Always") {
    out.push(notSupported(`${at}.spec.restartPolicy`, restartPolicy ?? "", ["Always"]));
  }
  if (activeDeadlineSeconds === undefined) return;
  const detail = "activeDeadlineSeconds in StatefulSet is not Supported";
  out.push(fieldForbidden(`${at}.spec.activeDeadlineSeconds`, detail));
}

/** The template as its pods will be: with a volume for each claim, and names that the set gives. */
function withClaims({ template, volumeClaimTemplates }: StatefulSetSpec): PodTemplateSpec {
  const names = new Set((volumeClaimTemplates ?? []).map(({ metadata }) => metadata?.name ?? ""));
  const claims = [...names].map(
    (name): Volume => ({ name, persistentVolumeClaim: { claimName: name } }),
  );
  const { hostname: _h, subdomain: _s, volumes = [], ...spec } = template.spec;
  const others = volumes.filter(({ name }) => !names.has(name));
  return { ...template, spec: { ...spec, volumes: [...claims, ...others] } };
}

function checkStrategy(out: Out, at: string, { updateStrategy = {} }: StatefulSetSpec): void {
  const { type, rollingUpdate } = updateStrategy;
  if (!type) out.push(required(at));
  else if (type === "RollingUpdate") {
    if (rollingUpdate) checkRollingUpdate(out, `${at}.rollingUpdate`, rollingUpdate);
  } else if (type !== "OnDelete") {
    const detail = "must be 'RollingUpdate' or 'OnDelete'";
    out.push(invalidValue(at, updateStrategy, detail));
  } else if (rollingUpdate) {
    const detail = "only allowed for updateStrategy 'RollingUpdate'";
    out.push(invalidValue(`${at}.rollingUpdate`, rollingUpdate, detail));
  }
}

function checkRollingUpdate(
  out: Out,
  at: string,
  { partition, maxUnavailable }: RollingUpdateStatefulSetStrategy,
): void {
  notNegative(out, `${at}.partition`, partition);
  if (maxUnavailable === undefined) return;
  const field = `${at}.maxUnavailable`;
  intOrPercent(out, field, maxUnavailable);
  if (numberOf(maxUnavailable) === 0) out.push(invalidValue(field, maxUnavailable, "cannot be 0"));
  atMost100Percent(out, field, maxUnavailable);
}

function checkStatus(out: Out, { status }: StatefulSet): void {
  checkCounts(
    out,
    status ?? ({} as NonNullable<StatefulSet["status"]>),
    [
      "replicas",
      "readyReplicas",
      "currentReplicas",
      "updatedReplicas",
      "availableReplicas",
      "observedGeneration",
      "collisionCount",
    ],
    [
      ["readyReplicas", "replicas", "status.replicas"],
      ["currentReplicas", "replicas", "status.replicas"],
      ["updatedReplicas", "replicas", "status.replicas"],
      ["availableReplicas", "replicas", "status.replicas"],
      ["availableReplicas", "readyReplicas", "status.readyReplicas"],
    ],
  );
}
