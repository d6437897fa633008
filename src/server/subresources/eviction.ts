// Eviction: a delete that asks the pod's disruption budget first.
import type { ApiResponse } from "../../schema/api-request.ts";
import { invalidValue } from "../../schema/field-error.ts";
import type { ApiObject } from "../../schema/kind.ts";
import { podDisruptionBudgets } from "../../schema/resources.ts";
import { matchesLabels, selectionFrom } from "../../schema/selectors.ts";
import {
  badRequest,
  type Cause,
  forbidden,
  invalid,
  notFound,
  type Status,
  StatusError,
} from "../../schema/status-error.ts";
import type { Pod, PodCondition } from "../../schema/types/core-v1.ts";
import type { DeleteOptions } from "../../schema/types/meta-v1.ts";
import type { Eviction, PodDisruptionBudget } from "../../schema/types/policy-v1.ts";
import { admitMutating, admitValidating } from "../admit.ts";
import { statusAnswer } from "../answer.ts";
import { bodyKind } from "../body-kind.ts";
import { call, pathOf } from "../call.ts";
import { readObject } from "../read-object.ts";
import { keyIn, namedIn, type Scope, timeText, unclassified } from "../scope.ts";
import { deleteObject } from "../verbs/delete.ts";
import { optionCauses } from "../verbs/delete-options.ts";
import {
  invalidOptions,
  optionsObject,
  type WriteOptions,
  writeOptions,
} from "../verbs/options.ts";
import { admissionOf } from "../write.ts";
import { replaceStored } from "../write-store.ts";

export async function evict(scope: Scope): Promise<ApiResponse> {
  const { parts, context } = scope;
  const options = writeOptions(context.query, "CreateOptions");
  const kind = bodyKind({ group: "policy", version: "v1", kind: "Eviction" });
  const read = {
    kinds: parts.kinds,
    kind,
    validation: options.fieldValidation,
    alsoVersions: ["policy/v1beta1"],
  };
  const given = (await readObject(context, read)) as ApiObject;
  const write = admissionOf("CREATE", given, undefined, {
    dryRun: options.dryRun,
    options: optionsObject("CreateOptions", options),
  });
  await admitMutating(parts, context, write);
  const eviction = (write.object ?? given) as Eviction;
  const wished = deleteOptionsOf(context.attributes.name, eviction, options);
  await admitValidating(parts, context, write);
  return statusAnswer(await evicted(scope, wished), context.request);
}

const success: Status = {
  kind: "Status",
  apiVersion: "v1",
  metadata: {},
  status: "Success",
  code: 201,
};

const severalBudgets =
  "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";

/** Times that a pod or budget that changes under our hands is looked at anew. */
const attemptsMax = 20;

async function evicted(scope: Scope, wished: DeleteOptions): Promise<Status> {
  for (let attempt = 1; ; attempt++) {
    const pod = podIn(scope);
    const name = pod.metadata.name ?? "";
    const budgets = needsBudget(pod) ? budgetsOf(scope, pod) : [];
    if (budgets.length > 1) return new StatusError(500, "", severalBudgets).toStatus();
    const budget = budgets[0];
    const free = budget === undefined || isFree(pod, budget);
    try {
      if (!free) await spend(scope, budget, name, (wished.dryRun?.length ?? 0) > 0);
      const guarded = isOver(pod) || (!free && needsBudget(pod)) ? wished : asSeen(wished, pod);
      await markAndDelete(scope, name, guarded);
      return success;
    } catch (error) {
      const stale = error instanceof StatusError && error.reason === "Conflict";
      if (!stale || wished.preconditions?.resourceVersion !== undefined || attempt === attemptsMax)
        throw error;
    }
  }
}

function deleteOptionsOf(name: string, eviction: Eviction, options: WriteOptions): DeleteOptions {
  if (name !== eviction.metadata?.name)
    throw badRequest("name in URL does not match name in Eviction object");
  const wished = eviction.deleteOptions ?? {};
  const unsafe = "ignoreStoreReadErrorWithClusterBreakingPotential";
  if (wished[unsafe])
    throw invalid({ group: "policy", kind: "Eviction", name }, [
      invalidValue(
        `deleteOptions.${unsafe}`,
        true,
        "can not be set for pod eviction, try after removing the option",
      ),
    ]);
  const given = wished.dryRun ?? [];
  if (options.dryRun && given.length > 0 && given.join() !== "All")
    throw unclassified(
      `Non-matching dry-run options in request and content: [All] and [${given.join(" ")}]`,
    );
  return options.dryRun ? { ...wished, dryRun: ["All"] } : wished;
}

function podIn(scope: Scope): Pod {
  const entry = scope.parts.store.get(keyIn(scope));
  if (entry === undefined) throw notFound(namedIn(scope.context));
  return scope.parts.objects.parsed(scope.kind, entry) as Pod;
}

const isOver = ({ metadata, status }: Pod): boolean =>
  status?.phase === "Succeeded" ||
  status?.phase === "Failed" ||
  metadata.deletionTimestamp !== undefined;

const needsBudget = (pod: Pod): boolean => !isOver(pod) && pod.status?.phase !== "Pending";

function budgetsOf({ parts, context }: Scope, { metadata }: Pod): PodDisruptionBudget[] {
  const budgets = parts.view(podDisruptionBudgets).list(context.attributes.namespace);
  return budgets.filter((budget) => {
    const { selector } = budget.spec ?? {};
    return selector !== undefined && matchesLabels(selectionFrom(selector), metadata.labels);
  });
}

/** A pod that is not ready anyway does not always count against the budget. */
function isFree({ status }: Pod, { spec, status: budget }: PodDisruptionBudget): boolean {
  const ready = status?.conditions?.find((c) => c.type === "Ready")?.status === "True";
  if (ready) return false;
  if (spec?.unhealthyPodEvictionPolicy === "AlwaysAllow") return true;
  const desired = budget?.desiredHealthy ?? 0;
  return (budget?.currentHealthy ?? 0) >= desired && desired > 0;
}

/** Pods that have been allowed to go and are still counted, at most; as upstream. */
const disruptedMax = 2000;

/** Takes one disruption off the budget. Throws StatusError(429) when there is none left. */
async function spend(
  { parts, context }: Scope,
  budget: PodDisruptionBudget,
  pod: string,
  dryRun: boolean,
): Promise<void> {
  const { name = "", namespace = "", generation = 0 } = budget.metadata;
  const { status } = budget;
  if ((status?.observedGeneration ?? 0) < generation)
    throw tooMany(`The disruption budget ${name} is still being processed by the server.`, 10);
  const allowed = status?.disruptionsAllowed ?? 0;
  const disrupted = status?.disruptedPods ?? {};
  if (allowed < 0) throw barred(name, "pdb disruptions allowed is negative");
  if (Object.keys(disrupted).length > disruptedMax)
    throw barred(
      name,
      "DisruptedPods map too big - too many evictions not confirmed by PDB controller",
    );
  if (allowed === 0) throw tooMany(whyNone(budget), 0);
  if (dryRun) return;
  const next = {
    ...budget,
    status: {
      ...status,
      disruptionsAllowed: allowed - 1,
      disruptedPods: { ...disrupted, [pod]: timeText(context.now) },
    },
  };
  const path = `${pathOf(podDisruptionBudgets, namespace, name)}/status`;
  await call(parts, { method: "PUT", path, body: next });
}

const budgetCause = (message: string): Cause => ({ reason: "DisruptionBudget", message });

const tooMany = (why: string, retryAfterSeconds: number): StatusError =>
  new StatusError(
    429,
    "TooManyRequests",
    "Cannot evict pod as it would violate the pod's disruption budget.",
    {
      causes: [budgetCause(why)],
      ...(retryAfterSeconds === 0 ? {} : { retryAfterSeconds }),
    },
  );

function barred(name: string, why: string): StatusError {
  const error = forbidden({ group: "policy", plural: "poddisruptionbudget", name }, why);
  const cause = budgetCause(
    `The disruption budget ${name} does not allow evicting pods currently: ${why}`,
  );
  return new StatusError(403, error.reason, error.message, { ...error.details, causes: [cause] });
}

function whyNone({ metadata: { name }, status }: PodDisruptionBudget): string {
  const condition = status?.conditions?.find((c) => c.type === "DisruptionAllowed");
  const told = condition?.status === "False" && condition.message !== "" ? condition : undefined;
  const current = status?.currentHealthy ?? 0;
  const desired = status?.desiredHealthy ?? 0;
  const none = `The disruption budget ${name} does not allow evicting pods currently`;
  if (told?.reason === "SyncFailed") return `${none} because it failed sync: ${told.message}`;
  if (current <= desired)
    return `The disruption budget ${name} needs ${desired} healthy pods and has ${current} currently`;
  return told === undefined ? none : `${none} (${told.reason}): ${told.message}`;
}

/** The pod must still be what it was when it was judged. */
const asSeen = (wished: DeleteOptions, { metadata }: Pod): DeleteOptions =>
  wished.preconditions?.resourceVersion !== undefined
    ? wished
    : {
        ...wished,
        preconditions: { ...wished.preconditions, resourceVersion: metadata.resourceVersion },
      };

/** Says on the pod why it goes, so that its owner knows. */
async function markAndDelete(scope: Scope, name: string, options: DeleteOptions): Promise<void> {
  const causes = optionCauses(options);
  if (causes.length > 0) throw invalidOptions("DeleteOptions", causes);
  if ((options.dryRun?.length ?? 0) > 0) {
    await deleteObject(scope, name, options);
    return;
  }
  const { parts, context, kind } = scope;
  for (;;) {
    const entry = parts.store.get(keyIn(scope));
    if (entry === undefined) throw notFound(namedIn(context));
    const pod = parts.objects.parsed(kind, entry) as Pod;
    const { uid, resourceVersion } = options.preconditions ?? {};
    if (resourceVersion !== undefined && resourceVersion !== pod.metadata.resourceVersion)
      return void (await deleteObject(scope, name, options));
    if (uid !== undefined && uid !== pod.metadata.uid)
      return void (await deleteObject(scope, name, options));
    const marked = await replaceStored(scope, entry, disrupted(pod, timeText(context.now)), false);
    if (marked === "again") continue;
    const preconditions = {
      ...options.preconditions,
      ...(resourceVersion === undefined
        ? {}
        : { resourceVersion: marked.object.metadata.resourceVersion }),
    };
    await deleteObject(scope, name, { ...options, preconditions });
    return;
  }
}

function disrupted(pod: Pod, now: string): Pod {
  const conditions = pod.status?.conditions ?? [];
  const target: PodCondition = {
    type: "DisruptionTarget",
    status: "True",
    lastTransitionTime: now,
    reason: "EvictionByEvictionAPI",
    message: "Eviction API: evicting",
  };
  const others = conditions.filter((c) => c.type !== target.type);
  return {
    ...pod,
    metadata: { ...pod.metadata },
    status: { ...pod.status, conditions: [...others, target] },
  };
}
