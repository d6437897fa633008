// What may change in a service that is there: addresses stay, a second family may come and go.
import { fieldForbidden, invalidValue } from "../../../field-error.ts";
import type { ServiceSpec } from "../../../types/core-v1.ts";
import { immutableProblem, type Out } from "../../checks.ts";
import { isHeadless } from "./cluster-ips.ts";
import { checkLoadBalancerClass, needsHealthCheck } from "./traffic.ts";

export function checkServiceUpdate(out: Out, next: ServiceSpec, old: ServiceSpec): void {
  const hasName = next.type === "ExternalName" || old.type === "ExternalName";
  if (!hasName && !(isHeadless(next) && isHeadless(old))) checkAddresses(out, next, old);
  if (!hasName && !isHeadless(next) && !isHeadless(old)) checkFamilies(out, next, old);
  const at = "spec.loadBalancerClass";
  const isBalanced = next.type === "LoadBalancer" && old.type === "LoadBalancer";
  if (isBalanced && next.loadBalancerClass !== old.loadBalancerClass) {
    out.push(invalidValue(at, next.loadBalancerClass ?? null, fixed));
  }
  checkLoadBalancerClass(out, next);
  if (!needsHealthCheck(next) || !needsHealthCheck(old)) return;
  if ((next.healthCheckNodePort ?? 0) === (old.healthCheckNodePort ?? 0)) return;
  out.push(fieldForbidden("spec.healthCheckNodePort", immutableProblem));
}

const fixed = "may not change once set";

function checkAddresses(out: Out, next: ServiceSpec, old: ServiceSpec): void {
  const at = "spec.clusterIPs";
  const { clusterIPs: ips = [] } = next;
  const { clusterIPs: before = [] } = old;
  if (before.length === ips.length) {
    for (const [i, ip] of before.entries()) {
      if (ip !== ips[i]) out.push(invalidValue(`${at}[${i}]`, ips, fixed));
    }
    return;
  }
  if (before.length > ips.length && ips.length === 0) {
    out.push(invalidValue(`${at}[0]`, null, "primary clusterIP can not be unset"));
  }
  if (before.length > 0 && ips.length > 0 && ips[0] !== before[0]) {
    out.push(invalidValue(`${at}[0]`, ips, fixed));
  }
  if (before.length > ips.length && ips.length === 1) releases(out, next, "clusterIP");
}

function checkFamilies(out: Out, next: ServiceSpec, old: ServiceSpec): void {
  const at = "spec.ipFamilies[0]";
  const { clusterIPs: ips = [], ipFamilies: families = [] } = next;
  const { ipFamilies: before = [] } = old;
  if (before.length === families.length) {
    for (const [i, family] of before.entries()) {
      if (family !== families[i]) out.push(invalidValue(at, families, fixed));
    }
    return;
  }
  if (before.length > families.length && ips.length === 0) {
    out.push(invalidValue(at, families, "primary ipFamily can not be unset"));
  }
  if (before.length > 0 && families.length > 0 && families[0] !== before[0]) {
    // Upstream shows the addresses here.
    out.push(invalidValue(at, ips, fixed));
  }
  if (before.length > families.length && families.length === 1) releases(out, next, "ipFamily");
}

function releases(out: Out, { ipFamilyPolicy }: ServiceSpec, what: string): void {
  if (ipFamilyPolicy === "SingleStack") return;
  const detail = `must be set to 'SingleStack' when releasing the secondary ${what}`;
  out.push(invalidValue("spec.ipFamilyPolicy", ipFamilyPolicy ?? null, detail));
}
