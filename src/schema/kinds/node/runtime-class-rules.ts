// The rules of a runtime class.
import { duplicate, required } from "../../field-error.ts";
import { checkLabels } from "../../metadata.ts";
import { checkDnsLabel } from "../../names.ts";
import type { Cause } from "../../status-error.ts";
import type { Toleration } from "../../types/core-v1.ts";
import type { RuntimeClass } from "../../types/node-v1.ts";
import { immutableProblem, invalid, type Out, refuse } from "../checks.ts";
import { labelAdvice } from "../core/node-labels.ts";
import { checkContainerResources } from "../core/pod/resources.ts";
import { checkTolerations } from "../core/pod/tolerations.ts";

export function validateRuntimeClass(next: RuntimeClass, old: RuntimeClass | undefined): Cause[] {
  const out: Out = [];
  const { handler = "", overhead, scheduling } = next;
  if (overhead) {
    checkContainerResources(out, "overhead", { limits: overhead.podFixed ?? {} });
  }
  if (scheduling?.nodeSelector) {
    out.push(...checkLabels("scheduling.nodeSelector", scheduling.nodeSelector));
  }
  checkUnique(out, "scheduling.tolerations", scheduling?.tolerations ?? []);
  // Said last, by upstream's newer kind of rules, which do not show what changed.
  const isChanged = old !== undefined && handler !== (old.handler ?? "");
  if (handler !== "") {
    const problems = checkDnsLabel(handler);
    refuse(out, "handler", handler, old ? problems : inBytes(problems));
  }
  if (isChanged) invalid(out, "handler", null, immutableProblem);
  if (handler === "") out.push(required("handler"));
  return out;
}

const inBytes = (problems: readonly string[]): string[] =>
  problems.map((problem) => problem.replace("63 characters", "63 bytes"));

function checkUnique(out: Out, at: string, tolerations: readonly Toleration[]): void {
  checkTolerations(out, at, tolerations);
  const seen = new Set<string>();
  for (const [i, toleration] of tolerations.entries()) {
    const { key = "", operator = "", value = "", effect = "" } = toleration;
    const text = JSON.stringify([key, operator, value, effect]);
    if (seen.has(text)) out.push(duplicate(`${at}[${i}]`, toleration));
    seen.add(text);
  }
}

export const runtimeClassWarnings = ({ scheduling }: RuntimeClass): string[] =>
  Object.keys(scheduling?.nodeSelector ?? {}).flatMap((key) => {
    const advice = labelAdvice(key);
    return advice ? [`scheduling.nodeSelector: ${advice}`] : [];
  });
