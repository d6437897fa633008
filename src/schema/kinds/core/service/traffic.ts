// How traffic reaches a service, and which of its pods.

import { required } from "../../../field-error.ts";
import { checkPortNumber } from "../../../names.ts";
import type { ServiceSpec } from "../../../types/core-v1.ts";
import {
  forbidden,
  invalid,
  type Out,
  oneOf,
  qualifiedName,
  refuse,
  supportedOnly,
} from "../../checks.ts";
import { isExternallyAccessible } from "./defaults.ts";

const policies = ["Cluster", "Local"];
const distributions = ["PreferClose", "PreferSameZone", "PreferSameNode"];

export const needsHealthCheck = ({ type, externalTrafficPolicy }: ServiceSpec): boolean =>
  type === "LoadBalancer" && externalTrafficPolicy === "Local";

export function checkLoadBalancerClass(out: Out, { type, loadBalancerClass }: ServiceSpec): void {
  const at = "spec.loadBalancerClass";
  if (loadBalancerClass === undefined) return;
  if (type === "LoadBalancer") qualifiedName(out, at, loadBalancerClass);
  else forbidden(out, at, "may only be used when `type` is 'LoadBalancer'");
}

export function checkExternalTraffic(out: Out, spec: ServiceSpec): void {
  const { externalTrafficPolicy: policy = "", healthCheckNodePort: port = 0 } = spec;
  const at = "spec.externalTrafficPolicy";
  if (isExternallyAccessible(spec)) oneOf(out, at, policy, policies);
  else if (policy !== "") {
    invalid(out, at, policy, "may only be set for externally-accessible services");
  }
  // One that is needed and not there yet is allocated.
  if (port === 0) return;
  if (needsHealthCheck(spec)) refuse(out, "spec.healthCheckNodePort", port, checkPortNumber(port));
  else {
    const when = "`type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    invalid(out, "spec.healthCheckNodePort", port, `may only be set when ${when}`);
  }
}

export function checkTraffic(out: Out, spec: ServiceSpec): void {
  const { type, internalTrafficPolicy: policy, trafficDistribution: distribution } = spec;
  const isKnown = type === "ClusterIP" || type === "NodePort" || type === "LoadBalancer";
  if (policy === undefined) {
    if (isKnown) out.push(required("spec.internalTrafficPolicy"));
  } else supportedOnly(out, "spec.internalTrafficPolicy", policy, policies);
  if (distribution === undefined) return;
  supportedOnly(out, "spec.trafficDistribution", distribution, distributions);
}
