// What one pass over a Deployment works on: the ReplicaSets as they are, with the changes decided so far.
import { type Action, referenceTo } from "../../control/action.ts";
import { equal } from "../../lib/equal.ts";
import { deployments, replicaSets } from "../../schema/resources.ts";
import type { Deployment, DeploymentStatus, ReplicaSet } from "../../schema/types/apps-v1.ts";
import type { Pod } from "../../schema/types/core-v1.ts";
import { scaledValue } from "../int-or-percent.ts";

export type Observed = {
  deployment: Deployment;
  /** The Deployment's own ReplicaSets, and those of its namespace without a controller. */
  replicaSets: readonly ReplicaSet[];
  /** Pods of its ReplicaSets. */
  pods: readonly Pod[];
  /** Any ReplicaSet of the namespace by name: a name may be taken. */
  taken: (name: string) => ReplicaSet | undefined;
  /** Wall clock, ms. */
  now: number;
};

export type Annotations = { [key: string]: string };

/** A ReplicaSet and what it shall become. */
export type Member = {
  readonly set: ReplicaSet;
  replicas: number;
  minReadySeconds: number;
  annotations: Annotations;
  /** Does not exist yet. */
  isNew: boolean;
};

export type Plan = {
  readonly deployment: Deployment;
  readonly now: number;
  /** The member with the Deployment's template. */
  current: Member | undefined;
  /** All others, from old to new. */
  old: Member[];
  /** Of the Deployment. */
  annotations: Annotations;
  status: DeploymentStatus;
};

export const wantedReplicas = (deployment: Deployment): number => deployment.spec?.replicas ?? 1;

export const isRollingUpdate = (deployment: Deployment): boolean =>
  deployment.spec?.strategy?.type === "RollingUpdate";

/** How many pods more than wanted, and how many fewer available ones, a rollout may have. */
export function bounds(deployment: Deployment): { surge: number; unavailable: number } {
  if (!isRollingUpdate(deployment)) return { surge: 0, unavailable: 0 };
  const wanted = wantedReplicas(deployment);
  const { maxSurge, maxUnavailable } = deployment.spec?.strategy?.rollingUpdate ?? {};
  const surge = scaledValue(maxSurge, wanted, "up");
  const unavailable = scaledValue(maxUnavailable, wanted, "down");
  // Both may round to 0; surging might be stopped by a quota, so one pod may be missing.
  const atLeastOne = surge === 0 && unavailable === 0 ? 1 : unavailable;
  return { surge, unavailable: Math.min(atLeastOne, wanted) };
}

export const memberOf = (set: ReplicaSet): Member => ({
  set,
  replicas: set.spec?.replicas ?? 1,
  minReadySeconds: set.spec?.minReadySeconds ?? 0,
  annotations: { ...set.metadata.annotations },
  isNew: false,
});

export const members = (plan: Plan): Member[] =>
  plan.current ? [...plan.old, plan.current] : [...plan.old];

export const isActiveMember = (member: Member): boolean => member.replicas > 0;

export const totalReplicas = (list: readonly Member[]): number =>
  list.reduce((sum, member) => sum + member.replicas, 0);

export const availableReplicas = (list: readonly Member[]): number =>
  list.reduce((sum, member) => sum + (member.set.status?.availableReplicas ?? 0), 0);

export const desiredAnnotation = "deployment.kubernetes.io/desired-replicas";
export const maxAnnotation = "deployment.kubernetes.io/max-replicas";

/** Sets the size, and beside it for which size of the Deployment that was meant. */
export function scaleMember(plan: Plan, member: Member, replicas: number): void {
  member.replicas = replicas;
  noteSizes(plan.deployment, member);
}

export function noteSizes(deployment: Deployment, member: Member): void {
  const wanted = wantedReplicas(deployment);
  member.annotations[desiredAnnotation] = String(wanted);
  member.annotations[maxAnnotation] = String(wanted + bounds(deployment).surge);
}

/** The writes that bring the members to what was decided. */
export function memberActions(plan: Plan): Action[] {
  return members(plan).flatMap((member) => (member.isNew ? [] : updateOf(plan, member)));
}

function updateOf({ deployment }: Plan, member: Member): Action[] {
  const { set, replicas, minReadySeconds, annotations } = member;
  const from = set.spec?.replicas ?? 1;
  const isSame =
    from === replicas &&
    (set.spec?.minReadySeconds ?? 0) === minReadySeconds &&
    equal(annotations, set.metadata.annotations ?? {});
  if (isSame) return [];
  const direction = replicas > from ? "up" : "down";
  const text = `Scaled ${direction} replica set ${set.metadata.name} from ${from} to ${replicas}`;
  const done = { reason: "ScalingReplicaSet", message: () => text };
  return [
    {
      do: "update",
      resource: replicaSets,
      object: {
        ...set,
        metadata: { ...set.metadata, annotations },
        spec: { ...set.spec!, replicas, minReadySeconds },
      },
      ...(from === replicas
        ? {}
        : { report: { about: referenceTo(deployments, deployment), done } }),
    } as Action,
  ];
}
