// The rules of a deployment.
import { fieldForbidden, invalidValue, notSupported, required } from "../../field-error.ts";
import type { Write } from "../../kind.ts";
import type { Cause } from "../../status-error.ts";
import type { Deployment, DeploymentSpec, DeploymentStrategy } from "../../types/apps-v1.ts";
import { checkUnchanged, notNegative, type Out } from "../checks.ts";
import {
  atMost100Percent,
  checkCollisions,
  checkCounts,
  checkReplicated,
  checkSelector,
  intOrPercent,
  numberOf,
} from "./rules.ts";

export function validateDeployment(
  next: Deployment,
  old: Deployment | undefined,
  { subresource }: Write,
): Cause[] {
  const out: Out = [];
  if (subresource === "status") {
    checkStatus(out, next);
    checkCollisions(out, next.status, old?.status);
    return out;
  }
  checkSpec(out, next.spec);
  if (old) checkUnchanged(out, "spec.selector", next.spec.selector, old.spec.selector);
  return out;
}

function checkSpec(out: Out, spec: DeploymentSpec): void {
  const { minReadySeconds = 0, progressDeadlineSeconds } = spec;
  notNegative(out, "spec.replicas", spec.replicas);
  checkSelector(out, "spec.selector", spec.selector, "deployment");
  checkReplicated(out, "spec", spec);
  checkStrategy(out, "spec.strategy", spec.strategy ?? {});
  notNegative(out, "spec.minReadySeconds", minReadySeconds);
  notNegative(out, "spec.revisionHistoryLimit", spec.revisionHistoryLimit);
  if (progressDeadlineSeconds === undefined) return;
  notNegative(out, "spec.progressDeadlineSeconds", progressDeadlineSeconds);
  if (progressDeadlineSeconds > minReadySeconds) return;
  const detail = "must be greater than minReadySeconds";
  out.push(invalidValue("spec.progressDeadlineSeconds", progressDeadlineSeconds, detail));
}

function checkStrategy(out: Out, at: string, strategy: DeploymentStrategy): void {
  const { type, rollingUpdate } = strategy;
  const field = `${at}.rollingUpdate`;
  switch (type) {
    case "Recreate":
      if (rollingUpdate === undefined) break;
      out.push(fieldForbidden(field, "may not be specified when strategy `type` is 'Recreate'"));
      break;
    case "RollingUpdate":
      if (rollingUpdate === undefined) {
        out.push(required(field, "this should be defaulted and never be nil"));
      } else checkRollingUpdate(out, field, rollingUpdate);
      break;
    default: {
      // Upstream shows its own struct, whose fields have names of Go.
      const shown = { Type: type, RollingUpdate: goForm(rollingUpdate) };
      out.push(notSupported(at, shown, ["Recreate", "RollingUpdate"]));
    }
  }
}

type RollingUpdate = NonNullable<DeploymentStrategy["rollingUpdate"]>;

const goForm = (rollingUpdate: RollingUpdate | undefined) =>
  rollingUpdate === undefined
    ? null
    : {
        MaxUnavailable: rollingUpdate.maxUnavailable ?? 0,
        MaxSurge: rollingUpdate.maxSurge ?? 0,
      };

function checkRollingUpdate(out: Out, at: string, { maxUnavailable, maxSurge }: RollingUpdate) {
  const field = `${at}.maxUnavailable`;
  intOrPercent(out, field, maxUnavailable);
  intOrPercent(out, `${at}.maxSurge`, maxSurge);
  if (numberOf(maxUnavailable) === 0 && numberOf(maxSurge) === 0) {
    out.push(invalidValue(field, maxUnavailable ?? 0, "may not be 0 when `maxSurge` is 0"));
  }
  atMost100Percent(out, field, maxUnavailable);
}

function checkStatus(out: Out, { status }: Deployment): void {
  checkCounts(
    out,
    status ?? {},
    [
      "observedGeneration",
      "replicas",
      "updatedReplicas",
      "readyReplicas",
      "availableReplicas",
      "unavailableReplicas",
      "terminatingReplicas",
      "collisionCount",
    ],
    [
      ["updatedReplicas", "replicas", "status.replicas"],
      ["readyReplicas", "replicas", "status.replicas"],
      ["availableReplicas", "replicas", "status.replicas"],
      ["availableReplicas", "readyReplicas", "readyReplicas"],
    ],
  );
}
