// The checks of level restricted: what hardened pods say and do not say.
import type { Volume } from "../../../schema/types/core-v1.ts";
import { isGoodSeccomp, seccompProfile } from "./baseline.ts";
import {
  type CheckPod,
  containersText,
  counted,
  hasOwnUsers,
  isWindows,
  type PodView,
  quoted,
  setters,
  sorted,
} from "./pod-view.ts";

const which = (pod: PodView, bad: (c: PodView["containers"][number]) => boolean): string[] =>
  pod.containers.filter(bad).map((c) => c.name);

/** Rules about what only Linux has. */
export const unlessWindows =
  (check: CheckPod): CheckPod =>
  (pod) =>
    isWindows(pod) ? undefined : check(pod);

export const unlessOwnUsers =
  (check: CheckPod): CheckPod =>
  (pod) =>
    hasOwnUsers(pod) ? undefined : check(pod);

export const allowPrivilegeEscalation: CheckPod = (pod) => {
  const names = which(pod, (c) => c.securityContext?.allowPrivilegeEscalation !== false);
  return names.length === 0
    ? undefined
    : {
        reason: "allowPrivilegeEscalation != false",
        detail: `${containersText(names)} must set securityContext.allowPrivilegeEscalation=false`,
      };
};

export const droppedCapabilities: CheckPod = (pod) => {
  const caps = (c: PodView["containers"][number]) => c.securityContext?.capabilities;
  const added = (c: PodView["containers"][number]): string[] =>
    (caps(c)?.add ?? []).filter((name) => name !== "NET_BIND_SERVICE");
  const keeping = which(pod, (c) => !(caps(c)?.drop ?? []).includes("ALL"));
  const adding = which(pod, (c) => added(c).length > 0);
  const details: string[] = [];
  if (keeping.length > 0) {
    details.push(`${containersText(keeping)} must set securityContext.capabilities.drop=["ALL"]`);
  }
  if (adding.length > 0) {
    const names = quoted(sorted(pod.containers.flatMap(added)));
    details.push(
      `${containersText(adding)} must not include ${names} in securityContext.capabilities.add`,
    );
  }
  return details.length === 0
    ? undefined
    : { reason: "unrestricted capabilities", detail: details.join("; ") };
};

const allowedVolumes = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
] as const satisfies readonly (keyof Volume)[];

const otherVolumes = [
  "hostPath",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "gitRepo",
  "nfs",
  "iscsi",
  "glusterfs",
  "rbd",
  "flexVolume",
  "cinder",
  "cephfs",
  "flocker",
  "fc",
  "azureFile",
  "vsphereVolume",
  "quobyte",
  "azureDisk",
  "photonPersistentDisk",
  "portworxVolume",
  "scaleIO",
  "storageos",
] as const satisfies readonly (keyof Volume)[];

export const restrictedVolumes: CheckPod = ({ spec }) => {
  const bad = (spec.volumes ?? []).filter((v) => !allowedVolumes.some((t) => v[t] !== undefined));
  if (bad.length === 0) return undefined;
  const types = sorted(bad.map((v) => otherVolumes.find((t) => v[t] !== undefined) ?? "unknown"));
  const volumes = `${counted(bad.length, "volume")} ${quoted(bad.map((v) => v.name))}`;
  const use = counted(bad.length, "uses", "use");
  return {
    reason: "restricted volume types",
    detail: `${volumes} ${use} ${counted(types.length, "restricted volume type")} ${quoted(types)}`,
  };
};

export const runAsNonRoot: CheckPod = (pod) => {
  const own = pod.spec.securityContext?.runAsNonRoot;
  const reason = "runAsNonRoot != true";
  const denying = which(pod, (c) => c.securityContext?.runAsNonRoot === false);
  const who = setters(own === false, denying);
  if (who !== "") {
    return { reason, detail: `${who} must not set securityContext.runAsNonRoot=false` };
  }
  if (own === true) return undefined;
  const silent = which(pod, (c) => c.securityContext?.runAsNonRoot === undefined);
  if (silent.length === 0) return undefined;
  return {
    reason,
    detail: `pod or ${containersText(silent)} must set securityContext.runAsNonRoot=true`,
  };
};

export const runAsUser: CheckPod = (pod) => {
  const names = which(pod, (c) => c.securityContext?.runAsUser === 0);
  const who = setters(pod.spec.securityContext?.runAsUser === 0, names);
  return who === ""
    ? undefined
    : { reason: "runAsUser=0", detail: `${who} must not set runAsUser=0` };
};

export const seccompRequired: CheckPod = (pod) => {
  const bad = seccompProfile(pod);
  if (bad !== undefined) return bad;
  const own = pod.spec.securityContext?.seccompProfile?.type;
  if (own !== undefined && isGoodSeccomp(own)) return undefined;
  const silent = which(pod, (c) => c.securityContext?.seccompProfile === undefined);
  if (silent.length === 0) return undefined;
  return {
    reason: "seccompProfile",
    detail: `pod or ${containersText(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
  };
};
