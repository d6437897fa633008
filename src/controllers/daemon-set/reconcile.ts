// One pass over a DaemonSet: a pod on every node that it fits.
import { type Action, referenceTo } from "../../control/action.ts";
import { controllerRevisions, daemonSets, pods as podResource } from "../../schema/resources.ts";
import type { ControllerRevision, DaemonSet, DaemonSetStatus } from "../../schema/types/apps-v1.ts";
import type { Node, Pod } from "../../schema/types/core-v1.ts";
import { byAge } from "../age.ts";
import { type History, historyOf, truncate } from "../history.ts";
import { claim, controllerReference } from "../owner.ts";
import {
  createPod,
  deletePod,
  isAvailable,
  isReady,
  isTerminal,
  nextAvailableMs,
  podFromTemplate,
} from "../pods.ts";
import { isEmptySelector, selects } from "../selector.ts";
import { sparse } from "../status.ts";
import { boundTo, daemonTolerations, fitOf, targetOf } from "./node-fit.ts";
import { type Moves, type Place, rollOut } from "./rollout.ts";

/** Largest number of pods made or removed in one pass, so that one bad object cannot flood the server. */
const burstMax = 500;

const hashLabel = "controller-revision-hash";
const generationLabel = "pod-template-generation";
const generationAnnotation = "deprecated.daemonset.template.generation";

export type Observed = {
  set: DaemonSet;
  nodes: readonly Node[];
  /** The set's own pods, and those of its namespace without a controller. */
  pods: readonly Pod[];
  revisions: readonly ControllerRevision[];
  takenRevision: (name: string) => ControllerRevision | undefined;
  /** Time for which a failed pod of a node is to be left alone; 0: it may go. */
  failedWaitMs: (node: string) => number;
  /** Wall clock, ms. */
  now: number;
};

type Pass = Observed & {
  history: History;
  hash: string;
  places: Place[];
  byNode: Map<string | undefined, Pod[]>;
};

export function reconcile(observed: Observed): Action[] {
  const { set, now } = observed;
  if (isEmptySelector(set.spec.selector)) return [refuseSelector(set)];
  if (set.metadata.deletionTimestamp) return [];
  const owner = { owner: set, ownerResource: daemonSets };
  const isWanted = ({ metadata }: Pod | ControllerRevision): boolean =>
    selects(set.spec.selector, metadata.labels);
  const ownPods = claim(observed.pods, { ...owner, resource: podResource, isWanted });
  const ownRevisions = claim(observed.revisions, {
    ...owner,
    resource: controllerRevisions,
    isWanted,
  });
  const pass = passOf(observed, ownPods.claimed, ownRevisions.claimed);
  const nextMs = nextAvailableMs(ownPods.claimed, set.spec.minReadySeconds ?? 0, now);
  return [
    ...ownPods.actions,
    ...ownRevisions.actions,
    ...pass.history.actions,
    ...manage(pass),
    { do: "setStatus", resource: daemonSets, object: set, status: statusOf(pass) },
    ...forget(pass),
    ...(nextMs === undefined ? [] : [{ do: "again", afterMs: nextMs } as const]),
  ];
}

const refuseSelector = (set: DaemonSet): Action => ({
  do: "event",
  about: referenceTo(daemonSets, set),
  type: "Warning",
  reason: "SelectingAll",
  message: "This daemon set is selecting all pods. A non-empty selector is required.",
});

function passOf(
  observed: Observed,
  pods: readonly Pod[],
  revisions: readonly ControllerRevision[],
): Pass {
  const { set, nodes } = observed;
  const history = historyOf({
    resource: daemonSets,
    owner: set,
    revisions,
    taken: observed.takenRevision,
    collisions: set.status?.collisionCount ?? 0,
    hashLabel,
  });
  const here = pods.filter((p) => !isTerminal(p) || !p.metadata.deletionTimestamp);
  const byNode = Map.groupBy(here.toSorted(firstScheduled), (pod) => targetOf(pod.spec));
  const { spec } = set.spec.template;
  const tolerations = daemonTolerations(spec);
  const places = nodes.map((node): Place => {
    const name = node.metadata.name!;
    const found = byNode.get(name) ?? [];
    const staying = found.filter((pod) => !pod.metadata.deletionTimestamp);
    const { shouldRun } = fitOf(spec, tolerations, node);
    return { node: name, staying, count: found.length, shouldRun };
  });
  const hash = history.update.metadata.labels?.[hashLabel] ?? "";
  return { ...observed, history, hash, places, byNode };
}

const firstScheduled = (a: Pod, b: Pod): number =>
  Number(!a.spec.nodeName) - Number(!b.spec.nodeName) || byAge(a, b);

function isUpdated({ set, hash }: Pass, { metadata }: Pod): boolean {
  const generation = set.metadata.annotations?.[generationAnnotation];
  const isSameHash = hash !== "" && metadata.labels?.[hashLabel] === hash;
  return isSameHash || (!!generation && metadata.labels?.[generationLabel] === generation);
}

type Plan = Moves & { said: Action[] };

function manage(pass: Pass): Action[] {
  const { set } = pass;
  const plan: Plan = { deletes: [], creates: [], said: [] };
  const tolerations = daemonTolerations(set.spec.template.spec);
  for (const [i, node] of pass.nodes.entries()) {
    const { mayStay } = fitOf(set.spec.template.spec, tolerations, node);
    keepOne(pass, pass.places[i]!, mayStay, plan);
  }
  plan.deletes.push(...onLostNodes(pass));
  const isSettled = plan.deletes.length + plan.creates.length === 0;
  const { deletes, creates } = isSettled ? roll(pass) : plan;
  const about = referenceTo(daemonSets, set);
  return [
    ...plan.said,
    ...creates.slice(0, burstMax).map((node) => createPod(podFor(pass, node), about)),
    ...deletes.slice(0, burstMax).map((pod) => deletePod(pod, about)),
  ];
}

/** One pod on a node that the set fits, none on another; with a surge an old and a new one for a while. */
function keepOne(pass: Pass, place: Place, mayStay: boolean, plan: Plan): void {
  const { set } = pass;
  const surge = set.spec.updateStrategy?.rollingUpdate?.maxSurge;
  if (place.shouldRun && place.count === 0) {
    plan.creates.push(place.node);
    return;
  }
  if (!mayStay) {
    plan.deletes.push(...place.staying);
    return;
  }
  const running: Pod[] = [];
  for (const pod of place.staying) if (!isEnded(pass, pod, place, plan)) running.push(pod);
  if (!surge || surge === "0%") plan.deletes.push(...running.slice(1));
  else keepPair(pass, place, running, plan);
}

function isEnded(pass: Pass, pod: Pod, place: Place, plan: Plan): boolean {
  if (!isTerminal(pod)) return false;
  const { namespace, name } = pod.metadata;
  const hasFailed = pod.status?.phase === "Failed";
  const waitMs = hasFailed ? pass.failedWaitMs(place.node) : 0;
  if (waitMs > 0) {
    plan.said.push({ do: "again", afterMs: waitMs });
    return true;
  }
  const where = `daemon pod ${namespace}/${name} on node ${place.node}, will try to`;
  plan.said.push({
    do: "event",
    about: referenceTo(daemonSets, pass.set),
    type: hasFailed ? "Warning" : "Normal",
    reason: hasFailed ? "FailedDaemonPod" : "SucceededDaemonPod",
    message: hasFailed ? `Found failed ${where} kill it` : `Found succeeded ${where} delete it`,
  });
  plan.deletes.push(pod);
  return true;
}

function keepPair(pass: Pass, place: Place, running: readonly Pod[], plan: Plan): void {
  if (running.length === 0 && place.shouldRun) plan.creates.push(place.node);
  if (running.length <= 1) return;
  const fresh = running.filter((pod) => isUpdated(pass, pod));
  const old = running.filter((pod) => !isUpdated(pass, pod));
  plan.deletes.push(...fresh.slice(1), ...old.slice(1));
  const minReadySeconds = pass.set.spec.minReadySeconds ?? 0;
  const [newest, oldest] = [fresh[0], old[0]];
  if (!newest || !oldest) return;
  if (!isReady(oldest) || isAvailable(newest, minReadySeconds, pass.now)) plan.deletes.push(oldest);
}

/** Pods that wait for a node that is gone. */
function onLostNodes({ byNode, nodes }: Pass): Pod[] {
  const known = new Set(nodes.map((node) => node.metadata.name));
  return [...byNode]
    .filter(([name]) => name !== undefined && !known.has(name))
    .flatMap(([, list]) => list)
    .filter((pod) => !pod.spec.nodeName && !pod.metadata.deletionTimestamp);
}

function roll(pass: Pass): Moves {
  const { set, places, now } = pass;
  if (set.spec.updateStrategy?.type === "OnDelete") return { deletes: [], creates: [] };
  return rollOut({ set, places, now, isUpdated: (pod) => isUpdated(pass, pod) });
}

function podFor({ set, hash }: Pass, node: string): Pod {
  const owner = controllerReference(daemonSets, set);
  const pod = podFromTemplate(set.spec.template, owner, set.metadata.namespace ?? "");
  const generation = set.metadata.annotations?.[generationAnnotation];
  const labels = {
    ...pod.metadata.labels,
    [hashLabel]: hash,
    ...(generation ? { [generationLabel]: generation } : {}),
  };
  return {
    ...pod,
    metadata: { ...pod.metadata, labels },
    spec: {
      ...pod.spec,
      affinity: boundTo(pod.spec.affinity, node),
      tolerations: daemonTolerations(pod.spec),
    },
  };
}

function statusOf(pass: Pass): DaemonSetStatus {
  const { set, places, byNode, now, history } = pass;
  const desired = places.filter((place) => place.shouldRun);
  const first = desired
    .map((place) => byNode.get(place.node)?.[0])
    .filter((pod) => pod !== undefined);
  const ready = first.filter(isReady);
  const minReadySeconds = set.spec.minReadySeconds ?? 0;
  const available = ready.filter((pod) => isAvailable(pod, minReadySeconds, now)).length;
  const hasCollisions = set.status?.collisionCount !== undefined || history.collisions > 0;
  return {
    currentNumberScheduled: first.length,
    numberMisscheduled: places.filter((place) => !place.shouldRun && place.count > 0).length,
    desiredNumberScheduled: desired.length,
    numberReady: ready.length,
    ...sparse({
      observedGeneration: set.metadata.generation ?? 0,
      updatedNumberScheduled: first.filter((pod) => isUpdated(pass, pod)).length,
      numberAvailable: available,
      numberUnavailable: desired.length - available,
      conditions: set.status?.conditions ?? [],
    }),
    ...(hasCollisions ? { collisionCount: history.collisions } : {}),
  };
}

function forget({ set, history, pods }: Pass): Action[] {
  const used = new Set(pods.map((pod) => pod.metadata.labels?.[hashLabel]));
  const isLive = ({ metadata }: ControllerRevision): boolean =>
    metadata.name === history.update.metadata.name || used.has(metadata.labels?.[hashLabel]);
  return truncate(history.sorted, isLive, set.spec.revisionHistoryLimit);
}
