// Security settings of pods and containers.
import {
  duplicate,
  fieldForbidden,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from "../../../field-error.ts";
import type {
  AppArmorProfile,
  PodSecurityContext,
  PodSpec,
  SeccompProfile,
  SecurityContext,
  Sysctl,
} from "../../../types/core-v1.ts";
import { type Out, supportedOnly, userId } from "../../checks.ts";
import { relativePath } from "./paths.ts";
import { checkWindowsOptions } from "./windows.ts";

const procMounts = ["Default", "Unmasked"];
const profileTypes = ["Localhost", "RuntimeDefault", "Unconfined"];
const groupChangePolicies = ["Always", "OnRootMismatch"];
const groupPolicies = ["Merge", "Strict"];
const seLinuxPolicies = ["MountOption", "Recursive"];

/** `hostUsers`: the pod's users are those of the machine. */
export function checkSecurityContext(
  out: Out,
  at: string,
  context: SecurityContext | undefined,
  hostUsers: boolean,
): void {
  if (context === undefined) return;
  const { procMount, privileged, capabilities } = context;
  userId(out, `${at}.runAsUser`, context.runAsUser);
  userId(out, `${at}.runAsGroup`, context.runAsGroup);
  if (procMount !== undefined) {
    supportedOnly(out, `${at}.procMount`, procMount, procMounts);
    if (hostUsers && procMount === "Unmasked") {
      const detail = "`hostUsers` must be false to use `Unmasked`";
      out.push(invalidValue(`${at}.procMount`, procMount, detail));
    }
  }
  checkSeccomp(out, `${at}.seccompProfile`, context.seccompProfile);
  if (context.allowPrivilegeEscalation === false) {
    const clash = (what: string) =>
      out.push(
        invalidValue(at, context, `cannot set \`allowPrivilegeEscalation\` to false and ${what}`),
      );
    if (privileged) clash("`privileged` to true");
    for (const capability of capabilities?.add ?? []) {
      if (capability === "CAP_SYS_ADMIN") clash("`capabilities.Add` CAP_SYS_ADMIN");
    }
  }
  checkWindowsOptions(out, `${at}.windowsOptions`, context.windowsOptions);
  checkAppArmor(out, `${at}.appArmorProfile`, context.appArmorProfile);
}

export function checkPodSecurityContext(
  out: Out,
  at: string,
  context: PodSecurityContext | undefined,
  spec: PodSpec,
): void {
  if (context === undefined) return;
  userId(out, `${at}.fsGroup`, context.fsGroup);
  userId(out, `${at}.runAsUser`, context.runAsUser);
  userId(out, `${at}.runAsGroup`, context.runAsGroup);
  for (const [i, id] of (context.supplementalGroups ?? []).entries()) {
    userId(out, `${at}.supplementalGroups[${i}]`, id);
  }
  if (context.sysctls) checkSysctls(out, `${at}.sysctls`, context.sysctls, spec);
  const { fsGroupChangePolicy, supplementalGroupsPolicy, seLinuxChangePolicy } = context;
  if (fsGroupChangePolicy !== undefined) {
    supportedOnly(out, `${at}.fsGroupChangePolicy`, fsGroupChangePolicy, groupChangePolicies);
  }
  checkSeccomp(out, `${at}.seccompProfile`, context.seccompProfile);
  checkWindowsOptions(out, `${at}.windowsOptions`, context.windowsOptions);
  checkAppArmor(out, `${at}.appArmorProfile`, context.appArmorProfile);
  if (supplementalGroupsPolicy !== undefined) {
    supportedOnly(out, `${at}.supplementalGroupsPolicy`, supplementalGroupsPolicy, groupPolicies);
  }
  if (seLinuxChangePolicy !== undefined) {
    supportedOnly(out, `${at}.seLinuxChangePolicy`, seLinuxChangePolicy, seLinuxPolicies);
  }
}

function checkSeccomp(out: Out, at: string, profile: SeccompProfile | undefined): void {
  if (profile === undefined) return;
  const { type, localhostProfile } = profile;
  if (!type) out.push(required(`${at}.type`, "type is required when seccompProfile is set"));
  else if (!profileTypes.includes(type)) out.push(notSupported(`${at}.type`, type, profileTypes));
  const field = `${at}.localhostProfile`;
  if (type !== "Localhost") {
    if (localhostProfile === undefined) return;
    out.push(invalidValue(field, profile, "can only be set when seccomp type is Localhost"));
  } else if (localhostProfile === undefined) {
    out.push(required(field, "must be set when seccomp type is Localhost"));
  } else relativePath(out, field, localhostProfile);
}

const pathBytesMax = 4095;

function checkAppArmor(out: Out, at: string, profile: AppArmorProfile | undefined): void {
  if (profile === undefined) return;
  const { type, localhostProfile } = profile;
  const field = `${at}.localhostProfile`;
  if (!type) out.push(required(`${at}.type`, "type is required when appArmorProfile is set"));
  else if (!profileTypes.includes(type)) out.push(notSupported(`${at}.type`, type, profileTypes));
  else if (type !== "Localhost") {
    if (localhostProfile === undefined) return;
    const detail = "can only be set when AppArmor type is Localhost";
    out.push(invalidValue(field, localhostProfile, detail));
  } else {
    const name = localhostProfile ?? "";
    if (name.trim() !== name) {
      out.push(invalidValue(field, name, "must not be padded with whitespace"));
    } else if (name === "") {
      out.push(required(field, "must be set when AppArmor type is Localhost"));
    }
    if (name.length > pathBytesMax) out.push(tooLong(field, pathBytesMax));
  }
}

const sysctlPattern = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;
const sysctlText = "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
const sysctlLengthMax = 253;

function checkSysctls(out: Out, at: string, sysctls: readonly Sysctl[], spec: PodSpec): void {
  const names = new Set<string>();
  for (const [i, { name }] of sysctls.entries()) {
    const field = `${at}[${i}].name`;
    if (!name) out.push(required(field));
    else if (name.length > sysctlLengthMax || !sysctlPattern.test(name)) {
      const detail = `must have at most ${sysctlLengthMax} characters and match regex ${sysctlText}`;
      out.push(invalidValue(field, name, detail));
    } else if (names.has(name)) out.push(duplicate(field, name));
    const space = namespaceOf(name ?? "");
    if (spec.hostNetwork && space === "net") {
      out.push(invalidValue(field, name, "may not be specified when 'hostNetwork' is true"));
    } else if (spec.hostIPC && space === "ipc") {
      out.push(invalidValue(field, name, "may not be specified when 'hostIPC' is true"));
    }
    names.add(name);
  }
}

/** `net/ipv4/a.b` and `net.ipv4.a/b` are the same: what stands first decides which sign divides. */
function namespaceOf(name: string): "net" | "ipc" | "" {
  const sign = /[./]/.exec(name)?.[0];
  const dotted =
    sign === "/" ? name.replace(/[./]/g, (found) => (found === "/" ? "." : "/")) : name;
  if (dotted.startsWith("net.")) return "net";
  return ipcNames.has(dotted) || dotted.startsWith("fs.mqueue.") ? "ipc" : "";
}

const ipcNames: ReadonlySet<string> = new Set(
  "sem shm shmall shmmax shmmni shm_rmid_forced msg msgmax msgmnb msgmni"
    .split(" ")
    .map((name) => `kernel.${name}`),
);

export function checkShareProcessNamespace(out: Out, at: string, spec: PodSpec): void {
  if (!spec.shareProcessNamespace || !spec.hostPID) return;
  const detail = "ShareProcessNamespace and HostPID cannot both be enabled";
  out.push(invalidValue(`${at}.shareProcessNamespace`, true, detail));
}

/** Users of their own leave no room for namespaces of the machine. */
export function checkHostUsers(out: Out, at: string, spec: PodSpec): void {
  if (spec.hostUsers !== false) return;
  const clash = (field: string) =>
    out.push(fieldForbidden(`${at}.${field}`, "when `hostUsers` is false"));
  if (spec.hostNetwork) clash("hostNetwork");
  if (spec.hostPID) clash("HostPID");
  if (spec.hostIPC) clash("HostIPC");
  for (const list of ["initContainers", "containers", "ephemeralContainers"] as const) {
    for (const [i, { volumeDevices }] of (spec[list] ?? []).entries()) {
      if (volumeDevices?.length) clash(`${list}[${i}].volumeDevices`);
    }
  }
}
