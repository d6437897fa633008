// Who a container runs as and what it may do, as CRI takes it. Pure; rules are upstream's.
import type {
  Container,
  Pod,
  PodSecurityContext,
  SeccompProfile,
  SecurityContext,
} from "../../schema/types/core-v1.ts";
import { podText } from "../pod/labels.ts";
import type { ContainerSecurityContext, NamespaceOption, SecurityProfile } from "../runtime.ts";
import { ConfigError } from "./fields.ts";

/** User of the image's config. */
export type ImageUser = { readonly uid?: number; readonly username: string };

const maskedPaths = [
  "/proc/asound",
  "/proc/acpi",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/sys/firmware",
  "/sys/devices/virtual/powercap",
];
const readonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

export type SecurityInput = {
  readonly pod: Pod;
  readonly container: Container;
  readonly imageUser: ImageUser;
  /** Container whose processes an ephemeral container sees. */
  readonly targetId?: string;
  readonly seccompRoot: string;
  readonly hasAppArmor: boolean;
};

/** Throws a ConfigError where the image's user breaks `runAsNonRoot`. */
export function containerSecurity(input: SecurityInput): ContainerSecurityContext {
  const { pod, container, imageUser } = input;
  const podContext = pod.spec.securityContext ?? {};
  const own = effective(podContext, container.securityContext);
  checkNonRoot(pod, container, own, imageUser);
  const privileged = own.privileged === true;
  const { runAsUser, runAsGroup, capabilities } = own;
  return {
    ...(capabilities
      ? {
          capabilities: {
            addCapabilities: capabilities.add ?? [],
            dropCapabilities: capabilities.drop ?? [],
          },
        }
      : {}),
    privileged,
    ...(runAsUser === undefined ? userOf(imageUser) : { runAsUser: { value: runAsUser } }),
    ...(runAsGroup === undefined ? {} : { runAsGroup: { value: runAsGroup } }),
    readonlyRootfs: own.readOnlyRootFilesystem === true,
    namespaceOptions: namespaces(pod, input.targetId),
    ...groups(podContext),
    noNewPrivs: own.allowPrivilegeEscalation === false,
    maskedPaths: own.procMount === "Unmasked" || privileged ? [] : maskedPaths,
    readonlyPaths: own.procMount === "Unmasked" || privileged ? [] : readonlyPaths,
    seccomp: privileged
      ? { profileType: "Unconfined" }
      : seccompOf(own.seccompProfile, input.seccompRoot),
    ...appArmorOf(own, input.hasAppArmor),
  };
}

const userOf = (user: ImageUser) =>
  user.uid === undefined ? { runAsUsername: user.username } : { runAsUser: { value: user.uid } };

/** The container's settings before the pod's. */
function effective(pod: PodSecurityContext, own: SecurityContext | undefined): SecurityContext {
  const { runAsUser, runAsGroup, runAsNonRoot, seccompProfile, appArmorProfile } = pod;
  const inherited = { runAsUser, runAsGroup, runAsNonRoot, seccompProfile, appArmorProfile };
  const set = Object.entries({ ...own }).filter(([, value]) => value !== undefined);
  return { ...inherited, ...Object.fromEntries(set) };
}

function checkNonRoot(pod: Pod, container: Container, own: SecurityContext, user: ImageUser): void {
  if (own.runAsNonRoot !== true) return;
  const where = `(pod: "${podText(pod)}", container: ${container.name})`;
  if (own.runAsUser !== undefined) {
    if (own.runAsUser !== 0) return;
    throw new ConfigError(`container's runAsUser breaks non-root policy ${where}`);
  }
  if (user.uid === undefined && user.username !== "") {
    throw new ConfigError(
      `container has runAsNonRoot and image has non-numeric user (${user.username}), cannot verify user is non-root ${where}`,
    );
  }
  if (user.uid === undefined || user.uid === 0) {
    throw new ConfigError(`container has runAsNonRoot and image will run as root ${where}`);
  }
}

export function namespaces(pod: Pod, targetId?: string): NamespaceOption {
  const { hostNetwork, hostIPC, hostPID, shareProcessNamespace } = pod.spec;
  const pid = hostPID ? "NODE" : shareProcessNamespace ? "POD" : "CONTAINER";
  return {
    network: hostNetwork ? "NODE" : "POD",
    ipc: hostIPC ? "NODE" : "POD",
    ...(targetId === undefined ? { pid } : { pid: "TARGET", targetId }),
  };
}

export function groups(context: PodSecurityContext): {
  supplementalGroups: number[];
  supplementalGroupsPolicy?: "Merge" | "Strict";
} {
  const { fsGroup, supplementalGroups = [], supplementalGroupsPolicy } = context;
  return {
    supplementalGroups: [...(fsGroup === undefined ? [] : [fsGroup]), ...supplementalGroups],
    ...(supplementalGroupsPolicy === "Strict" ? { supplementalGroupsPolicy: "Strict" } : {}),
  };
}

function appArmorOf(
  { appArmorProfile: profile }: SecurityContext,
  isEnforced: boolean,
): { apparmor?: SecurityProfile } {
  if (!profile || (profile.type === "Unconfined" && !isEnforced)) return {};
  if (!isEnforced) {
    throw new ConfigError(
      "Cannot enforce AppArmor: AppArmor is not enabled on the host",
      "CreateContainerError",
    );
  }
  const localhost = profile.type === "Localhost";
  return {
    apparmor: {
      profileType: profile.type as SecurityProfile["profileType"],
      ...(localhost ? { localhostRef: profile.localhostProfile ?? "" } : {}),
    },
  };
}

function seccompOf(profile: SeccompProfile | undefined, root: string): SecurityProfile {
  switch (profile?.type) {
    case "RuntimeDefault":
      return { profileType: "RuntimeDefault" };
    case "Localhost":
      return { profileType: "Localhost", localhostRef: `${root}/${profile.localhostProfile}` };
    default:
      return { profileType: "Unconfined" };
  }
}
