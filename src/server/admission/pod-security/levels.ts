// Which checks a level of a version has. A check may change with a version; the one of the newest version that is not
// above the wanted one holds.
import * as baseline from "./baseline.ts";
import type { CheckPod, PodView, Violation } from "./pod-view.ts";
import * as restricted from "./restricted.ts";

export type Level = "privileged" | "baseline" | "restricted";

/** A level as of a release: the minor number of 1.x, or the newest. */
export type LevelVersion = { readonly level: Level; readonly version: number | "latest" };

export const levelText = ({ level, version }: LevelVersion): string =>
  `${level}:${version === "latest" ? version : `v1.${version}`}`;

/** Every rule that the pod breaks, in upstream's order. */
export function violations({ level, version }: LevelVersion, pod: PodView): Violation[] {
  if (level === "privileged") return [];
  const minor = version === "latest" ? Number.POSITIVE_INFINITY : version;
  const found: Violation[] = [];
  for (const check of checks) {
    if (check.level === "restricted" && level === "baseline") continue;
    if (level === "restricted" && isReplaced(check, minor)) continue;
    const current = currentOf(check, minor);
    const violation = current?.(pod);
    if (violation !== undefined) found.push(violation);
  }
  return found;
}

type Check = {
  readonly id: string;
  readonly level: Level;
  /** From which minor version on, oldest first. */
  readonly since: readonly (readonly [minor: number, check: CheckPod])[];
  /** A baseline check that says less than this one. */
  readonly replaces?: string;
};

function currentOf({ since }: Check, minor: number): CheckPod | undefined {
  return since.findLast(([from]) => from <= minor)?.[1];
}

const isReplaced = ({ id }: Check, minor: number): boolean =>
  checks.some((other) => other.replaces === id && currentOf(other, minor) !== undefined);

const keepAlive = [
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
];
const buffers = [...keepAlive, "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"];
const pacing = ["net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_notsent_lowat"];

const { unlessOwnUsers, unlessWindows } = restricted;

/** Baseline before restricted, each by its upstream name: the order in which violations are told. */
const checks: readonly Check[] = [
  { id: "appArmorProfile", level: "baseline", since: [[0, baseline.appArmorProfile]] },
  { id: "capabilities_baseline", level: "baseline", since: [[0, baseline.capabilities]] },
  { id: "hostNamespaces", level: "baseline", since: [[0, baseline.hostNamespaces]] },
  { id: "hostPathVolumes", level: "baseline", since: [[0, baseline.hostPathVolumes]] },
  { id: "hostPorts", level: "baseline", since: [[0, baseline.hostPorts]] },
  { id: "hostProbesAndHostLifecycle", level: "baseline", since: [[34, baseline.hostProbes]] },
  { id: "privileged", level: "baseline", since: [[0, baseline.privileged]] },
  {
    id: "procMount",
    level: "baseline",
    since: [
      [0, baseline.procMount],
      [35, baseline.procMountOrOwnUsers],
    ],
  },
  {
    id: "seLinuxOptions",
    level: "baseline",
    since: [
      [0, baseline.seLinuxOptions()],
      [31, baseline.seLinuxOptions("container_engine_t")],
    ],
  },
  {
    id: "seccompProfile_baseline",
    level: "baseline",
    since: [
      [0, baseline.seccompAnnotations],
      [19, baseline.seccompProfile],
    ],
  },
  {
    id: "sysctls",
    level: "baseline",
    since: [
      [0, baseline.sysctls()],
      [27, baseline.sysctls("net.ipv4.ip_local_reserved_ports")],
      [29, baseline.sysctls(...keepAlive)],
      [32, baseline.sysctls(...buffers)],
      [37, baseline.sysctls(...buffers, ...pacing)],
    ],
  },
  { id: "windowsHostProcess", level: "baseline", since: [[0, baseline.windowsHostProcess]] },
  {
    id: "allowPrivilegeEscalation",
    level: "restricted",
    since: [
      [8, restricted.allowPrivilegeEscalation],
      [25, unlessWindows(restricted.allowPrivilegeEscalation)],
    ],
  },
  {
    id: "capabilities_restricted",
    level: "restricted",
    replaces: "capabilities_baseline",
    since: [
      [22, restricted.droppedCapabilities],
      [25, unlessWindows(restricted.droppedCapabilities)],
    ],
  },
  {
    id: "procMount_restricted",
    level: "restricted",
    replaces: "procMount",
    since: [[35, baseline.procMount]],
  },
  {
    id: "restrictedVolumes",
    level: "restricted",
    replaces: "hostPathVolumes",
    since: [[0, restricted.restrictedVolumes]],
  },
  {
    id: "runAsNonRoot",
    level: "restricted",
    since: [
      [0, restricted.runAsNonRoot],
      [35, unlessOwnUsers(restricted.runAsNonRoot)],
    ],
  },
  {
    id: "runAsUser",
    level: "restricted",
    since: [
      [23, restricted.runAsUser],
      [35, unlessOwnUsers(restricted.runAsUser)],
    ],
  },
  {
    id: "seccompProfile_restricted",
    level: "restricted",
    replaces: "seccompProfile_baseline",
    since: [
      [19, restricted.seccompRequired],
      [25, unlessWindows(restricted.seccompRequired)],
    ],
  },
];
