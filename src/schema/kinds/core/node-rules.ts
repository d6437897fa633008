// The rules of a node.
import { duplicate, fieldForbidden, invalidValue } from "../../field-error.ts";
import { checkLegacyCidr, cidrWarnings, parseCidr } from "../../ip.ts";
import type { Write } from "../../kind.ts";
import { checkConfigMapKey, nameIsDnsLabel, nameIsDnsSubdomain } from "../../names.ts";
import type { Cause } from "../../status-error.ts";
import type { Node, NodeConfigSource, NodeStatus } from "../../types/core-v1.ts";
import { invalid, needed, notPositiveProblem, type Out, objectName, refuse } from "../checks.ts";
import { checkNodeAnnotations } from "./node-annotations.ts";
import { checkAmount } from "./resource-names.ts";
import { checkTaints } from "./taints.ts";

export function validateNode(next: Node, old: Node | undefined, { subresource }: Write): Cause[] {
  const out: Out = [];
  if (subresource !== "status") checkNode(out, next);
  if (old) checkNodeUpdate(out, next, old);
  return out;
}

function checkNode(out: Out, { metadata, spec = {}, status = {} }: Node): void {
  const { podCIDRs = [] } = spec;
  checkNodeAnnotations(out, metadata.annotations);
  // Taints stand under this path in upstream's messages.
  checkTaints(out, "metadata.taints", spec.taints ?? []);
  checkResources(out, status);
  const swap = status.nodeInfo?.swap?.capacity;
  if (swap !== undefined && swap <= 0) {
    invalid(out, "metadata.nodeSwapStatus.capacity", swap, notPositiveProblem);
  }
  checkFeatures(out, "status.declaredFeatures", status.declaredFeatures ?? []);
  for (const [i, cidr] of podCIDRs.entries())
    out.push(...checkLegacyCidr(`spec.podCIDRs[${i}]`, cidr));
  if (podCIDRs.length < 2) return;
  const bad = podCIDRs.findIndex((cidr) => parseCidr(cidr) === undefined);
  if (bad >= 0) out.push(unreadable(bad, podCIDRs[bad]!));
  const families = new Set(podCIDRs.map((cidr) => parseCidr(cidr)?.address.bytes.length));
  if (bad < 0 && families.size === podCIDRs.length) return;
  const detail = "may specify no more than one CIDR for each IP family";
  out.push(invalidValue("spec.podCIDRs", podCIDRs, detail));
}

/** Upstream fails over what it has refused already. */
const unreadable = (index: number, cidr: string): Cause => ({
  field: "spec.podCIDRs",
  reason: "InternalError",
  message: `Internal error: invalid PodCIDRs. failed to check with dual stack with error:invalid CIDR[${index}]: <nil> (invalid CIDR address: ${cidr})`,
});

function checkResources(out: Out, status: NodeStatus): void {
  for (const list of ["capacity", "allocatable"] as const) {
    for (const [name, amount] of Object.entries(status[list] ?? {})) {
      checkAmount(out, `status.${list}.${name}`, name, amount);
    }
  }
}

const featureName = /^[A-Z][a-zA-Z0-9]*(\/[a-zA-Z][a-zA-Z0-9]*)*$/;
const featureBytesMax = 253;
const featureRule =
  "must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes";

function checkFeatures(out: Out, at: string, features: readonly string[]): void {
  for (const [i, feature] of features.entries()) {
    const name = `invalid feature name ${JSON.stringify(feature)}`;
    if (feature.length > featureBytesMax) {
      invalid(
        out,
        `${at}[${i}]`,
        feature,
        `${name}: must be no more than ${featureBytesMax} characters`,
      );
    } else if (!featureName.test(feature)) {
      invalid(out, `${at}[${i}]`, feature, `${name}: ${featureRule}`);
    }
    const after = features[i + 1];
    if (after === undefined) continue;
    if (after === feature) out.push(duplicate(`${at}[${i + 1}]`, after));
    else if (after < feature) {
      invalid(out, `${at}[${i + 1}]`, after, "list must be sorted alphabetically");
    }
  }
}

function checkNodeUpdate(out: Out, next: Node, old: Node): void {
  const status: NodeStatus = next.status ?? {};
  const [spec, before] = [next.spec ?? {}, old.spec ?? {}];
  checkResources(out, status);
  checkFeatures(out, "status.declaredFeatures", status.declaredFeatures ?? []);
  checkAddresses(out, "status.addresses", status);
  checkPodRanges(out, "spec.podCIDRs", spec.podCIDRs, before.podCIDRs);
  if (before.providerID && spec.providerID !== before.providerID) {
    const problem = spec.providerID ? "modified" : "cleared";
    invalid(out, "spec.providerID", null, `field cannot be ${problem} once set`);
  }
  if (spec.configSource) checkSpecSource(out, "spec.configSource", spec.configSource);
  for (const part of ["assigned", "active", "lastKnownGood"] as const) {
    const source = status.config?.[part];
    if (source) checkStatusSource(out, `status.config.${part}`, source);
  }
  checkTaints(out, "metadata.taints", spec.taints ?? []);
  if ((spec.externalID ?? "") === (before.externalID ?? "")) return;
  out.push(fieldForbidden("spec.externalID", "may not be updated"));
}

function checkAddresses(out: Out, at: string, { addresses = [] }: NodeStatus): void {
  const seen = new Set<string>();
  for (const [i, { type, address }] of addresses.entries()) {
    const pair = `${type} ${address}`;
    if (seen.has(pair)) out.push(duplicate(`${at}[${i}]`, { Type: type, Address: address }));
    seen.add(pair);
  }
}

function checkPodRanges(
  out: Out,
  at: string,
  next: readonly string[] = [],
  old: readonly string[] = [],
): void {
  if (old.length === 0) return;
  if (next.length === old.length && next.every((cidr, i) => cidr === old[i])) return;
  out.push(fieldForbidden(at, 'node updates may not change podCIDR except from "" to valid'));
}

const oneReference = "exactly one reference subfield must be non-nil";

function checkSpecSource(out: Out, at: string, source: NodeConfigSource): void {
  const { configMap } = source;
  if (configMap?.uid)
    out.push(fieldForbidden(`${at}.configMap.uid`, "uid must not be set in spec"));
  if (configMap?.resourceVersion) {
    const detail = "resourceVersion must not be set in spec";
    out.push(fieldForbidden(`${at}.configMap.resourceVersion`, detail));
  }
  checkSource(out, at, source);
}

function checkStatusSource(out: Out, at: string, source: NodeConfigSource): void {
  const { configMap } = source;
  if (configMap) {
    needed(out, `${at}.configMap.uid`, configMap.uid);
    needed(out, `${at}.configMap.resourceVersion`, configMap.resourceVersion);
  }
  checkSource(out, at, source);
}

function checkSource(out: Out, at: string, { configMap }: NodeConfigSource): void {
  if (configMap === undefined) {
    out.push(invalidValue(at, { ConfigMap: null }, oneReference));
    return;
  }
  const { namespace, name, kubeletConfigKey: key } = configMap;
  const here = `${at}.configMap`;
  if (needed(out, `${here}.namespace`, namespace)) {
    objectName(out, `${here}.namespace`, namespace, nameIsDnsLabel);
  }
  if (needed(out, `${here}.name`, name)) objectName(out, `${here}.name`, name, nameIsDnsSubdomain);
  if (needed(out, `${here}.kubeletConfigKey`, key)) {
    refuse(out, `${here}.kubeletConfigKey`, key, checkConfigMapKey(key));
  }
}

export function nodeWarnings({ spec = {} }: Node): string[] {
  const warnings: string[] = [];
  if (spec.configSource) warnings.push("spec.configSource: the feature is removed");
  if (spec.externalID) {
    warnings.push("spec.externalID: this field is deprecated, and is unused by Kubernetes");
  }
  for (const [i, cidr] of (spec.podCIDRs ?? []).entries()) {
    warnings.push(...cidrWarnings(`spec.podCIDRs[${i}]`, cidr));
  }
  return warnings;
}
