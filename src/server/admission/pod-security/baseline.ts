// The checks of level baseline: nothing that is known to lead out of the container.
import type { LifecycleHandler, Probe, SELinuxOptions } from "../../../schema/types/core-v1.ts";
import {
  type CheckPod,
  containersText,
  counted,
  hasOwnUsers,
  type PodView,
  quoted,
  setters,
  sorted,
} from "./pod-view.ts";

/** Names of the containers for which it holds. */
const which = (pod: PodView, bad: (c: PodView["containers"][number]) => boolean): string[] =>
  pod.containers.filter(bad).map((c) => c.name);

const allowedAppArmor = new Set(["RuntimeDefault", "Localhost"]);
const appArmorPrefix = "container.apparmor.security.beta.kubernetes.io/";

export const appArmorProfile: CheckPod = (pod) => {
  const bad = (type: string | undefined): boolean =>
    type !== undefined && !allowedAppArmor.has(type);
  const own = pod.spec.securityContext?.appArmorProfile?.type;
  const names = which(pod, (c) => bad(c.securityContext?.appArmorProfile?.type));
  const types = pod.containers.map((c) => c.securityContext?.appArmorProfile?.type);
  const values = sorted([own, ...types].filter((t) => t !== undefined && bad(t)) as string[]);
  const annotations = Object.entries(pod.annotations)
    .filter(([key, value]) => key.startsWith(appArmorPrefix) && !allowedAnnotation(value))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort();
  const who = setters(bad(own), names);
  const note = counted(annotations.length, "annotation");
  const all = [...(who === "" ? [] : [who]), ...(annotations.length > 0 ? [note] : [])];
  if (all.length === 0) return undefined;
  const list = [...values, ...annotations];
  return {
    reason: counted(list.length, "forbidden AppArmor profile"),
    detail: `${all.join(" and ")} must not set AppArmor profile type to ${quoted(list)}`,
  };
};

const allowedAnnotation = (value: string): boolean =>
  value === "" || value === "runtime/default" || value.startsWith("localhost/");

const defaultCapabilities = new Set([
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
]);

export const capabilities: CheckPod = (pod) => {
  const extra = (c: PodView["containers"][number]): string[] =>
    (c.securityContext?.capabilities?.add ?? []).filter((name) => !defaultCapabilities.has(name));
  const names = which(pod, (c) => extra(c).length > 0);
  if (names.length === 0) return undefined;
  const added = quoted(sorted(pod.containers.flatMap(extra)));
  return {
    reason: "non-default capabilities",
    detail: `${containersText(names)} must not include ${added} in securityContext.capabilities.add`,
  };
};

export const hostNamespaces: CheckPod = ({ spec }) => {
  const shared = (["hostNetwork", "hostPID", "hostIPC"] as const).filter((k) => spec[k] === true);
  return shared.length === 0
    ? undefined
    : { reason: "host namespaces", detail: shared.map((k) => `${k}=true`).join(", ") };
};

export const hostPathVolumes: CheckPod = ({ spec }) => {
  const names = (spec.volumes ?? []).filter((v) => v.hostPath !== undefined).map((v) => v.name);
  if (names.length === 0) return undefined;
  return {
    reason: "hostPath volumes",
    detail: `${counted(names.length, "volume")} ${quoted(names)}`,
  };
};

export const hostPorts: CheckPod = (pod) => {
  const own = (c: PodView["containers"][number]): number[] =>
    (c.ports ?? []).map((p) => p.hostPort ?? 0).filter((p) => p !== 0);
  const names = which(pod, (c) => own(c).length > 0);
  if (names.length === 0) return undefined;
  const ports = sorted(pod.containers.flatMap(own).map(String));
  const use = counted(names.length, "uses", "use");
  return {
    reason: "hostPort",
    detail: `${containersText(names)} ${use} ${counted(ports.length, "hostPort")} ${ports.join(", ")}`,
  };
};

/** A probe that goes elsewhere makes the node knock at doors that the pod cannot reach. */
export const hostProbes: CheckPod = (pod) => {
  const hosts = (handler: Probe | LifecycleHandler | undefined): string[] =>
    [handler?.httpGet?.host, handler?.tcpSocket?.host].filter(
      (h) => h !== undefined && h !== "",
    ) as string[];
  const own = (c: PodView["containers"][number]): string[] =>
    [
      c.livenessProbe,
      c.readinessProbe,
      c.startupProbe,
      c.lifecycle?.postStart,
      c.lifecycle?.preStop,
    ].flatMap(hosts);
  const names = sorted(which(pod, (c) => own(c).length > 0));
  if (names.length === 0) return undefined;
  const all = sorted(pod.containers.flatMap(own));
  const use = counted(names.length, "uses", "use");
  return {
    reason: "probe or lifecycle host",
    detail: `${containersText(names)} ${use} ${counted(all.length, "probe or lifecycle host")} ${quoted(all)}`,
  };
};

export const privileged: CheckPod = (pod) => {
  const names = which(pod, (c) => c.securityContext?.privileged === true);
  return names.length === 0
    ? undefined
    : {
        reason: "privileged",
        detail: `${containersText(names)} must not set securityContext.privileged=true`,
      };
};

export const procMount: CheckPod = (pod) => {
  const own = (c: PodView["containers"][number]): string | undefined => {
    const type = c.securityContext?.procMount;
    return type === "Default" ? undefined : type;
  };
  const names = which(pod, (c) => own(c) !== undefined);
  if (names.length === 0) return undefined;
  const types = sorted(pod.containers.map(own).filter((t) => t !== undefined));
  return {
    reason: "procMount",
    detail: `${containersText(names)} must not set securityContext.procMount to ${quoted(types)}`,
  };
};

export const procMountOrOwnUsers: CheckPod = (pod) =>
  hasOwnUsers(pod) ? undefined : procMount(pod);

const selinuxTypes = ["", "container_t", "container_init_t", "container_kvm_t"];

export const seLinuxOptions = (...moreTypes: string[]): CheckPod => {
  const allowed = new Set([...selinuxTypes, ...moreTypes]);
  const bad = ({ type = "", user = "", role = "" }: SELinuxOptions): boolean =>
    !allowed.has(type) || user !== "" || role !== "";
  return (pod) => {
    const own = pod.spec.securityContext?.seLinuxOptions;
    const options = pod.containers.map((c) => c.securityContext?.seLinuxOptions);
    const all = [own, ...options].filter((o) => o !== undefined);
    const names = which(pod, (c) => {
      const found = c.securityContext?.seLinuxOptions;
      return found !== undefined && bad(found);
    });
    const who = setters(own !== undefined && bad(own), names);
    if (who === "") return undefined;
    const types = sorted(all.map((o) => o.type ?? "").filter((t) => !allowed.has(t)));
    const data = [
      ...(types.length > 0 ? [`${counted(types.length, "type")} ${quoted(types)}`] : []),
      ...(all.some((o) => o.user) ? ["user may not be set"] : []),
      ...(all.some((o) => o.role) ? ["role may not be set"] : []),
    ];
    return {
      reason: "seLinuxOptions",
      detail: `${who} set forbidden securityContext.seLinuxOptions: ${data.join("; ")}`,
    };
  };
};

const podSeccomp = "seccomp.security.alpha.kubernetes.io/pod";
const containerSeccomp = "container.seccomp.security.alpha.kubernetes.io/";

/** Before the field there were annotations. */
export const seccompAnnotations: CheckPod = ({ annotations, containers }) => {
  const bad = (value: string): boolean =>
    value !== "runtime/default" && value !== "docker/default" && !value.startsWith("localhost/");
  const keys = [podSeccomp, ...containers.map((c) => containerSeccomp + c.name)];
  const forbidden = sorted(
    keys
      .filter((key) => annotations[key] !== undefined && bad(annotations[key]))
      .map((key) => `${key}=${JSON.stringify(annotations[key])}`),
  );
  if (forbidden.length === 0) return undefined;
  const what = counted(forbidden.length, "annotation");
  return { reason: "seccompProfile", detail: `forbidden ${what} ${forbidden.join(", ")}` };
};

export const isGoodSeccomp = (type: string): boolean =>
  type === "Localhost" || type === "RuntimeDefault";

export const seccompProfile: CheckPod = (pod) => {
  const bad = (type: string | undefined): boolean => type !== undefined && !isGoodSeccomp(type);
  const own = pod.spec.securityContext?.seccompProfile?.type;
  const names = which(pod, (c) => bad(c.securityContext?.seccompProfile?.type));
  const who = setters(bad(own), names);
  if (who === "") return undefined;
  const types = [own, ...pod.containers.map((c) => c.securityContext?.seccompProfile?.type)];
  const values = sorted(types.filter((t) => bad(t)) as string[]);
  return {
    reason: "seccompProfile",
    detail: `${who} must not set securityContext.seccompProfile.type to ${quoted(values)}`,
  };
};

const safeSysctls = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_unprivileged_port_start",
];

export const sysctls = (...moreNames: string[]): CheckPod => {
  const allowed = new Set([...safeSysctls, ...moreNames]);
  return ({ spec }) => {
    const names = (spec.securityContext?.sysctls ?? [])
      .map((s) => s.name)
      .filter((name) => !allowed.has(name));
    return names.length === 0
      ? undefined
      : { reason: "forbidden sysctls", detail: names.join(", ") };
  };
};

export const windowsHostProcess: CheckPod = (pod) => {
  const own = pod.spec.securityContext?.windowsOptions?.hostProcess === true;
  const names = which(pod, (c) => c.securityContext?.windowsOptions?.hostProcess === true);
  const who = setters(own, names);
  return who === ""
    ? undefined
    : {
        reason: "hostProcess",
        detail: `${who} must not set securityContext.windowsOptions.hostProcess=true`,
      };
};
