// The conditions of a namespace that is being deleted, in upstream's words.
import { printTime } from "../../schema/time.ts";
import type { NamespaceCondition, NamespaceStatus } from "../../schema/types/core-v1.ts";
import { conditionOf } from "../conditions.ts";
import type { Remains } from "./content.ts";

type Trouble = { reason: string; message: string };

/** `unknown`: groups and versions that could not be discovered. */
export function statusOf(
  old: NamespaceStatus | undefined,
  remains: Remains,
  unknown: readonly string[],
  now: number,
): NamespaceStatus {
  const troubles: [string, Trouble | undefined, Trouble][] = [
    [
      "NamespaceDeletionDiscoveryFailure",
      unknown.length > 0 ? undiscovered(unknown) : undefined,
      { reason: "ResourcesDiscovered", message: "All resources successfully discovered" },
    ],
    [
      "NamespaceDeletionGroupVersionParsingFailure",
      undefined,
      { reason: "ParsedGroupVersions", message: "All legacy kube types successfully parsed" },
    ],
    [
      "NamespaceDeletionContentFailure",
      remains.failures.length > 0 ? failed(remains.failures) : undefined,
      {
        reason: "ContentDeleted",
        message: "All content successfully deleted, may be waiting on finalization",
      },
    ],
    [
      "NamespaceContentRemaining",
      remains.counts.size > 0 ? contentLeft(remains) : undefined,
      { reason: "ContentRemoved", message: "All content successfully removed" },
    ],
    [
      "NamespaceFinalizersRemaining",
      remains.finalizers.size > 0 ? finalizersLeft(remains) : undefined,
      {
        reason: "ContentHasNoFinalizers",
        message: "All content-preserving finalizers finished",
      },
    ],
  ];
  const conditions = troubles.map(([type, trouble, fine]): NamespaceCondition => {
    const before = conditionOf(old?.conditions, type);
    const status = trouble ? "True" : "False";
    const lastTransitionTime =
      before?.status === status ? before.lastTransitionTime : printTime(now);
    return { type, status, lastTransitionTime, ...(trouble ?? fine) };
  });
  const others = (old?.conditions ?? []).filter((c) => !conditionOf(conditions, c.type));
  return { ...old, phase: "Terminating", conditions: [...others, ...conditions] };
}

const undiscovered = (unknown: readonly string[]): Trouble => ({
  reason: "DiscoveryFailed",
  message:
    `Discovery failed for some groups, ${unknown.length} failing: unable to retrieve the ` +
    `complete list of server APIs: ${unknown.map((gv) => `${gv}: stale GroupVersion discovery: ${gv}`).join(", ")}`,
});

const failed = (failures: readonly string[]): Trouble => ({
  reason: "ContentDeletionFailed",
  message:
    `Failed to delete all resource types, ${failures.length} remaining: ` +
    failures.toSorted().join(", "),
});

const contentLeft = ({ counts }: Remains): Trouble => ({
  reason: "SomeResourcesRemain",
  message: `Some resources are remaining: ${[...counts]
    .map(([kind, count]) => `${kind} has ${count} resource instances`)
    .sort()
    .join(", ")}`,
});

const finalizersLeft = ({ finalizers }: Remains): Trouble => ({
  reason: "SomeFinalizersRemain",
  message: `Some content in the namespace has finalizers remaining: ${[...finalizers]
    .map(([finalizer, count]) => `${finalizer} in ${count} resource instances`)
    .sort()
    .join(", ")}`,
});
