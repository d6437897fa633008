// Where a load balancer answers: in the status of services and of ingresses.
import { fieldForbidden, invalidValue, notSupported, required } from "../../../field-error.ts";
import { checkLegacyIp, parseAddress } from "../../../ip.ts";
import type { LoadBalancerStatus } from "../../../types/core-v1.ts";
import { dnsSubdomain, type Out } from "../../checks.ts";

const modes = ["Proxy", "VIP"];

export type BalancedStatus = {
  readonly type: string | undefined;
  readonly status: LoadBalancerStatus | undefined;
  /** What was there; its addresses stay valid. */
  readonly before: LoadBalancerStatus | undefined;
};

export function checkLoadBalancerStatus(
  out: Out,
  at: string,
  { type, status, before }: BalancedStatus,
): void {
  const ingress = status?.ingress ?? [];
  if (type !== "LoadBalancer" && ingress.length > 0) {
    out.push(fieldForbidden(at, "may only be used when `spec.type` is 'LoadBalancer'"));
    return;
  }
  const accepted = (before?.ingress ?? []).flatMap(({ ip }) => (ip ? [ip] : []));
  for (const [i, { ip = "", ipMode, hostname = "" }] of ingress.entries()) {
    if (ip !== "") out.push(...checkLegacyIp(`${at}[${i}].ip`, ip, accepted));
    checkMode(out, `${at}[${i}].ipMode`, ip, ipMode);
    checkIngressHost(out, `${at}[${i}].hostname`, hostname);
  }
}

function checkMode(out: Out, at: string, ip: string, mode: string | undefined): void {
  if (mode === undefined) {
    if (ip !== "") out.push(required(at, "must be specified when `ip` is set"));
  } else if (ip === "") {
    out.push(fieldForbidden(at, "may not be specified when `ip` is not set"));
  } else if (!modes.includes(mode)) out.push(notSupported(at, mode, modes));
}

export function checkIngressHost(out: Out, at: string, hostname: string): void {
  if (hostname === "") return;
  dnsSubdomain(out, at, hostname);
  if (parseAddress(hostname) === undefined) return;
  out.push(invalidValue(at, hostname, "must be a DNS name, not an IP address"));
}
