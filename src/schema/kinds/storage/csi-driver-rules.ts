// The rules of a storage driver's description.
import { duplicate, notSupported, required } from "../../field-error.ts";
import { semanticEqual } from "../../semantic-equal.ts";
import type { Cause } from "../../status-error.ts";
import type { CSIDriver, TokenRequest } from "../../types/storage-v1.ts";
import { checkUnchanged, invalid, type Out, supportedOnly } from "../checks.ts";

const groupPolicies = ["File", "None", "ReadWriteOnceWithFSType"];
const lifecycles = ["Persistent", "Ephemeral"];
const periodSecondsMin = 10;
const tokenSecondsMin = 600;
const tokenSecondsMax = 2 ** 32;

export function validateCsiDriver({ spec }: CSIDriver, old: CSIDriver | undefined): Cause[] {
  const out: Out = [];
  const { fsGroupPolicy, tokenRequests = [], volumeLifecycleModes = [] } = spec;
  // The name is upstream's.
  if (spec.attachRequired === undefined) out.push(required("spec.attachedRequired"));
  if (fsGroupPolicy !== undefined) {
    supportedOnly(out, "spec.fsGroupPolicy", fsGroupPolicy, groupPolicies);
  }
  checkTokens(out, "spec.tokenRequests", tokenRequests);
  for (const mode of volumeLifecycleModes) {
    if (lifecycles.includes(mode)) continue;
    out.push(notSupported("spec.volumeLifecycleModes", mode, lifecycles));
  }
  const { nodeAllocatableUpdatePeriodSeconds: period, serviceAccountTokenInSecrets: inSecrets } =
    spec;
  if (period !== undefined && period < periodSecondsMin) {
    const detail = `must be greater than or equal to ${periodSecondsMin} seconds`;
    invalid(out, "spec.nodeAllocatableUpdatePeriodSeconds", period, detail);
  }
  if (inSecrets !== undefined && tokenRequests.length === 0) {
    const detail = "serviceAccountTokenInSecrets is set but no tokenRequests are specified";
    invalid(out, "spec.serviceAccountTokenInSecrets", inSecrets, detail);
  }
  if (old === undefined) return out;
  checkUnchanged(out, "spec.attachedRequired", spec.attachRequired, old.spec.attachRequired);
  const before = old.spec.volumeLifecycleModes;
  checkUnchanged(out, "spec.volumeLifecycleModes", volumeLifecycleModes, before);
  return out;
}

function checkTokens(out: Out, at: string, requests: readonly TokenRequest[]): void {
  const audiences = new Set<string>();
  for (const [i, { audience, expirationSeconds: seconds }] of requests.entries()) {
    if (audiences.has(audience)) {
      out.push(duplicate(`${at}[${i}].audience`, audience));
      continue;
    }
    audiences.add(audience);
    if (seconds === undefined) continue;
    const field = `${at}[${i}].expirationSeconds`;
    if (seconds < tokenSecondsMin) {
      invalid(out, field, seconds, "may not specify a duration less than 10 minutes");
    }
    if (seconds > tokenSecondsMax) {
      invalid(out, field, seconds, "may not specify a duration larger than 2^32 seconds");
    }
  }
}

const tokenAdvice =
  "spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes";

export function csiDriverWarnings({ spec }: CSIDriver, old: CSIDriver | undefined): string[] {
  const { tokenRequests = [], serviceAccountTokenInSecrets } = spec;
  if (tokenRequests.length === 0 || serviceAccountTokenInSecrets !== undefined) return [];
  return old && semanticEqual(old.spec.tokenRequests, tokenRequests) ? [] : [tokenAdvice];
}
