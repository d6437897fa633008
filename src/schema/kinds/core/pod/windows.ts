// What only pods on Windows may set, and what they may not.
import { fieldForbidden, invalidValue } from "../../../field-error.ts";
import { checkDnsSubdomain } from "../../../names.ts";
import type {
  PodSpec,
  SecurityContext,
  WindowsSecurityContextOptions,
} from "../../../types/core-v1.ts";
import { type Out, refuse } from "../../checks.ts";

const credentialKiBMax = 64;
const domainLengthMax = 256;
const userLengthMax = 104;
const netBios = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const dnsDomain =
  /^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)*$/;

export function checkWindowsOptions(
  out: Out,
  at: string,
  options: WindowsSecurityContextOptions | undefined,
): void {
  if (options === undefined) return;
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: spec, runAsUserName } = options;
  if (name !== undefined)
    refuse(out, `${at}.gmsaCredentialSpecName`, name, checkDnsSubdomain(name));
  if (spec === "") {
    const detail = "gmsaCredentialSpec cannot be an empty string";
    out.push(invalidValue(`${at}.gmsaCredentialSpec`, spec, detail));
  } else if (spec !== undefined && spec.length > credentialKiBMax * 1024) {
    const detail = `gmsaCredentialSpec size must be under ${credentialKiBMax} KiB`;
    out.push(invalidValue(`${at}.gmsaCredentialSpec`, spec, detail));
  }
  if (runAsUserName === undefined) return;
  refuse(
    out,
    `${at}.runAsUserName`,
    runAsUserName,
    userNameProblems(runAsUserName).map((problem) => `runAsUserName${problem}`),
  );
}

function userNameProblems(name: string): string[] {
  if (name === "") return [" cannot be an empty string"];
  if (/[\x00-\x1f\x7f]/.test(name)) return [" cannot contain control characters"];
  const parts = name.split("\\");
  if (parts.length > 2) return [" cannot contain more than one backslash"];
  const user = parts.at(-1)!;
  const domain = parts.length === 2 ? parts[0]! : undefined;
  const problems: string[] = [];
  if ((domain ?? "").length >= domainLengthMax) {
    problems.push(`'s Domain length must be under ${domainLengthMax} characters`);
  }
  if (domain !== undefined && !netBios.test(domain) && !dnsDomain.test(domain)) {
    problems.push("'s Domain doesn't match the NetBios nor the DNS format");
  }
  if (user === "") problems.push("'s User cannot be empty");
  else if (user.length > userLengthMax) {
    problems.push(`'s User length must not be longer than ${userLengthMax} characters`);
  }
  if (/^[. ]+$/.test(user)) problems.push("'s User cannot contain only periods or spaces");
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) {
    problems.push(`'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]`);
  }
  return problems;
}

type ContainerVisit = (at: string, context: SecurityContext | undefined) => void;

function visitContainers(at: string, spec: PodSpec, visit: ContainerVisit): void {
  for (const list of ["initContainers", "containers", "ephemeralContainers"] as const) {
    for (const [i, { securityContext }] of (spec[list] ?? []).entries()) {
      visit(`${at}.${list}[${i}]`, securityContext);
    }
  }
}

/** A host process is one for all containers or for none, and in the network of the machine. */
export function checkHostProcess(out: Out, at: string, spec: PodSpec): void {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  let all = 0;
  let hosted = 0;
  visitContainers(at, spec, (containerAt, context) => {
    const own = context?.windowsOptions?.hostProcess;
    all++;
    if (ofPod !== undefined && own !== undefined && own !== ofPod) {
      const detail = `pod hostProcess value must be identical if both are specified, was ${ofPod}`;
      const field = `${containerAt}.securityContext.windowsOptions.hostProcess`;
      out.push(invalidValue(field, own, detail));
    }
    if (own ?? ofPod) hosted++;
  });
  if (hosted === 0) return;
  if (hosted !== all) {
    const detail =
      "If pod contains any hostProcess containers then all containers must be HostProcess containers";
    out.push(invalidValue(at, "", detail));
  }
  if (!spec.hostNetwork) {
    const detail = "hostNetwork must be true if pod contains any hostProcess containers";
    out.push(invalidValue(`${at}.hostNetwork`, false, detail));
  }
}

export function checkIsForLinux(out: Out, at: string, spec: PodSpec): void {
  const detail = "windows options cannot be set for a linux pod";
  const refuseIn = (field: string, options: WindowsSecurityContextOptions | undefined) => {
    if (options) out.push(fieldForbidden(`${field}.securityContext.windowsOptions`, detail));
  };
  refuseIn(at, spec.securityContext?.windowsOptions);
  visitContainers(at, spec, (field, context) => refuseIn(field, context?.windowsOptions));
}

const notInPodContext = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "fsGroup",
  "fsGroupChangePolicy",
  "sysctls",
  "runAsUser",
  "runAsGroup",
  "supplementalGroups",
  "supplementalGroupsPolicy",
  "seLinuxChangePolicy",
] as const;

const notInContainerContext = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "capabilities",
  "readOnlyRootFilesystem",
  "privileged",
  "allowPrivilegeEscalation",
  "procMount",
  "runAsUser",
  "runAsGroup",
] as const;

export function checkIsForWindows(out: Out, at: string, spec: PodSpec): void {
  const refuseIn = (field: string) =>
    out.push(fieldForbidden(field, "cannot be set for a windows pod"));
  for (const name of notInPodContext) {
    if (spec.securityContext?.[name] !== undefined) refuseIn(`${at}.securityContext.${name}`);
  }
  if (spec.hostUsers !== undefined) refuseIn(`${at}.hostUsers`);
  if (spec.hostPID) refuseIn(`${at}.hostPID`);
  if (spec.hostIPC) refuseIn(`${at}.hostIPC`);
  if (spec.shareProcessNamespace !== undefined) refuseIn(`${at}.shareProcessNamespace`);
  visitContainers(at, spec, (field, context) => {
    for (const name of notInContainerContext) {
      if (context?.[name] !== undefined) refuseIn(`${field}.securityContext.${name}`);
    }
  });
}
