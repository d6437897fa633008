// The order in which groups and versions are offered: clients take the first that serves what they look for.
import type { Kind } from "../schema/kind.ts";

/** A group with its versions, most wanted first, and their kinds by plural. */
export type ServedGroup = {
  readonly name: string;
  readonly versions: readonly { readonly version: string; readonly kinds: readonly Kind[] }[];
};

export function servedGroups(kinds: readonly Kind[]): ServedGroup[] {
  const groups = new Map<string, Map<string, Kind[]>>();
  for (const kind of kinds) {
    const { group, version } = kind.resource;
    const versions = getOrMake(groups, group, () => new Map<string, Kind[]>());
    getOrMake(versions, version, (): Kind[] => []).push(kind);
  }
  return [...groups]
    .sort(([a], [b]) => groupPriority(b) - groupPriority(a) || (a < b ? -1 : 1))
    .map(([name, versions]) => ({
      name,
      versions: [...versions]
        .sort(([a], [b]) => versionPriority(name, b) - versionPriority(name, a) || newer(a, b))
        .map(([version, list]) => ({
          version,
          kinds: list.sort((a, b) => (a.resource.plural < b.resource.plural ? -1 : 1)),
        })),
    }));
}

export const isBuiltIn = (group: string): boolean => Object.hasOwn(groupPriorities, group);

/** `groupPriorityMinimum` of the group's APIServices; custom resources have the lowest. */
export const groupPriority = (group: string): number =>
  isBuiltIn(group) ? groupPriorities[group]! : customGroupPriority;

/** `versionPriority` of the APIService of one version. */
export function versionPriority(group: string, version: string): number {
  if (!isBuiltIn(group)) return customVersionPriority;
  return versionPriorities[`${group}/${version}`] ?? defaultVersionPriority(version);
}

/** Kubernetes' order of versions, the newest stable one first: v10, v2, v1, v1beta2, v1alpha1, then other words. */
export function newer(a: string, b: string): number {
  const left = parsed(a);
  const right = parsed(b);
  if (left === undefined || right === undefined) {
    return left === right ? (a < b ? -1 : 1) : left === undefined ? 1 : -1;
  }
  return right.stage - left.stage || right.major - left.major || right.minor - left.minor;
}

function parsed(version: string): { major: number; stage: number; minor: number } | undefined {
  const match = /^v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?$/.exec(version);
  if (match === null) return undefined;
  const stage = match[2] === undefined ? 2 : match[2] === "beta" ? 1 : 0;
  return { major: Number(match[1]), stage, minor: Number(match[3] ?? 0) };
}

function getOrMake<V>(map: Map<string, V>, key: string, make: () => V): V {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}

const groupPriorities: Readonly<Record<string, number>> = {
  "": 18000,
  "apiregistration.k8s.io": 18000,
  apps: 17800,
  "events.k8s.io": 17750,
  "authentication.k8s.io": 17700,
  "authorization.k8s.io": 17600,
  autoscaling: 17500,
  batch: 17400,
  "certificates.k8s.io": 17300,
  "networking.k8s.io": 17200,
  policy: 17100,
  "rbac.authorization.k8s.io": 17000,
  "storage.k8s.io": 16800,
  "admissionregistration.k8s.io": 16700,
  "apiextensions.k8s.io": 16700,
  "scheduling.k8s.io": 16600,
  "coordination.k8s.io": 16500,
  "node.k8s.io": 16300,
  "discovery.k8s.io": 16200,
  "resource.k8s.io": 16200,
  "flowcontrol.apiserver.k8s.io": 16100,
  "internal.apiserver.k8s.io": 16000,
  "storagemigration.k8s.io": 15800,
};

/** Where they are not the usual 15, 12 and 9 of stable, beta and alpha. */
const versionPriorities: Readonly<Record<string, number>> = {
  "/v1": 1,
  "autoscaling/v2": 30,
  "flowcontrol.apiserver.k8s.io/v1": 21,
  "resource.k8s.io/v1": 21,
  "certificates.k8s.io/v1beta1": 9,
  "certificates.k8s.io/v1alpha1": 1,
  "coordination.k8s.io/v1beta1": 13,
  "coordination.k8s.io/v1alpha2": 12,
  "storagemigration.k8s.io/v1beta1": 9,
};

const customGroupPriority = 1000;
const customVersionPriority = 100;

const defaultVersionPriority = (version: string): number =>
  version.includes("alpha") ? 9 : version.includes("beta") ? 12 : 15;
