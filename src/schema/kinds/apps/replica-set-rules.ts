// The rules of a replica set.
import type { Write } from "../../kind.ts";
import type { Cause } from "../../status-error.ts";
import type { ReplicaSet } from "../../types/apps-v1.ts";
import { checkUnchanged, notNegative, type Out } from "../checks.ts";
import { checkCounts, checkReplicated, checkSelector } from "./rules.ts";

export function validateReplicaSet(
  next: ReplicaSet,
  old: ReplicaSet | undefined,
  { subresource }: Write,
): Cause[] {
  const out: Out = [];
  if (subresource === "status") {
    checkReplicaStatus(out, next.status);
    return out;
  }
  const { spec } = next;
  notNegative(out, "spec.replicas", spec.replicas);
  notNegative(out, "spec.minReadySeconds", spec.minReadySeconds);
  // Upstream says "deployment" here too.
  checkSelector(out, "spec.selector", spec.selector, "deployment");
  checkReplicated(out, "spec", spec);
  if (old) checkUnchanged(out, "spec.selector", spec.selector, old.spec.selector);
  return out;
}

type ReplicaStatus = {
  readonly replicas?: number;
  readonly fullyLabeledReplicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly observedGeneration?: number;
  readonly terminatingReplicas?: number;
};

/** Of replica sets and replication controllers. */
export function checkReplicaStatus(out: Out, status: ReplicaStatus | undefined): void {
  checkCounts<ReplicaStatus>(
    out,
    status ?? {},
    [
      "replicas",
      "fullyLabeledReplicas",
      "readyReplicas",
      "availableReplicas",
      "observedGeneration",
      "terminatingReplicas",
    ],
    [
      ["fullyLabeledReplicas", "replicas", "status.replicas"],
      ["readyReplicas", "replicas", "status.replicas"],
      ["availableReplicas", "replicas", "status.replicas"],
      ["availableReplicas", "readyReplicas", "readyReplicas"],
    ],
  );
}
