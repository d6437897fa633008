// The status of a PodDisruptionBudget: how many of its pods may be evicted now.
import { type Action, referenceTo, type Said } from "../../control/action.ts";
import { podDisruptionBudgets, pods as podResource } from "../../schema/resources.ts";
import { printTime, timeMs } from "../../schema/time.ts";
import type { Pod } from "../../schema/types/core-v1.ts";
import type { Condition, LabelSelector } from "../../schema/types/meta-v1.ts";
import type {
  PodDisruptionBudget,
  PodDisruptionBudgetStatus,
} from "../../schema/types/policy-v1.ts";
import { conditionOf } from "../conditions.ts";
import { scaledValue } from "../int-or-percent.ts";
import { isReady } from "../pods.ts";
import type { Expected } from "./expected.ts";

/** A pod that may go and does not within this time counts again. */
const deletionMs = 2 * 60_000;

export type Observed = {
  budget: PodDisruptionBudget;
  /** Pods that the budget selects. */
  pods: readonly Pod[];
  /** What went wrong in finding it out, else; undefined when it is not needed. */
  expected: Expected | Error | undefined;
  now: number;
};

/** Whether the budget counts in parts of what controllers want, so that these must be asked. */
export const needsExpected = ({ spec }: PodDisruptionBudget): boolean =>
  spec?.maxUnavailable !== undefined || typeof spec?.minAvailable === "string";

export function reconcile(observed: Observed): Action[] {
  const { budget, pods, expected } = observed;
  const said: Action[] = [];
  const say = (type: Said["type"], reason: string, message: string): void => {
    said.push({ do: "event", about: aboutBudget(budget), type, reason, message });
  };
  if (pods.length === 0) say("Normal", "NoPods", "No matching pods found");
  if (expected instanceof Error) {
    const why = `Failed to calculate the number of expected pods: ${expected.message}`;
    say("Warning", "CalculateExpectedPodCountFailed", why);
    return [...said, failed(observed, expected)];
  }
  if (expected && expected.unmanaged.length > 0)
    say("Warning", "UnmanagedPods", unmanagedMessage(budget.spec?.selector));
  const { disrupted, overdue, againMs } = disruptions(observed);
  const status = statusOf(observed, expected, disrupted);
  return [
    ...said,
    ...overdue.map((pod) => notDeleted(pod, budget)),
    { do: "setStatus", resource: podDisruptionBudgets, object: budget, status },
    ...(againMs === undefined ? [] : [{ do: "again", afterMs: againMs } as const]),
  ];
}

const aboutBudget = (budget: PodDisruptionBudget) => referenceTo(podDisruptionBudgets, budget);

type Disrupted = { [pod: string]: string };

/** Of the pods that were allowed to go, those that still may, and those that should have gone. */
function disruptions({ budget, pods, now }: Observed) {
  const disrupted: Disrupted = {};
  const overdue: Pod[] = [];
  let againMs: number | undefined;
  for (const pod of pods) {
    const { name = "", deletionTimestamp } = pod.metadata;
    const since = budget.status?.disruptedPods?.[name];
    if (deletionTimestamp || since === undefined) continue;
    const leftMs = (timeMs(since) ?? 0) + deletionMs - now;
    if (leftMs < 0) {
      overdue.push(pod);
      continue;
    }
    disrupted[name] = since;
    againMs = Math.min(againMs ?? Number.POSITIVE_INFINITY, leftMs + 1);
  }
  return { disrupted, overdue, againMs };
}

function statusOf(
  { budget, pods, now }: Observed,
  expected: Expected | undefined,
  disrupted: Disrupted,
): PodDisruptionBudgetStatus {
  const { spec, status, metadata } = budget;
  const isHealthy = (pod: Pod): boolean =>
    !pod.metadata.deletionTimestamp && !(pod.metadata.name! in disrupted) && isReady(pod);
  const currentHealthy = pods.filter(isHealthy).length;
  const expectedPods = expected?.count ?? (spec?.minAvailable === undefined ? 0 : pods.length);
  const desiredHealthy =
    spec?.maxUnavailable === undefined
      ? scaledValue(spec?.minAvailable, expectedPods, "up")
      : Math.max(0, expectedPods - scaledValue(spec.maxUnavailable, expectedPods, "up"));
  const disruptionsAllowed = expectedPods > 0 ? Math.max(0, currentHealthy - desiredHealthy) : 0;
  const observedGeneration = metadata.generation ?? 0;
  const condition: Condition = {
    type: "DisruptionAllowed",
    observedGeneration,
    status: disruptionsAllowed > 0 ? "True" : "False",
    lastTransitionTime: printTime(now),
    reason: disruptionsAllowed > 0 ? "SufficientPods" : "InsufficientPods",
    message: "",
  };
  return {
    currentHealthy,
    desiredHealthy,
    expectedPods,
    disruptionsAllowed,
    ...(Object.keys(disrupted).length > 0 ? { disruptedPods: disrupted } : {}),
    observedGeneration,
    conditions: put(status?.conditions, condition),
  };
}

/** Nothing may be evicted while the budget cannot be reckoned. */
function failed({ budget, now }: Observed, { message }: Error): Action {
  const { status } = budget;
  const condition: Condition = {
    type: "DisruptionAllowed",
    ...(status?.observedGeneration ? { observedGeneration: status.observedGeneration } : {}),
    status: "False",
    lastTransitionTime: printTime(now),
    reason: "SyncFailed",
    message,
  };
  return {
    do: "setStatus",
    resource: podDisruptionBudgets,
    object: budget,
    status: {
      currentHealthy: 0,
      desiredHealthy: 0,
      expectedPods: 0,
      ...status,
      disruptionsAllowed: 0,
      conditions: put(status?.conditions, condition),
    },
  };
}

/** In the place of the old one, whose transition time stays while the status does. */
function put(conditions: readonly Condition[] | undefined, next: Condition): Condition[] {
  const old = conditionOf(conditions, next.type);
  if (!old) return [...(conditions ?? []), next];
  const { lastTransitionTime } = old.status === next.status ? old : next;
  return conditions!.map((c) => (c === old ? { ...next, lastTransitionTime } : c));
}

const notDeleted = (pod: Pod, { metadata }: PodDisruptionBudget): Action => ({
  do: "event",
  about: referenceTo(podResource, pod),
  type: "Warning",
  reason: "NotDeleted",
  message: `Pod was expected by PDB ${metadata.namespace}/${metadata.name} to be deleted but it wasn't`,
});

const unmanagedMessage = (selector: LabelSelector | undefined): string =>
  `Pods selected by this PodDisruptionBudget (selector: ${printed(selector)}) were found to be unmanaged. ` +
  "As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. " +
  'To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.';

/** As upstream prints the Go value. */
function printed(selector: LabelSelector | undefined): string {
  if (!selector) return "nil";
  const { matchLabels = {}, matchExpressions = [] } = selector;
  const labels = Object.keys(matchLabels)
    .sort()
    .map((key) => `${key}: ${matchLabels[key]},`);
  const expressions = matchExpressions.map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(" ")}],},`,
  );
  return (
    `&LabelSelector{MatchLabels:map[string]string{${labels.join("")}},` +
    `MatchExpressions:[]LabelSelectorRequirement{${expressions.join("")}},}`
  );
}
