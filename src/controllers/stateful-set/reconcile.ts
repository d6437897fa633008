// One pass over a StatefulSet: pods with names of their own, made one after the other and removed in reverse, each
// with its claims; updates from the highest ordinal down.
import { type Action, type Report, referenceTo } from "../../control/action.ts";
import {
  controllerRevisions,
  persistentVolumeClaims,
  pods as podResource,
  statefulSets,
} from "../../schema/resources.ts";
import type {
  ControllerRevision,
  StatefulSet,
  StatefulSetStatus,
} from "../../schema/types/apps-v1.ts";
import type { PersistentVolumeClaim, Pod } from "../../schema/types/core-v1.ts";
import { type History, historyOf, templateOf, truncate } from "../history.ts";
import { scaledValue } from "../int-or-percent.ts";
import { claim } from "../owner.ts";
import { isAvailable, isReady, isTerminal, nextAvailableMs } from "../pods.ts";
import { selects } from "../selector.ts";
import { sparse } from "../status.ts";
import {
  claimsFor,
  isInRange,
  ordinalOf,
  podFor,
  revisionLabel,
  revisionOf,
  startOrdinal,
  wantedReplicas,
  withIdentity,
} from "./identity.ts";
import { goesWhenScaled, isStale, ownersWanted, retentionOf } from "./retention.ts";

/** Most pods made or removed in one pass, upstream's bound of a batch. */
const burstMax = 500;

export type Observed = {
  set: StatefulSet;
  /** The set's own pods, and those of its namespace without a controller. */
  pods: readonly Pod[];
  /** The set's own revisions, and those of its namespace without a controller. */
  revisions: readonly ControllerRevision[];
  takenRevision: (name: string) => ControllerRevision | undefined;
  claim: (name: string) => PersistentVolumeClaim | undefined;
  /** Wall clock, ms. */
  now: number;
};

/** A pod that is there, or one that is to be made. */
type Replica = { ordinal: number; pod: Pod; exists: boolean };

type Pass = {
  set: StatefulSet;
  now: number;
  claim: Observed["claim"];
  history: History;
  current: ControllerRevision;
  replicas: Replica[];
  /** Pods beyond the range, the highest ordinal first. */
  condemned: Replica[];
  isParallel: boolean;
};

export function reconcile(observed: Observed): Action[] {
  const { set, now } = observed;
  const owner = { owner: set, ownerResource: statefulSets };
  const ownPods = claim(observed.pods, {
    ...owner,
    resource: podResource,
    isWanted: (pod) =>
      selects(set.spec.selector, pod.metadata.labels) && ordinalOf(set, pod) !== undefined,
  });
  const ownRevisions = claim(observed.revisions, {
    ...owner,
    resource: controllerRevisions,
    isWanted: (revision) => selects(set.spec.selector, revision.metadata.labels),
  });
  const pass = passOf(observed, ownPods.claimed, ownRevisions.claimed);
  const work = set.metadata.deletionTimestamp ? [] : manage(pass);
  const nextMs = nextAvailableMs(ownPods.claimed, set.spec.minReadySeconds ?? 0, now);
  return [
    ...ownPods.actions,
    ...ownRevisions.actions.filter((a) => a.do !== "confirm" || ownPods.actions.length === 0),
    ...pass.history.actions,
    ...work,
    {
      do: "setStatus",
      resource: statefulSets,
      object: set,
      status: statusOf(pass, ownPods.claimed),
    },
    ...forget(pass, ownPods.claimed),
    ...(nextMs === undefined ? [] : [{ do: "again", afterMs: nextMs } as const]),
  ];
}

function passOf(
  observed: Observed,
  pods: readonly Pod[],
  revisions: readonly ControllerRevision[],
): Pass {
  const { set, now } = observed;
  const history = historyOf({
    resource: statefulSets,
    owner: set,
    revisions,
    taken: observed.takenRevision,
    collisions: set.status?.collisionCount ?? 0,
    hashLabel: "controller.kubernetes.io/hash",
  });
  const named = history.sorted.find((r) => r.metadata.name === set.status?.currentRevision);
  const current = named ?? history.update;
  const existing = pods.map(
    (pod): Replica => ({ ordinal: ordinalOf(set, pod)!, pod, exists: true }),
  );
  const byOrdinal = new Map(existing.map((replica) => [replica.ordinal, replica]));
  const replicas = Array.from({ length: wantedReplicas(set) }, (_, i) => {
    const ordinal = startOrdinal(set) + i;
    return byOrdinal.get(ordinal) ?? newReplica(set, ordinal, current, history.update);
  });
  return {
    set,
    now,
    claim: observed.claim,
    history,
    current,
    replicas,
    condemned: existing
      .filter(({ ordinal }) => !isInRange(set, ordinal))
      .sort((a, b) => b.ordinal - a.ordinal),
    isParallel: set.spec.podManagementPolicy === "Parallel",
  };
}

/** Below the partition, and while an update without one has not come so far, pods are made as they were. */
function newReplica(
  set: StatefulSet,
  ordinal: number,
  current: ControllerRevision,
  update: ControllerRevision,
): Replica {
  const { type, rollingUpdate } = set.spec.updateStrategy ?? {};
  const kept = rollingUpdate
    ? (rollingUpdate.partition ?? 0)
    : type === "RollingUpdate"
      ? (set.status?.currentReplicas ?? 0)
      : 0;
  const revision = ordinal < startOrdinal(set) + kept ? current : update;
  const template = templateOf(revision) ?? set.spec.template;
  return {
    ordinal,
    pod: podFor(set, ordinal, template, revision.metadata.name!),
    exists: false,
  };
}

const isGood = ({ set, now }: Pass, { pod, exists }: Replica): boolean =>
  exists && isAvailable(pod, set.spec.minReadySeconds ?? 0, now);

const isUnavailable = (pass: Pass, replica: Replica): boolean =>
  !isGood(pass, replica) || replica.pod.metadata.deletionTimestamp !== undefined;

function manage(pass: Pass): Action[] {
  if (pass.set.spec.updateStrategy?.type === "Recreate") return [refuseRecreate(pass.set)];
  const actions: Action[] = [];
  let isHeld = false;
  for (const replica of pass.replicas) {
    const step = bringUp(pass, replica);
    actions.push(...step.actions);
    isHeld ||= step.isHeld;
    if (isHeld && !pass.isParallel) return actions;
  }
  actions.push(...pass.condemned.flatMap((replica) => fixClaims(pass, replica)));
  const removed = takeDown(pass);
  if (removed.isHeld) return inOrder([...actions, ...removed.actions]);
  return inOrder([...actions, ...removed.actions, ...updatePods(pass)]);
}

function refuseRecreate(set: StatefulSet): Action {
  const { namespace, name } = set.metadata;
  return {
    do: "event",
    about: referenceTo(statefulSets, set),
    type: "Warning",
    reason: "UnknownStrategy",
    message: `statefulset ${namespace}/${name} uses Recreate strategy but feature gate StatefulSetRecreateStrategy is disabled`,
  };
}

/** Claims are made before the pods that want them. */
function inOrder(actions: Action[]): Action[] {
  const isPodCreate = (a: Action): boolean => a.do === "create" && a.resource.kind === "Pod";
  const creates = actions.filter(isPodCreate).slice(0, burstMax);
  return [...actions.filter((a) => !isPodCreate(a)), ...creates];
}

type Step = { actions: Action[]; isHeld: boolean };

function bringUp(pass: Pass, replica: Replica): Step {
  const { set, isParallel } = pass;
  const { pod, exists } = replica;
  const isLeaving = pod.metadata.deletionTimestamp !== undefined;
  if (exists && isTerminal(pod))
    return { actions: isLeaving ? [] : [remove(set, pod)], isHeld: true };
  if (!exists) {
    const claims = claimsOf(pass, replica);
    if (goesWhenScaled(set) && claims.some((c) => isStale(pod, c)))
      return { actions: [], isHeld: true };
    return { actions: [...makeClaims(pass, replica), create(set, pod)], isHeld: !isParallel };
  }
  const claims = pod.status?.phase === "Pending" ? makeClaims(pass, replica) : [];
  const isWaiting = isLeaving || pod.status?.phase !== "Running" || !isReady(pod);
  if (!isParallel && (isWaiting || !isGood(pass, replica)))
    return { actions: claims, isHeld: true };
  const fixed = withIdentity(pod, replica.ordinal);
  const update: Action[] =
    fixed === pod
      ? []
      : [{ do: "update", resource: podResource, object: fixed, report: says(set, "Update", pod) }];
  return { actions: [...claims, ...fixClaims(pass, replica), ...update], isHeld: false };
}

const claimsOf = ({ set, claim: find }: Pass, { ordinal }: Replica): PersistentVolumeClaim[] =>
  claimsFor(set, ordinal)
    .map((wanted) => find(wanted.metadata.name!))
    .filter((found) => found !== undefined);

function makeClaims({ set, claim: find }: Pass, { ordinal, pod }: Replica): Action[] {
  return claimsFor(set, ordinal)
    .filter((wanted) => !find(wanted.metadata.name!))
    .map((wanted): Action => {
      const { name } = wanted.metadata;
      const place = `Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name}`;
      const ownerReferences = ownersWanted(set, pod);
      const metadata = {
        ...wanted.metadata,
        ...(ownerReferences.length > 0 ? { ownerReferences } : {}),
      };
      return {
        do: "create",
        resource: persistentVolumeClaims,
        object: { ...wanted, metadata },
        report: {
          about: referenceTo(statefulSets, set),
          done: {
            reason: "SuccessfulCreate",
            message: () => `Create Claim ${name} ${place} success`,
          },
          failed: {
            reason: "FailedCreate",
            message: (why) => `Create Claim ${name} for ${place} failed error: ${why}`,
          },
        },
      };
    });
}

function fixClaims(pass: Pass, replica: Replica): Action[] {
  const { set } = pass;
  return claimsOf(pass, replica).flatMap((found): Action[] => {
    const { owners, isConflict } = retentionOf(set, replica.pod, found);
    if (!owners) return [];
    const conflict: Action = {
      do: "event",
      about: referenceTo(statefulSets, set),
      type: "Warning",
      reason: "ConflictingController",
      message: `PersistentVolumeClaim ${found.metadata.name} has a conflicting OwnerReference that acts as a manging controller, the retention policy is ignored for this claim`,
    };
    const object = { ...found, metadata: { ...found.metadata, ownerReferences: owners } };
    const update: Action = { do: "update", resource: persistentVolumeClaims, object };
    return isConflict ? [conflict, update] : [update];
  });
}

function says(set: StatefulSet, verb: "Create" | "Update" | "Delete", { metadata }: Pod): Report {
  const text = `${verb} Pod ${metadata.name} in StatefulSet ${set.metadata.name}`;
  return {
    about: referenceTo(statefulSets, set),
    done: { reason: `Successful${verb}`, message: () => `${text} successful` },
    failed: { reason: `Failed${verb}`, message: (why) => `${text} failed error: ${why}` },
  };
}

const create = (set: StatefulSet, pod: Pod): Action => ({
  do: "create",
  resource: podResource,
  object: pod,
  report: says(set, "Create", pod),
});

const remove = (set: StatefulSet, pod: Pod): Action => ({
  do: "delete",
  resource: podResource,
  ref: { namespace: pod.metadata.namespace, name: pod.metadata.name! },
  uid: pod.metadata.uid!,
  report: says(set, "Delete", pod),
});

/** Removes the pods beyond the range; in order only one at a time, and only while all below it are well. */
function takeDown(pass: Pass): Step {
  const { set, condemned, replicas, isParallel } = pass;
  const isLeaving = ({ pod }: Replica): boolean => pod.metadata.deletionTimestamp !== undefined;
  if (isParallel) {
    const leaving = condemned.filter((replica) => !isLeaving(replica)).slice(0, burstMax);
    return { actions: leaving.map(({ pod }) => remove(set, pod)), isHeld: false };
  }
  const [next] = condemned;
  if (!next) return { actions: [], isHeld: false };
  const upwards = [...replicas, ...condemned.toReversed()];
  const firstBad = upwards.find((replica) => isUnavailable(pass, replica));
  const isBlocked = isLeaving(next) || (!isGood(pass, next) && next !== firstBad);
  return { actions: isBlocked ? [] : [remove(set, next.pod)], isHeld: true };
}

/** Removes pods of an older revision, so that they come back with the new one. */
function updatePods(pass: Pass): Action[] {
  const { set, replicas, history, isParallel } = pass;
  const { type, rollingUpdate } = set.spec.updateStrategy ?? {};
  if (type === "OnDelete") return [];
  const updated = history.update.metadata.name;
  const max = Math.max(
    scaledValue(rollingUpdate?.maxUnavailable ?? 1, wantedReplicas(set), "down"),
    1,
  );
  const outdated = replicas
    .slice(rollingUpdate?.partition ?? 0)
    .toReversed()
    .filter(
      ({ pod, exists }) => exists && revisionOf(pod) !== updated && !pod.metadata.deletionTimestamp,
    );
  const room = max - replicas.filter((replica) => isUnavailable(pass, replica)).length;
  // Pods that are of no use anyway cost nothing; only Parallel takes them beside the others.
  const bad = isParallel ? outdated.filter((replica) => !isGood(pass, replica)) : [];
  const rest = outdated.filter((replica) => !bad.includes(replica)).slice(0, Math.max(room, 0));
  return [...bad, ...rest].slice(0, burstMax).map(({ pod }) => remove(set, pod));
}

function statusOf(pass: Pass, pods: readonly Pod[]): StatefulSetStatus {
  const { set, history, current, now } = pass;
  const minReadySeconds = set.spec.minReadySeconds ?? 0;
  const updateName = history.update.metadata.name!;
  let currentName = current.metadata.name!;
  const staying = pods.filter((pod) => !pod.metadata.deletionTimestamp);
  const ready = pods.filter((pod) => pod.status?.phase === "Running" && isReady(pod));
  const updatedReplicas = staying.filter((pod) => revisionOf(pod) === updateName).length;
  let currentReplicas = staying.filter((pod) => revisionOf(pod) === currentName).length;
  const wanted = wantedReplicas(set);
  if (updatedReplicas === wanted && ready.length === wanted && pods.length === wanted) {
    currentName = updateName;
    currentReplicas = updatedReplicas;
  }
  return {
    ...sparse({
      observedGeneration: set.metadata.generation ?? 0,
      readyReplicas: ready.length,
      currentReplicas,
      updatedReplicas,
      conditions: set.status?.conditions ?? [],
    }),
    replicas: pods.length,
    availableReplicas: ready.filter((pod) => isAvailable(pod, minReadySeconds, now)).length,
    currentRevision: currentName,
    updateRevision: updateName,
    collisionCount: history.collisions,
  };
}

function forget({ set, history, current }: Pass, pods: readonly Pod[]): Action[] {
  const used = new Set(pods.map((pod) => pod.metadata.labels?.[revisionLabel]));
  const isLive = ({ metadata }: ControllerRevision): boolean =>
    metadata.name === current.metadata.name ||
    metadata.name === history.update.metadata.name ||
    used.has(metadata.name);
  return truncate(history.sorted, isLive, set.spec.revisionHistoryLimit);
}
