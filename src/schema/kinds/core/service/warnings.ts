// Warnings about a service.
import { cidrWarnings, ipWarnings } from "../../../ip.ts";
import type { Service } from "../../../types/core-v1.ts";

const hints = "service.kubernetes.io/topology-aware-hints";
const mode = "service.kubernetes.io/topology-mode";

export function serviceWarnings({ metadata, spec }: Service): string[] {
  const warnings: string[] = [];
  if (metadata.annotations?.[hints] !== undefined) {
    warnings.push(`annotation ${hints} is deprecated, please use ${mode} instead`);
  }
  const { externalIPs = [], loadBalancerIP = "", type } = spec;
  const isNamed = type === "ExternalName";
  const isHeadless = type === "ClusterIP" && spec.clusterIP === "None";
  if (spec.clusterIP && spec.clusterIP !== "None") {
    warnings.push(...each("spec.clusterIPs", spec.clusterIPs ?? [], ipWarnings));
  }
  if (isHeadless) {
    if (loadBalancerIP) warnings.push("spec.loadBalancerIP is ignored for headless services");
    if (externalIPs.length > 0) {
      warnings.push("spec.externalIPs is ignored for headless services");
    }
    if (spec.sessionAffinity !== "None") {
      warnings.push("spec.SessionAffinity is ignored for headless services");
    }
  }
  warnings.push(...each("spec.externalIPs", externalIPs, ipWarnings));
  if (externalIPs.length > 0 && !isHeadless && !isNamed) {
    const what = "is deprecated and may no longer be implemented in some clusters";
    warnings.push(`spec.externalIPs ${what}`);
  }
  if (loadBalancerIP) warnings.push(...ipWarnings("spec.loadBalancerIP", loadBalancerIP));
  const ranges = spec.loadBalancerSourceRanges ?? [];
  warnings.push(...each("spec.loadBalancerSourceRanges", ranges, cidrWarnings));
  if (isNamed && externalIPs.length > 0) {
    warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  }
  if (!isNamed && spec.externalName) {
    warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  }
  if (spec.trafficDistribution === "PreferClose") {
    warnings.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"');
  }
  return warnings;
}

export const statusWarnings = ({ status }: Service): string[] =>
  (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }, i) =>
    ip ? ipWarnings(`status.loadBalancer.ingress[${i}]`, ip) : [],
  );

type Warn = (field: string, value: string) => string[];

const each = (field: string, values: readonly string[], warn: Warn): string[] =>
  values.flatMap((value, i) => warn(`${field}[${i}]`, value));
