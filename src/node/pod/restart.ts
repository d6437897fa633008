// Whether a container that ended runs again, by the rules of its own and of its pod.
import type { Container, ContainerRestartRule, Pod, PodSpec } from "../../schema/types/core-v1.ts";
import type { Observed } from "./observed.ts";
import { latest } from "./observed.ts";

/** A container may have a policy of its own; rules on exit codes come before it. */
export function restartsAfter(container: Container, spec: PodSpec, exitCode: number): boolean {
  if (container.restartPolicy !== undefined) {
    const rule = container.restartPolicyRules?.find((r) => ruleMatches(r, exitCode));
    if (rule) return rule.action === "Restart" || rule.action === "RestartAllContainers";
    return byPolicy(container.restartPolicy, exitCode);
  }
  return byPolicy(spec.restartPolicy ?? "Always", exitCode);
}

function byPolicy(policy: string, exitCode: number): boolean {
  if (policy === "Always") return true;
  return policy === "OnFailure" && exitCode !== 0;
}

function ruleMatches(rule: ContainerRestartRule, exitCode: number): boolean {
  const codes = rule.exitCodes;
  if (!codes) return false;
  const isListed = (codes.values ?? []).includes(exitCode);
  return codes.operator === "In" ? isListed : !isListed;
}

/** Whether a container that does not run shall be started: never begun, or ended and to run again. */
export function shouldStart(container: Container, pod: Pod, observed: Observed): boolean {
  if (pod.metadata.deletionTimestamp) return false;
  const status = latest(observed, container.name);
  if (!status) return true;
  switch (status.state) {
    case "CONTAINER_RUNNING":
      return false;
    case "CONTAINER_CREATED":
    case "CONTAINER_UNKNOWN":
      return true;
    case "CONTAINER_EXITED":
      return restartsAfter(container, pod.spec, status.exitCode);
  }
}

/** Probes kill a container that then runs again, unless its policy says never. */
export function restartsWhenKilled(container: Container, spec: PodSpec): boolean {
  return (container.restartPolicy ?? spec.restartPolicy ?? "Always") !== "Never";
}
