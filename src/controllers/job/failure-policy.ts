// What a Job's pod failure policy says about a failed pod.
import type {
  Job,
  PodFailurePolicyAction,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyRule,
} from "../../schema/types/batch-v1.ts";
import type { ContainerStatus, Pod } from "../../schema/types/core-v1.ts";

export type Verdict = {
  /** The action of the rule that matched, if one did. */
  action: PodFailurePolicyAction | undefined;
  /** Counts towards the back-off limits. */
  counts: boolean;
  /** Why the whole Job fails; undefined when it does not. */
  failsJob: string | undefined;
};

const noRule: Verdict = { action: undefined, counts: true, failsJob: undefined };

export function judge(job: Job, pod: Pod): Verdict {
  for (const [index, rule] of (job.spec.podFailurePolicy?.rules ?? []).entries()) {
    const what = matchOf(rule, pod);
    if (what === undefined) continue;
    const { action } = rule;
    const failsJob =
      action === "FailJob" ? `${what} matching ${action} rule at index ${index}` : undefined;
    return { action, counts: action !== "Ignore", failsJob };
  }
  return noRule;
}

/** What of the pod the rule matches, in words. */
function matchOf({ onExitCodes, onPodConditions }: PodFailurePolicyRule, pod: Pod) {
  const { namespace, name } = pod.metadata;
  if (onExitCodes) {
    const container = failedContainer(pod, onExitCodes);
    if (!container) return undefined;
    const code = container.state?.terminated?.exitCode;
    return `Container ${container.name} for pod ${namespace}/${name} failed with exit code ${code}`;
  }
  const condition = pod.status?.conditions?.find((c) =>
    onPodConditions?.some((p) => p.type === c.type && p.status === c.status),
  );
  return condition && `Pod ${namespace}/${name} has condition ${condition.type}`;
}

function failedContainer(
  { status }: Pod,
  { containerName, operator, values }: PodFailurePolicyOnExitCodesRequirement,
): ContainerStatus | undefined {
  const all = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  return all.find(({ name, state }) => {
    const code = state?.terminated?.exitCode;
    if (!code || (containerName !== undefined && containerName !== name)) return false;
    return operator === "In" ? values.includes(code) : !values.includes(code);
  });
}
