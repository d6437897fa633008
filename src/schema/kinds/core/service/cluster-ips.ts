// The addresses of a service and their families, as far as they can be judged without knowing the cluster.
import { duplicate, invalidValue, notSupported, required } from "../../../field-error.ts";
import { checkLegacyIp, isIpv6 } from "../../../ip.ts";
import type { ServiceSpec } from "../../../types/core-v1.ts";
import type { Out } from "../../checks.ts";

const families = ["IPv4", "IPv6"];
const policies = ["PreferDualStack", "RequireDualStack", "SingleStack"];
const at = "spec.clusterIPs";

export const isHeadless = ({ clusterIPs }: ServiceSpec): boolean =>
  clusterIPs?.length === 1 && clusterIPs[0] === "None";

export function checkClusterIps(out: Out, spec: ServiceSpec, old: ServiceSpec | undefined): void {
  if (spec.type === "ExternalName") return;
  const { clusterIP = "", clusterIPs: ips = [] } = spec;
  if (clusterIP === "" && ips.length > 0) {
    out.push(invalidValue(at, ips, "must be empty when `clusterIP` is not specified"));
  } else if (clusterIP !== "" && ips.length === 0) out.push(required(at));
  else if (clusterIP !== "" && ips[0] !== clusterIP) {
    out.push(invalidValue(at, ips, "first value must match `clusterIP`"));
  }
  checkFamilies(out, spec);
  if (!checkEach(out, ips, old?.clusterIPs)) return;
  if (ips.length > 1 && new Set(ips.map(isIpv6)).size < 2) {
    out.push(invalidValue(at, ips, "may specify no more than one IP for each IP family"));
  }
  if (!isHeadless(spec)) checkMatch(out, spec);
}

function checkFamilies(out: Out, { ipFamilies = [], ipFamilyPolicy: policy }: ServiceSpec): void {
  const seen = new Set<string>();
  for (const [i, family] of ipFamilies.entries()) {
    const field = `spec.ipFamilies[${i}]`;
    if (!families.includes(family)) out.push(notSupported(field, family, families));
    if (seen.has(family)) out.push(duplicate(field, family));
    seen.add(family);
  }
  if (policy !== undefined && !policies.includes(policy)) {
    out.push(notSupported("spec.ipFamilyPolicy", policy, policies));
  }
}

/** Whether all are addresses. */
function checkEach(out: Out, ips: readonly string[], accepted: string[] | undefined): boolean {
  let areValid = true;
  for (const [i, ip] of ips.entries()) {
    if (i === 0 && ip === "None") {
      if (ips.length === 1) continue;
      areValid = false;
      out.push(invalidValue(at, ips, "'None' must be the first and only value"));
      continue;
    }
    const problems = checkLegacyIp(`${at}[${i}]`, ip, accepted);
    areValid &&= problems.length === 0;
    out.push(...problems);
  }
  if (ips.length > 2) out.push(invalidValue(at, ips, "may only hold up to 2 values"));
  return areValid;
}

function checkMatch(out: Out, { clusterIPs = [], ipFamilies = [] }: ServiceSpec): void {
  for (const [i, ip] of clusterIPs.entries()) {
    const family = ipFamilies[i];
    if (family === undefined) break;
    if (!families.includes(family) || (family === "IPv6") === isIpv6(ip)) continue;
    const detail = `expected an ${family} value as indicated by \`ipFamilies[${i}]\``;
    out.push(invalidValue(`${at}[${i}]`, ip, detail));
  }
}
