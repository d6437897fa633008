// Warnings about custom resources: finalizers whose names may meet others'.

import type { ApiObject } from "./kind.ts";
import { checkQualifiedName } from "./names.ts";

const standard: ReadonlySet<string> = new Set(["orphan", "foregroundDeletion", "kubernetes"]);
const prefer = "prefer a domain-qualified finalizer name";
const why = "to avoid accidental conflicts with other finalizer writers";

/** Of new finalizers alone, in order. */
export function finalizerWarnings(next: ApiObject, old: ApiObject | undefined): string[] {
  const before = new Set(old?.metadata.finalizers);
  const added = new Set(next.metadata.finalizers?.filter((name) => !before.has(name)));
  return [...added].sort().flatMap((name) => {
    const at = `metadata.finalizers: ${JSON.stringify(name)}: `;
    const problems = checkQualifiedName(name).map((problem) => at + problem);
    if (name.includes("/") || standard.has(name)) return problems;
    return [
      ...problems,
      `${at}${prefer}${name.includes(".") ? " including a path (/)" : ""} ${why}`,
    ];
  });
}
