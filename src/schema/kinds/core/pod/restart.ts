// Whether a container that has ended is to be started again.
import type { Container, PodSpec } from "../../../types/core-v1.ts";

/** By the container's own rules, then its policy, then the pod's. */
export function mayRestart(container: Container, pod: PodSpec, exitCode: number): boolean {
  if (container.restartPolicy !== undefined) {
    const rule = container.restartPolicyRules?.find(({ exitCodes }) => {
      if (exitCodes === undefined) return false;
      return (exitCodes.values ?? []).includes(exitCode) === (exitCodes.operator === "In");
    });
    if (rule?.action === "Restart" || rule?.action === "RestartAllContainers") return true;
  }
  switch (container.restartPolicy ?? pod.restartPolicy) {
    case "OnFailure":
      return exitCode !== 0;
    case "Never":
      return false;
    default:
      return true;
  }
}

/** Whether the end of some container could make all of them start again. */
export const mayRestartAll = ({ containers, initContainers }: PodSpec): boolean =>
  [...(initContainers ?? []), ...(containers ?? [])].some(({ restartPolicyRules }) =>
    restartPolicyRules?.some(({ action }) => action === "RestartAllContainers"),
  );
