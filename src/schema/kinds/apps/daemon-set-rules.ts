// The rules of a daemon set.
import { invalidValue, notSupported, required } from "../../field-error.ts";
import type { Write } from "../../kind.ts";
import { checkLabelSelector } from "../../selectors.ts";
import type { Cause } from "../../status-error.ts";
import type { DaemonSet, DaemonSetSpec, DaemonSetUpdateStrategy } from "../../types/apps-v1.ts";
import { checkUnchanged, notNegative, type Out } from "../checks.ts";
import { checkRunsForever, checkSelectsTemplate, checkTemplate } from "../core/pod/template.ts";
import {
  atMost100Percent,
  checkCollisions,
  checkCounts,
  intOrPercent,
  isEmptySelector,
  numberOf,
} from "./rules.ts";

export function validateDaemonSet(
  next: DaemonSet,
  old: DaemonSet | undefined,
  { subresource }: Write,
): Cause[] {
  const out: Out = [];
  if (subresource === "status") {
    checkCounts(out, next.status ?? ({} as NonNullable<DaemonSet["status"]>), [
      "currentNumberScheduled",
      "numberMisscheduled",
      "desiredNumberScheduled",
      "numberReady",
      "observedGeneration",
      "updatedNumberScheduled",
      "numberAvailable",
      "numberUnavailable",
      "collisionCount",
    ]);
    checkCollisions(out, next.status, old?.status);
    return out;
  }
  if (old) checkUnchanged(out, "spec.selector", next.spec.selector, old.spec.selector);
  checkSpec(out, next.spec);
  return out;
}

function checkSpec(out: Out, spec: DaemonSetSpec): void {
  const { selector, template } = spec;
  out.push(...checkLabelSelector("spec.selector", selector));
  checkSelectsTemplate(out, "spec.template", selector, template);
  if (selector && isEmptySelector(selector)) {
    const detail = "empty selector is invalid for daemonset";
    out.push(invalidValue("spec.selector", selector, detail));
  }
  checkTemplate(out, "spec.template", template);
  checkRunsForever(out, "spec.template", template, "DaemonSet");
  notNegative(out, "spec.minReadySeconds", spec.minReadySeconds);
  checkStrategy(out, "spec.updateStrategy", spec.updateStrategy ?? {});
  notNegative(out, "spec.revisionHistoryLimit", spec.revisionHistoryLimit);
}

/** As upstream's own form of it is printed. */
const internal = ({ type, rollingUpdate }: DaemonSetUpdateStrategy): object => ({
  Type: type,
  RollingUpdate: rollingUpdate
    ? { MaxUnavailable: rollingUpdate.maxUnavailable, MaxSurge: rollingUpdate.maxSurge }
    : null,
});

function checkStrategy(out: Out, at: string, strategy: DaemonSetUpdateStrategy): void {
  if (strategy.type === "OnDelete") return;
  if (strategy.type !== "RollingUpdate") {
    out.push(notSupported(at, internal(strategy), ["RollingUpdate", "OnDelete"]));
    return;
  }
  if (strategy.rollingUpdate === undefined) {
    out.push(required(`${at}.rollingUpdate`));
    return;
  }
  const { maxUnavailable, maxSurge } = strategy.rollingUpdate;
  const [unavailableAt, surgeAt] = [
    `${at}.rollingUpdate.maxUnavailable`,
    `${at}.rollingUpdate.maxSurge`,
  ];
  intOrPercent(out, unavailableAt, maxUnavailable);
  intOrPercent(out, surgeAt, maxSurge);
  atMost100Percent(out, unavailableAt, maxUnavailable);
  atMost100Percent(out, surgeAt, maxSurge);
  const [unavailable, surge] = [numberOf(maxUnavailable), numberOf(maxSurge)];
  if (unavailable !== 0 && surge !== 0) {
    const detail = "may not be set when maxUnavailable is non-zero";
    out.push(invalidValue(surgeAt, maxSurge, detail));
  } else if (unavailable === 0 && surge === 0) {
    out.push(required(unavailableAt, "cannot be 0 when maxSurge is 0"));
  }
}
