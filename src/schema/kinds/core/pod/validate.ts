// The rules of a pod, for each way of writing it.
import type { Write } from "../../../kind.ts";
import type { Cause } from "../../../status-error.ts";
import type { Pod } from "../../../types/core-v1.ts";
import { forbidden, notNegative, type Out } from "../../checks.ts";
import { checkPodAnnotations, checkProfilesMatch } from "./annotations.ts";
import { checkImageText } from "./containers.ts";
import { checkEphemeralUpdate } from "./ephemeral.ts";
import { checkResize } from "./resize.ts";
import { checkPodSpec } from "./spec.ts";
import { checkStatusUpdate } from "./status.ts";
import { checkUpdate } from "./update.ts";

export function validatePod(next: Pod, old: Pod | undefined, { subresource }: Write): Cause[] {
  const out: Out = [];
  if (old === undefined) checkNew(out, next);
  else if (subresource === "status") checkStatusUpdate(out, next, old);
  else {
    checkWhole(out, next);
    if (subresource === "ephemeralcontainers") return checkEphemeralUpdate(out, next, old);
    if (subresource === "resize") return checkResize(out, next, old);
    checkUpdate(out, next, old);
  }
  return out;
}

function checkNew(out: Out, pod: Pod): void {
  const { spec } = pod;
  checkWhole(out, pod);
  if (spec.ephemeralContainers?.length) {
    forbidden(out, "spec.ephemeralContainers", "cannot be set on create");
  }
  if (spec.nodeName && spec.schedulingGates?.length) {
    const detail = "cannot be set until all schedulingGates have been cleared";
    forbidden(out, "spec.nodeName", detail);
  }
  checkProfilesMatch(out, pod);
}

/** What holds for a pod however it was written. */
function checkWhole(out: Out, { metadata, spec }: Pod): void {
  checkPodAnnotations(out, metadata.annotations, spec);
  checkPodSpec(out, "spec", spec, metadata);
  if (!spec.serviceAccountName) {
    for (const [i, { projected }] of (spec.volumes ?? []).entries()) {
      for (const [j, { serviceAccountToken }] of (projected?.sources ?? []).entries()) {
        if (serviceAccountToken === undefined) continue;
        const field = `spec.volumes[${i}].projected.sources[${j}].serviceAccountToken`;
        forbidden(out, field, "must not be specified when serviceAccountName is not set");
      }
    }
  }
  const graceSeconds = spec.terminationGracePeriodSeconds;
  notNegative(out, "spec.terminationGracePeriodSeconds", graceSeconds);
  for (const list of ["containers", "initContainers"] as const) {
    for (const [i, container] of (spec[list] ?? []).entries()) {
      checkImageText(out, `spec.${list}[${i}]`, container);
    }
  }
}
