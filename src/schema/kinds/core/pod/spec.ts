// The rules of a pod's spec, in a pod and in a template.
import { duplicate, invalidValue, notSupported, required } from "../../../field-error.ts";
import { checkLabels } from "../../../metadata.ts";
import { int32Max, nameIsDnsSubdomain, rangeProblem } from "../../../names.ts";
import type { Container, PodSpec } from "../../../types/core-v1.ts";
import type { ObjectMeta } from "../../../types/meta-v1.ts";
import { dnsLabel, type Out, objectName, oneOf, qualifiedName } from "../../checks.ts";
import { checkAffinity } from "./affinity.ts";
import { checkPodClaims, claimNamesOf } from "./claims.ts";
import { checkContainers, checkEphemeralContainers, checkInitContainers } from "./containers.ts";
import { checkDnsConfig, checkHostAliases, checkHostnameOverride } from "./dns.ts";
import type { PodParts } from "./pod-parts.ts";
import { checkContainerResources, checkPodResources } from "./resources.ts";
import { checkHostUsers, checkPodSecurityContext, checkShareProcessNamespace } from "./security.ts";
import { checkSpread } from "./spread.ts";
import { checkTolerations } from "./tolerations.ts";
import { checkVolumes } from "./volumes.ts";
import { checkHostProcess, checkIsForLinux, checkIsForWindows } from "./windows.ts";

const restartPolicies = ["Always", "OnFailure", "Never"];
const dnsPolicies = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
const preemptionPolicies = ["PreemptLowerPriority", "Never"];
const systems = ["linux", "windows"];

/** `metadata`: of the pod; undefined for a template, whose pods have no names yet. */
export function checkPodSpec(
  out: Out,
  at: string,
  spec: PodSpec,
  metadata: ObjectMeta | undefined,
): void {
  if (spec.terminationGracePeriodSeconds === undefined) {
    out.push(required(`${at}.terminationGracePeriodSeconds`));
  }
  const parts: PodParts = {
    spec,
    volumes: checkVolumes(out, `${at}.volumes`, spec.volumes, metadata),
    claimNames: claimNamesOf(spec.resourceClaims),
  };
  checkPodClaims(out, `${at}.resourceClaims`, spec.resourceClaims, metadata);
  checkContainers(out, `${at}.containers`, parts);
  checkInitContainers(out, `${at}.initContainers`, parts);
  checkEphemeralContainers(out, `${at}.ephemeralContainers`, parts);
  checkPodResources(out, `${at}.resources`, spec, parts.claimNames);
  checkHostNetworkPorts(out, at, spec, metadata !== undefined);
  checkPlacement(out, at, spec);
  checkNames(out, at, spec);
  if (spec.overhead) checkContainerResources(out, `${at}.overhead`, { limits: spec.overhead });
  checkSystem(out, at, spec);
  checkFileKeyVolumes(out, at, spec);
}

function checkPlacement(out: Out, at: string, spec: PodSpec): void {
  oneOf(out, `${at}.restartPolicy`, spec.restartPolicy, restartPolicies);
  oneOf(out, `${at}.dnsPolicy`, spec.dnsPolicy, dnsPolicies);
  if (spec.nodeSelector) out.push(...checkLabels(`${at}.nodeSelector`, spec.nodeSelector));
  checkPodSecurityContext(out, `${at}.securityContext`, spec.securityContext, spec);
  checkShareProcessNamespace(out, at, spec);
  checkAffinity(out, `${at}.affinity`, spec.affinity);
  checkDnsConfig(out, `${at}.dnsConfig`, spec.dnsConfig, spec.dnsPolicy);
  for (const [i, { conditionType }] of (spec.readinessGates ?? []).entries()) {
    qualifiedName(out, `${at}.readinessGates[${i}].conditionType`, conditionType);
  }
  const gates = new Set<string>();
  for (const [i, { name }] of (spec.schedulingGates ?? []).entries()) {
    qualifiedName(out, `${at}.schedulingGates[${i}]`, name);
    if (gates.has(name)) out.push(duplicate(`${at}.schedulingGates[${i}]`, name));
    gates.add(name);
  }
  checkSpread(out, `${at}.topologySpreadConstraints`, spec.topologySpreadConstraints);
  checkHostProcess(out, at, spec);
  checkHostUsers(out, at, spec);
  checkHostnameOverride(out, at, spec);
}

function checkNames(out: Out, at: string, spec: PodSpec): void {
  const { serviceAccountName, serviceAccount, nodeName, activeDeadlineSeconds } = spec;
  const named = (field: string, name: string | undefined) => {
    if (name) objectName(out, `${at}.${field}`, name, nameIsDnsSubdomain);
  };
  named("serviceAccountName", serviceAccountName);
  if ((serviceAccount ?? "") !== (serviceAccountName ?? "")) {
    const detail = `must be the same as serviceAccountName: ${JSON.stringify(serviceAccountName ?? "")}`;
    out.push(invalidValue(`${at}.deprecatedServiceAccount`, serviceAccount ?? "", detail));
  }
  named("nodeName", nodeName);
  if (activeDeadlineSeconds !== undefined) {
    if (activeDeadlineSeconds < 1 || activeDeadlineSeconds > int32Max) {
      const field = `${at}.activeDeadlineSeconds`;
      out.push(invalidValue(field, activeDeadlineSeconds, rangeProblem(1, int32Max)));
    }
  }
  if (spec.hostname) dnsLabel(out, `${at}.hostname`, spec.hostname);
  if (spec.subdomain) dnsLabel(out, `${at}.subdomain`, spec.subdomain);
  checkTolerations(out, `${at}.tolerations`, spec.tolerations);
  checkHostAliases(out, `${at}.hostAliases`, spec.hostAliases);
  named("priorityClassName", spec.priorityClassName);
  if (spec.runtimeClassName !== undefined) {
    objectName(out, `${at}.runtimeClassName`, spec.runtimeClassName, nameIsDnsSubdomain);
  }
  if (spec.preemptionPolicy !== undefined) {
    oneOf(out, `${at}.preemptionPolicy`, spec.preemptionPolicy, preemptionPolicies);
  }
}

/** In the network of the machine a port of a container is one of the machine. */
function checkHostNetworkPorts(out: Out, at: string, spec: PodSpec, isPod: boolean): void {
  if (!spec.hostNetwork) return;
  for (const [i, { ports }] of (spec.containers ?? []).entries()) {
    for (const [j, { hostPort = 0, containerPort }] of (ports ?? []).entries()) {
      if (hostPort === containerPort || (hostPort === 0 && !isPod)) continue;
      const field = `${at}.containers[${i}].ports[${j}].hostPort`;
      const detail = "must match `containerPort` when `hostNetwork` is true";
      out.push(invalidValue(field, hostPort, detail));
    }
  }
}

function checkSystem(out: Out, at: string, spec: PodSpec): void {
  if (spec.os === undefined) return;
  const { name } = spec.os;
  if (!name) out.push(required(`${at}.os.name`));
  else if (!systems.includes(name)) out.push(notSupported(`${at}.os`, name, systems));
  else if (name === "linux") checkIsForLinux(out, at, spec);
  else checkIsForWindows(out, at, spec);
}

/** A file with variables is written by another container into an emptyDir. */
function checkFileKeyVolumes(out: Out, at: string, spec: PodSpec): void {
  for (const list of ["initContainers", "containers", "ephemeralContainers"] as const) {
    for (const [i, { env }] of ((spec[list] ?? []) as Container[]).entries()) {
      for (const [j, { valueFrom }] of (env ?? []).entries()) {
        const name = valueFrom?.fileKeyRef?.volumeName;
        if (name === undefined) continue;
        const field = `${at}.${list}[${i}].env[${j}].valueFrom.fileKeyRef.volumeName`;
        const volume = spec.volumes?.find((v) => v.name === name);
        if (volume === undefined) {
          out.push({ field, reason: "FieldValueNotFound", message: `Not found: "${name}"` });
        } else if (!volume.emptyDir) {
          out.push(invalidValue(field, name, "referenced volume must be of type emptyDir"));
        }
      }
    }
  }
}
