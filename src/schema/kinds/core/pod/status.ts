// What may be written into a pod's status.
import {
  duplicate,
  fieldNotFound,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from "../../../field-error.ts";
import { checkLegacyIp, isIpv6 } from "../../../ip.ts";
import { checkConditionReason, nameIsDnsSubdomain } from "../../../names.ts";
import type { Container, ContainerStatus, Pod, PodStatus } from "../../../types/core-v1.ts";
import {
  forbidden,
  immutableProblem,
  type Out,
  objectName,
  qualifiedName,
  refuse,
  userId,
} from "../../checks.ts";
import { checkAnnotationUpdate } from "./annotations.ts";
import { checkClaimStatuses } from "./claim-status.ts";
import { mayRestart, mayRestartAll } from "./restart.ts";

export function checkStatusUpdate(out: Out, next: Pod, old: Pod): void {
  const [status, before] = [next.status ?? {}, old.status ?? {}];
  checkAnnotationUpdate(out, next, old);
  checkConditions(out, status);
  checkNomination(out, status, old);
  if ((status.observedGeneration ?? 0) < 0) {
    const detail = "must be a non-negative integer";
    out.push(invalidValue("status.observedGeneration", status.observedGeneration, detail));
  }
  if ((status.qosClass ?? "") !== (before.qosClass ?? "")) {
    out.push(invalidValue("status.qosClass", status.qosClass ?? "", immutableProblem));
  }
  checkTransitions(out, status, old);
  checkClaimStatuses(out, next, status);
  checkVolumeHealth(out, next, status);
  checkPodIps(out, status, before);
  checkHostIps(out, status, before);
  for (const list of statusLists) checkUsers(out, `status.${list}`, status[list], next);
  checkAllocated(out, "containerStatuses", status, next.spec.containers);
  checkAllocated(out, "initContainerStatuses", status, next.spec.initContainers);
  for (const [i, one] of (status.ephemeralContainerStatuses ?? []).entries()) {
    if (!one.allocatedResourcesStatus?.length) continue;
    const field = `status.ephemeralContainerStatuses[${i}].allocatedResourcesStatus`;
    forbidden(out, field, "must not be specified in container status");
  }
}

const statusLists = [
  "containerStatuses",
  "initContainerStatuses",
  "ephemeralContainerStatuses",
] as const;

const systemConditions = ["PodScheduled", "Ready", "Initialized"];

function checkConditions(out: Out, { conditions }: PodStatus): void {
  for (const [i, { type, observedGeneration = 0 }] of (conditions ?? []).entries()) {
    const at = `status.conditions[${i}]`;
    if (observedGeneration < 0) {
      const detail = "must be a non-negative integer";
      out.push(invalidValue(`${at}.observedGeneration`, observedGeneration, detail));
    }
    if (!systemConditions.includes(type)) qualifiedName(out, `${at}.Type`, type);
  }
}

function checkNomination(out: Out, { nominatedNodeName: name }: PodStatus, old: Pod): void {
  if (!name || name === old.status?.nominatedNodeName) return;
  objectName(out, "status.nominatedNodeName", name, nameIsDnsSubdomain);
  if (!old.spec.nodeName) return;
  const detail = "may not be set on pods that are already bound to a node";
  forbidden(out, "status.nominatedNodeName", detail);
}

/** A container that has ended for good does not run again. */
function checkTransitions(out: Out, status: PodStatus, old: Pod): void {
  const { spec, status: before = {} } = old;
  const all = mayRestartAll(spec);
  for (const list of statusLists) {
    const isEphemeral = list === "ephemeralContainerStatuses";
    if (all && !isEphemeral) continue;
    const containers = list === "containerStatuses" ? spec.containers : spec.initContainers;
    for (const [i, { name, state }] of (before[list] ?? []).entries()) {
      if (!state?.terminated) continue;
      const now = status[list]?.find((one) => one.name === name);
      if (now === undefined || now.state?.terminated) continue;
      const container = isEphemeral ? undefined : containers?.find((c) => c.name === name);
      if (container && mayRestart(container, spec, state.terminated.exitCode)) continue;
      const field = `status.${list}[${i}].state`;
      forbidden(out, field, "may not be transitioned to non-terminated state");
    }
  }
}

function checkVolumeHealth(out: Out, { spec }: Pod, { volumeHealth }: PodStatus): void {
  for (const [i, { name, healthConditions }] of (volumeHealth ?? []).entries()) {
    const at = `status.volumeHealth[${i}]`;
    if (name && !spec.volumes?.some((volume) => volume.name === name)) {
      out.push(fieldNotFound(`${at}.name`, name));
    }
    for (const [j, { reason }] of (healthConditions ?? []).entries()) {
      if (!reason) continue;
      refuse(out, `${at}.healthConditions[${j}].reason`, reason, checkConditionReason(reason));
    }
  }
}

/** At most one address of each family. */
function checkFamilies(out: Out, at: string, ips: readonly { ip?: string }[]): void {
  if (ips.length < 2) return;
  const families = new Set(ips.map(({ ip }) => isIpv6(ip ?? "")));
  if (ips.length === 2 && families.size === 2) return;
  out.push(invalidValue(at, ips, "may specify no more than one IP for each IP family"));
}

function checkPodIps(out: Out, { podIP = "", podIPs = [] }: PodStatus, before: PodStatus): void {
  const at = "status.podIPs";
  const known = (before.podIPs ?? []).map(({ ip }) => ip ?? "");
  for (const [i, { ip = "" }] of podIPs.entries()) {
    out.push(...checkLegacyIp(`${at}[${i}]`, ip, known));
  }
  checkFamilies(out, at, podIPs);
  if ((podIP !== "") !== podIPs.length > 0) {
    const detail = "podIP and podIPs must either both be set or both be unset";
    out.push(invalidValue(at, podIPs, detail));
  } else if (podIPs.length > 0 && podIPs[0]!.ip !== podIP) {
    out.push(invalidValue(`${at}[0].ip`, podIPs[0]!.ip ?? "", "must be equal to `podIP`"));
  }
}

function checkHostIps(out: Out, { hostIP = "", hostIPs = [] }: PodStatus, before: PodStatus): void {
  if (hostIPs.length === 0) return;
  const at = "status.hostIPs";
  if (hostIPs[0]!.ip !== hostIP) {
    out.push(invalidValue(`${at}[0].ip`, hostIPs[0]!.ip ?? "", "must be equal to `hostIP`"));
  }
  const known = (before.hostIPs ?? []).map(({ ip }) => ip ?? "");
  for (const [i, { ip = "" }] of hostIPs.entries()) {
    out.push(...checkLegacyIp(`${at}[${i}]`, ip, known));
  }
  checkFamilies(out, at, hostIPs);
}

const uidMax = 2 ** 32 - 1;

function checkUsers(
  out: Out,
  at: string,
  statuses: readonly ContainerStatus[] | undefined,
  { spec }: Pod,
): void {
  for (const [i, { user }] of (statuses ?? []).entries()) {
    const linux = user?.linux;
    if (linux === undefined) continue;
    const field = `${at}[${i}].user.linux`;
    if (spec.os?.name === "windows") {
      forbidden(out, field, "cannot be set for a windows pod");
      continue;
    }
    if (linux.uid < 0 || linux.uid > uidMax) {
      const detail = `must be between 0 and ${uidMax}, inclusive`;
      out.push(invalidValue(`${field}.uid`, linux.uid, detail));
    }
    userId(out, `${field}.gid`, linux.gid);
    for (const [j, gid] of (linux.supplementalGroups ?? []).entries()) {
      userId(out, `${field}.supplementalGroups[${j}]`, gid);
    }
  }
}

const healths = ["Healthy", "Unhealthy", "Unknown"];
const messageBytesMax = 1024;

function checkAllocated(
  out: Out,
  list: "containerStatuses" | "initContainerStatuses",
  status: PodStatus,
  containers: readonly Container[] | undefined,
): void {
  for (const [i, one] of (status[list] ?? []).entries()) {
    const container = containers?.find(({ name }) => name === one.name);
    for (const [j, { name, resources }] of (one.allocatedResourcesStatus ?? []).entries()) {
      const at = `status.${list}[${i}].allocatedResourcesStatus[${j}]`;
      if (container) checkAllocatedName(out, `${at}.name`, name, { container, status });
      const ids = new Set<string>();
      for (const [k, { resourceID, health, message }] of (resources ?? []).entries()) {
        const field = `${at}.resources[${k}]`;
        if (!healths.includes(health ?? "")) {
          out.push(notSupported(`${field}.health`, health ?? "", healths));
        }
        if (message === "") {
          out.push(required(`${field}.message`, "must be non-empty if specified"));
        } else if (message !== undefined && message.length > messageBytesMax) {
          out.push(tooLong(`${field}.message`, messageBytesMax));
        }
        if (ids.has(resourceID)) out.push(duplicate(`${field}.resourceID`, resourceID));
        ids.add(resourceID);
      }
    }
  }
}

function checkAllocatedName(
  out: Out,
  at: string,
  name: string,
  { container, status }: { container: Container; status: PodStatus },
): void {
  const { claims, requests } = container.resources ?? {};
  if (!name.startsWith("claim:")) {
    if (requests?.[name] !== undefined) return;
    out.push(invalidValue(at, name, "must match one of the container's resource requests"));
    return;
  }
  const isOwn = claims?.some(
    (claim) => `claim:${claim.name}${claim.request ? `/${claim.request}` : ""}` === name,
  );
  const extended = status.extendedResourceClaimStatus;
  const isExtended = extended?.requestMappings?.some(
    ({ containerName, requestName, resourceName }) =>
      containerName === container.name &&
      `claim:${extended.resourceClaimName}/${requestName}` === name &&
      (requests?.[resourceName] ?? "0") !== "0",
  );
  if (isOwn || isExtended) return;
  const detail =
    "must match one of the container's resource claims as 'claim:<claimName>/<requestName>' when container.resources.claims[*].request is set or 'claim:<claimName>' when it is empty";
  out.push(invalidValue(at, name, detail));
}
