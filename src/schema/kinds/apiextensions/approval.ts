// Groups of the Kubernetes community need a word of approval in an annotation.
import { invalidValue, required } from "../../field-error.ts";
import type { CustomResourceDefinition } from "../../types/apiextensions-v1.ts";
import type { Out } from "../checks.ts";

const annotation = "api-approved.kubernetes.io";
const path = `metadata.annotations[${annotation}]`;
const seeAlso = "see https://github.com/kubernetes/enhancements/pull/1111";

type Approval = "missing" | "bypassed" | "approved" | "invalid";

export function checkApproval(
  out: Out,
  next: CustomResourceDefinition,
  old: CustomResourceDefinition | undefined,
): void {
  if (!/(?:^|\.)(?:k8s|kubernetes)\.io$/.test(next.spec.group ?? "")) return;
  const state = approvalOf(next);
  if (old !== undefined && approvalOf(old) === state) return;
  const must = `protected groups must have approval annotation ${JSON.stringify(annotation)}`;
  if (state === "missing") out.push(required(path, `${must}, ${seeAlso}`));
  if (state === "invalid")
    out.push(
      invalidValue(
        path,
        next.metadata.annotations![annotation],
        `${must} with either a URL or a reason starting with "unapproved", ${seeAlso}`,
      ),
    );
}

function approvalOf({ metadata }: CustomResourceDefinition): Approval {
  const text = metadata.annotations?.[annotation] ?? "";
  if (text === "") return "missing";
  if (text.startsWith("unapproved")) return "bypassed";
  return URL.canParse(text) && new URL(text).host !== "" ? "approved" : "invalid";
}
