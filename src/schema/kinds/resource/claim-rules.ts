// What a claim, or a template of claims, may ask for.
import { invalidValue, notSupported, required } from "../../field-error.ts";
import type {
  DeviceClaim,
  DeviceClaimConfiguration,
  DeviceConstraint,
  DeviceRequest,
  DeviceSubRequest,
  ExactDeviceRequest,
} from "../../types/resource-v1.ts";
import { dnsLabel, dnsSubdomain, invalid, type Out } from "../checks.ts";
import type { Found } from "./found.ts";
import { checkFullName, checkRequestRef, checkUnique, fits, type RequestNames } from "./names.ts";
import { checkOpaque, checkSelectors } from "./selector-rules.ts";
import { checkTolerations } from "./taint-rules.ts";

const requestsMax = 32;
const constraintsMax = 32;
export const configsMax = 32;
const alternativesMax = 8;

export function checkDeviceClaim(found: Found, at: string, claim: Partial<DeviceClaim>): void {
  const { requests = [], constraints = [], config = [] } = claim;
  const names = requestNames(claim);
  if (fits(found.declared, `${at}.requests`, requests, requestsMax)) {
    for (const [i, request] of requests.entries()) {
      checkRequest(found, `${at}.requests[${i}]`, request);
    }
    checkUnique(found.declared, `${at}.requests`, requests, ({ name }) => name ?? "");
  }
  if (fits(found.declared, `${at}.constraints`, constraints, constraintsMax)) {
    for (const [i, constraint] of constraints.entries()) {
      checkConstraint(found, `${at}.constraints[${i}]`, constraint, names);
    }
  }
  if (!fits(found.declared, `${at}.config`, config, configsMax)) return;
  for (const [i, one] of config.entries()) checkConfig(found, `${at}.config[${i}]`, one, names);
}

export const requestNames = ({ requests = [] }: Partial<DeviceClaim>): RequestNames =>
  new Map(
    requests.map(({ name, firstAvailable }) => [
      name,
      new Set((firstAvailable ?? []).map((alternative) => alternative.name)),
    ]),
  );

const one = "exactly one of `exactly` or `firstAvailable` is required";

function checkRequest(found: Found, at: string, request: DeviceRequest): void {
  const { out, declared } = found;
  const { name = "", exactly, firstAvailable = [] } = request;
  dnsLabel(out, `${at}.name`, name);
  const isBoth = firstAvailable.length > 0 && exactly !== undefined;
  if (isBoth) out.push(invalidValue(at, null, `${one}, but multiple fields are set`));
  if (firstAvailable.length === 0 && exactly === undefined) out.push(required(at, one));
  // Of two that exclude each other only the declared rules are asked.
  const inner = isBoth ? { out: [], declared } : found;
  if (exactly) {
    checkClassName(inner.out, `${at}.exactly.deviceClassName`, exactly.deviceClassName);
    checkWish(inner, `${at}.exactly`, exactly);
  }
  if (!fits(declared, `${at}.firstAvailable`, firstAvailable, alternativesMax)) return;
  const key = (alternative: DeviceSubRequest) => alternative.name ?? "";
  checkUnique(declared, `${at}.firstAvailable`, firstAvailable, key);
  for (const [i, alternative] of firstAvailable.entries()) {
    checkAlternative(inner, `${at}.firstAvailable[${i}]`, alternative);
  }
}

function checkAlternative(found: Found, at: string, alternative: DeviceSubRequest): void {
  dnsLabel(found.out, `${at}.name`, alternative.name ?? "");
  checkClassName(found.declared, `${at}.deviceClassName`, alternative.deviceClassName);
  checkWish(found, at, alternative);
}

function checkClassName(out: Out, at: string, name = ""): void {
  if (name === "") out.push(required(at));
  else dnsSubdomain(out, at, name);
}

const modes = ["All", "ExactCount"];

function checkWish(found: Found, at: string, wish: ExactDeviceRequest | DeviceSubRequest): void {
  const { out, declared } = found;
  checkSelectors(found, `${at}.selectors`, wish.selectors);
  const { allocationMode: mode, count = 0 } = wish;
  if (mode === "All" && count !== 0) {
    invalid(out, `${at}.count`, count, "must not be specified when allocationMode is 'All'");
  } else if (mode === "ExactCount" && count <= 0) {
    invalid(out, `${at}.count`, count, "must be greater than zero");
  } else if (!modes.includes(mode ?? "")) {
    declared.push(notSupported(`${at}.allocationMode`, mode ?? "", modes));
  }
  checkTolerations(found, `${at}.tolerations`, wish.tolerations);
}

/** Names of requests, each once; `[]` is all of them. */
export function checkRequestRefs(
  { out, declared }: Found,
  at: string,
  refs: readonly string[] = [],
  names: RequestNames = new Map(),
): void {
  if (!fits(declared, at, refs, requestsMax)) return;
  for (const [i, ref] of refs.entries()) checkRequestRef(out, `${at}[${i}]`, ref, names);
  checkUnique(declared, at, refs, (ref) => ref);
}

function checkConstraint(
  found: Found,
  at: string,
  constraint: DeviceConstraint,
  names: RequestNames,
): void {
  const { out, declared } = found;
  const { requests, matchAttribute, distinctAttribute } = constraint;
  checkRequestRefs(found, `${at}.requests`, requests, names);
  if (matchAttribute !== undefined) checkFullName(declared, `${at}.matchAttribute`, matchAttribute);
  if (distinctAttribute !== undefined) {
    checkFullName(declared, `${at}.distinctAttribute`, distinctAttribute);
  }
  if (matchAttribute !== undefined || distinctAttribute !== undefined) return;
  // The words are upstream's, for one that is missing, too.
  const detail = `exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set`;
  out.push(required(at, detail));
}

function checkConfig(
  found: Found,
  at: string,
  { requests, opaque }: DeviceClaimConfiguration,
  names: RequestNames,
): void {
  checkRequestRefs(found, `${at}.requests`, requests, names);
  checkOpaque(found, `${at}.opaque`, opaque);
}
