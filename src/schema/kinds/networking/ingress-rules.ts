// The rules of an ingress.
import { invalidValue, notSupported, required } from "../../field-error.ts";
import { checkLegacyIp, ipWarnings, parseAddress } from "../../ip.ts";
import type { Write } from "../../kind.ts";
import {
  checkDnsSubdomain,
  checkPathSegment,
  checkPortName,
  checkPortNumber,
  checkWildcardSubdomain,
  nameIsDnsLabel,
  nameIsDnsSubdomain,
} from "../../names.ts";
import type { Cause } from "../../status-error.ts";
import type { TypedLocalObjectReference } from "../../types/core-v1.ts";
import type {
  HTTPIngressPath,
  Ingress,
  IngressBackend,
  IngressRule,
  IngressServiceBackend,
  IngressSpec,
} from "../../types/networking-v1.ts";
import { dnsSubdomain, invalid, needed, type Out, objectName, refuse } from "../checks.ts";
import { checkIngressHost } from "../core/service/load-balancer.ts";

const classAnnotation = "kubernetes.io/ingress.class";

export function validateIngress(
  next: Ingress,
  old: Ingress | undefined,
  { subresource }: Write,
): Cause[] {
  const out: Out = [];
  if (subresource === "status") {
    checkStatus(out, next, old);
    return out;
  }
  checkSpec(out, next.spec, old?.spec);
  const annotation = next.metadata.annotations?.[classAnnotation];
  const { ingressClassName: name } = next.spec;
  if (old !== undefined || annotation === undefined || name === undefined) return out;
  if (annotation !== name) {
    const detail = "must match `ingressClassName` when both are specified";
    invalid(out, `annotations.${classAnnotation}`, annotation, detail);
  }
  return out;
}

function checkStatus(out: Out, next: Ingress, old: Ingress | undefined): void {
  const before = old?.status?.loadBalancer?.ingress ?? [];
  const accepted = before.flatMap(({ ip }) => (ip ? [ip] : []));
  for (const [i, { ip, hostname = "" }] of (next.status?.loadBalancer?.ingress ?? []).entries()) {
    const at = `status.loadBalancer.ingress[${i}]`;
    if (ip) out.push(...checkLegacyIp(`${at}.ip`, ip, accepted));
    checkIngressHost(out, `${at}.hostname`, hostname);
  }
}

function checkSpec(out: Out, spec: IngressSpec, old: IngressSpec | undefined): void {
  const { rules = [], defaultBackend, tls = [], ingressClassName } = spec;
  if (rules.length === 0 && defaultBackend === undefined) {
    invalid(out, "spec", null, "either `defaultBackend` or `rules` must be specified");
  }
  if (defaultBackend) checkBackend(out, "spec.defaultBackend", defaultBackend);
  const keepsWildcards = (old?.rules ?? []).some(
    (rule) => rule.host?.includes("*") && breaksRule(rule),
  );
  for (const [i, rule] of rules.entries()) {
    checkRule(out, `spec.rules[${i}]`, rule, keepsWildcards);
  }
  const keepsSecrets = (old?.tls ?? []).some(({ secretName }) => breaksName(secretName));
  for (const [i, { hosts, secretName }] of tls.entries()) {
    for (const [j, host] of (hosts ?? []).entries()) {
      checkHost(out, `spec.tls[${i}].hosts[${j}]`, host);
    }
    if (!secretName || keepsSecrets) continue;
    objectName(out, `spec.tls[${i}].secretName`, secretName, nameIsDnsSubdomain);
  }
  if (ingressClassName !== undefined) {
    objectName(out, "spec.ingressClassName", ingressClassName, nameIsDnsSubdomain);
  }
}

const breaksName = (name: string | undefined): boolean =>
  !!name && nameIsDnsSubdomain(name, false).length > 0;

function breaksRule({ http }: IngressRule): boolean {
  const out: Out = [];
  if (http) checkPaths(out, "", http.paths);
  return out.length > 0;
}

function checkHost(out: Out, at: string, host: string): void {
  const rule = host.includes("*") ? checkWildcardSubdomain : checkDnsSubdomain;
  refuse(out, at, host, rule(host));
}

function checkRule(
  out: Out,
  at: string,
  { host = "", http }: IngressRule,
  keepsWildcards: boolean,
): void {
  if (host !== "") {
    if (parseAddress(host)) {
      invalid(out, `${at}.host`, host, "must be a DNS name, not an IP address");
    }
    checkHost(out, `${at}.host`, host);
  }
  if (http === undefined || (host.includes("*") && keepsWildcards)) return;
  checkPaths(out, `${at}.http.paths`, http.paths);
}

function checkPaths(out: Out, at: string, paths: readonly HTTPIngressPath[] = []): void {
  if (paths.length === 0) out.push(required(at));
  for (const [i, path] of paths.entries()) checkPath(out, `${at}[${i}]`, path);
}

const pathTypes = ["Exact", "ImplementationSpecific", "Prefix"];
const badSequences = ["//", "/./", "/../", "%2f", "%2F"];
const badEndings = ["/..", "/."];

function checkPath(out: Out, at: string, { path = "", pathType, backend }: HTTPIngressPath): void {
  const field = `${at}.path`;
  const absolute = () => {
    if (!path.startsWith("/")) invalid(out, field, path, "must be an absolute path");
  };
  switch (pathType) {
    case undefined:
      out.push(required(`${at}.pathType`, "pathType must be specified"));
      return;
    case "Exact":
    case "Prefix":
      absolute();
      for (const bad of badSequences) {
        if (path.includes(bad)) invalid(out, field, path, `must not contain '${bad}'`);
      }
      for (const bad of badEndings) {
        if (path.endsWith(bad)) invalid(out, field, path, `cannot end with '${bad}'`);
      }
      break;
    case "ImplementationSpecific":
      if (path !== "") absolute();
      break;
    default:
      out.push(notSupported(`${at}.pathType`, pathType, pathTypes));
  }
  checkBackend(out, `${at}.backend`, backend);
}

function checkBackend(out: Out, at: string, { resource, service }: IngressBackend): void {
  if (resource && service) invalid(out, at, "", "cannot set both resource and service backends");
  else if (resource) checkReference(out, `${at}.resource`, resource);
  else if (service) checkService(out, at, service);
  else invalid(out, at, "", "resource or service backend is required");
}

function checkService(out: Out, at: string, { name, port }: IngressServiceBackend): void {
  const here = `${at}.service`;
  if (needed(out, `${here}.name`, name)) objectName(out, `${here}.name`, name, nameIsDnsLabel);
  const { name: portName = "", number = 0 } = port ?? {};
  if (portName !== "" && number !== 0) {
    invalid(out, at, "", "cannot set both port name & port number");
  } else if (portName !== "") {
    refuse(out, `${here}.port.name`, portName, checkPortName(portName));
  } else if (number !== 0) refuse(out, `${here}.port.number`, number, checkPortNumber(number));
  else out.push(required(at, "port name or number is required"));
}

function checkReference(
  out: Out,
  at: string,
  { apiGroup, kind, name }: TypedLocalObjectReference,
): void {
  if (apiGroup !== undefined) dnsSubdomain(out, `${at}.apiGroup`, apiGroup);
  checkSegment(out, `${at}.kind`, kind);
  checkSegment(out, `${at}.name`, name);
}

/** Needed, and fit to be part of a path. */
function checkSegment(out: Out, at: string, value: string | undefined): void {
  if (!value) out.push(required(at));
  else for (const problem of checkPathSegment(value)) out.push(invalidValue(at, value, problem));
}

export function ingressWarnings({ metadata, spec }: Ingress, old: Ingress | undefined): string[] {
  const isOld = metadata.annotations?.[classAnnotation] !== undefined;
  if (old !== undefined || !isOld || spec.ingressClassName !== undefined) return [];
  return [
    `annotation "${classAnnotation}" is deprecated, please use 'spec.ingressClassName' instead`,
  ];
}

export const statusWarnings = ({ status }: Ingress): string[] =>
  (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }, i) =>
    ip ? ipWarnings(`status.loadBalancer.ingress[${i}]`, ip) : [],
  );
