// Claims for devices that a pod's containers share.
import { duplicate, fieldForbidden, invalidValue, required } from "../../../field-error.ts";
import { nameIsDnsSubdomain } from "../../../names.ts";
import type { PodResourceClaim } from "../../../types/core-v1.ts";
import type { ObjectMeta } from "../../../types/meta-v1.ts";
import { dnsLabel, type Out, objectName } from "../../checks.ts";
import { mirrorAnnotation } from "./annotations.ts";

export function checkPodClaims(
  out: Out,
  at: string,
  claims: readonly PodResourceClaim[] | undefined,
  metadata: ObjectMeta | undefined,
): void {
  const names = new Set<string>();
  for (const [i, claim] of (claims ?? []).entries()) {
    if (metadata?.annotations?.[mirrorAnnotation] !== undefined) {
      // This is how upstream prints a path that is not there.
      out.push(fieldForbidden("[]", "static pods do not support resource claims"));
      continue;
    }
    const { name, resourceClaimName, resourceClaimTemplateName } = claim;
    const here = `${at}[${i}]`;
    if (!name) out.push(required(`${here}.name`));
    else if (names.has(name)) out.push(duplicate(`${here}.name`, name));
    else dnsLabel(out, `${here}.name`, name);
    names.add(name);
    if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined) {
      const detail =
        "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified";
      out.push(invalidValue(here, claim, detail));
    }
    if (resourceClaimName === undefined && resourceClaimTemplateName === undefined) {
      const detail = "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`";
      out.push(invalidValue(here, claim, detail));
    }
    if (resourceClaimName !== undefined) {
      objectName(out, `${here}.resourceClaimName`, resourceClaimName, nameIsDnsSubdomain);
    }
    if (resourceClaimTemplateName !== undefined) {
      const field = `${here}.resourceClaimTemplateName`;
      objectName(out, field, resourceClaimTemplateName, nameIsDnsSubdomain);
    }
  }
}

export const claimNamesOf = (claims: readonly PodResourceClaim[] | undefined): Set<string> =>
  new Set((claims ?? []).map(({ name }) => name).filter((name) => name));
