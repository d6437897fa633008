// Volumes and devices as a container sees them.
import { duplicate, fieldNotFound, invalidValue, notSupported } from "../../../field-error.ts";
import type { Container, VolumeDevice, VolumeMount } from "../../../types/core-v1.ts";
import { forbidden, needed, type Out } from "../../checks.ts";
import { hasBackstep, relativePath } from "./paths.ts";
import type { PodParts } from "./pod-parts.ts";

const propagations = ["Bidirectional", "HostToContainer", "None"];
const recursions = ["Disabled", "Enabled", "IfPossible"];

export function checkMounts(out: Out, at: string, container: Container, parts: PodParts): void {
  const { volumeMounts } = container;
  if (volumeMounts === undefined) return;
  const devices = container.volumeDevices ?? [];
  const paths = new Set<string>();
  for (const [i, mount] of volumeMounts.entries()) {
    const { name, mountPath, subPath, subPathExpr } = mount;
    const here = `${at}[${i}]`;
    needed(out, `${here}.name`, name);
    if (!parts.volumes.has(name)) out.push(fieldNotFound(`${here}.name`, name));
    needed(out, `${here}.mountPath`, mountPath);
    if (paths.has(mountPath)) {
      out.push(invalidValue(`${here}.mountPath`, mountPath, "must be unique"));
    }
    paths.add(mountPath);
    checkAgainstDevices(out, here, mount, devices);
    if (subPath) relativePath(out, `${at}.subPath`, subPath);
    if (subPathExpr) {
      if (subPath) {
        const detail = "subPathExpr and subPath are mutually exclusive";
        out.push(invalidValue(`${here}.subPathExpr`, subPathExpr, detail));
      }
      relativePath(out, `${at}.subPathExpr`, subPathExpr);
    }
    checkPropagation(out, `${at}.mountPropagation`, mount, container);
    checkRecursion(out, `${at}.recursiveReadOnly`, mount);
  }
}

function checkAgainstDevices(
  out: Out,
  at: string,
  { name, mountPath }: VolumeMount,
  devices: readonly VolumeDevice[],
): void {
  if (devices.length === 0) return;
  if (devices.some((device) => device.name === name)) {
    out.push(invalidValue(`${at}.name`, name, "must not already exist in volumeDevices"));
  }
  if (devices.some(({ devicePath }) => devicePath === mountPath)) {
    const detail = "must not already exist as a path in volumeDevices";
    out.push(invalidValue(`${at}.mountPath`, mountPath, detail));
  }
}

function checkPropagation(
  out: Out,
  at: string,
  { mountPropagation }: VolumeMount,
  { securityContext }: Container,
): void {
  if (mountPropagation === undefined) return;
  if (!propagations.includes(mountPropagation)) {
    out.push(notSupported(at, mountPropagation, propagations));
  }
  if (mountPropagation === "Bidirectional" && !securityContext?.privileged) {
    const detail = "Bidirectional mount propagation is available only to privileged containers";
    forbidden(out, at, detail);
  }
}

function checkRecursion(out: Out, at: string, mount: VolumeMount): void {
  const { recursiveReadOnly, readOnly, mountPropagation } = mount;
  if (recursiveReadOnly === undefined || recursiveReadOnly === "Disabled") return;
  if (!recursions.includes(recursiveReadOnly)) {
    out.push(notSupported(at, recursiveReadOnly, recursions));
    return;
  }
  if (!readOnly) forbidden(out, at, "may only be specified when readOnly is true");
  if (mountPropagation !== undefined && mountPropagation !== "None") {
    const detail = "may only be specified when mountPropagation is None or not specified";
    forbidden(out, at, detail);
  }
}

export function checkDevices(out: Out, at: string, container: Container, parts: PodParts): void {
  const { volumeDevices, volumeMounts = [] } = container;
  if (volumeDevices === undefined) return;
  const names = new Set<string>();
  const paths = new Set<string>();
  for (const [i, { name, devicePath }] of volumeDevices.entries()) {
    const [nameAt, pathAt] = [`${at}[${i}].name`, `${at}[${i}].devicePath`];
    needed(out, nameAt, name);
    if (names.has(name)) out.push(invalidValue(nameAt, name, "must be unique"));
    checkIsBlock(out, nameAt, name, parts);
    needed(out, pathAt, devicePath);
    if (paths.has(devicePath)) out.push(invalidValue(pathAt, devicePath, "must be unique"));
    if (devicePath && hasBackstep(devicePath)) {
      out.push(invalidValue(pathAt, devicePath, "can not contain backsteps ('..')"));
    } else paths.add(devicePath);
    if (volumeMounts.some((mount) => mount.name === name)) {
      out.push(invalidValue(nameAt, name, "must not already exist in volumeMounts"));
    }
    if (volumeMounts.some(({ mountPath }) => mountPath === devicePath)) {
      const detail = "must not already exist as a path in volumeMounts";
      out.push(invalidValue(pathAt, devicePath, detail));
    }
    if (name) names.add(name);
  }
}

function checkIsBlock(out: Out, at: string, name: string, { volumes }: PodParts): void {
  const volume = volumes.get(name);
  if (volume === undefined) out.push(fieldNotFound(at, name));
  else if (!volume.persistentVolumeClaim && !volume.ephemeral) {
    const detail =
      "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
    out.push(invalidValue(at, name, detail));
  }
}

/** The same host port twice in one pod, by protocol and address. */
export function checkHostPorts(out: Out, at: string, containers: readonly Container[]): void {
  const taken = new Set<string>();
  for (const [i, { ports }] of containers.entries()) {
    for (const [j, { hostPort, hostIP, protocol }] of (ports ?? []).entries()) {
      if (!hostPort) continue;
      const key = `${protocol}/${hostIP ?? ""}/${hostPort}`;
      if (taken.has(key)) out.push(duplicate(`${at}[${i}].ports[${j}].hostPort`, key));
      taken.add(key);
    }
  }
}
