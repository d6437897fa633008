// The templates that a StatefulSet or DaemonSet has had, kept as ControllerRevisions: patches that bring one back.
import type { Action } from "../control/action.ts";
import { equal } from "../lib/equal.ts";
import type { ApiObject } from "../schema/kind.ts";
import type { Resource } from "../schema/resource.ts";
import { controllerRevisions } from "../schema/resources.ts";
import type { ControllerRevision } from "../schema/types/apps-v1.ts";
import type { PodTemplateSpec } from "../schema/types/core-v1.ts";
import { digest } from "./digest.ts";
import { controllerReference } from "./owner.ts";

type Owner = ApiObject & { spec?: { template: PodTemplateSpec } };

export type HistoryOptions = {
  resource: Resource;
  owner: Owner;
  /** The owner's own revisions. */
  revisions: readonly ControllerRevision[];
  /** Any revision of the namespace by name: a name may be taken. */
  taken: (name: string) => ControllerRevision | undefined;
  collisions: number;
  /** Label under which pods and revisions carry the hash. */
  hashLabel: string;
};

export type History = {
  /** For the owner's template as it is now. */
  update: ControllerRevision;
  /** In the order of their numbers, without one that is still to be made. */
  sorted: ControllerRevision[];
  collisions: number;
  /** Makes `update`, or gives it the highest number. */
  actions: Action[];
};

const nameMax = 223;

export function historyOf(options: HistoryOptions): History {
  const { owner, revisions, taken } = options;
  const sorted = [...revisions].sort(byNumber);
  const latest = sorted.at(-1);
  const data = patchTo(owner.spec!.template);
  const same = sorted.findLast((revision) => equal(revision.data, data));
  const number = (latest?.revision ?? 0) + 1;
  if (same && same === latest)
    return { update: same, sorted, collisions: options.collisions, actions: [] };
  if (same) {
    // A rollback: the old revision becomes the newest.
    const object = { ...same, revision: number };
    const actions: Action[] = [{ do: "update", resource: controllerRevisions, object }];
    const others = sorted.filter((revision) => revision !== same);
    return { update: object, sorted: [...others, object], collisions: options.collisions, actions };
  }
  let { collisions } = options;
  let made = revisionOf(options, data, number, collisions);
  for (let rival = taken(made.metadata.name!); rival; rival = taken(made.metadata.name!)) {
    if (equal(rival.data, data)) return { update: rival, sorted, collisions, actions: [] };
    made = revisionOf(options, data, number, ++collisions);
  }
  const actions: Action[] = [{ do: "create", resource: controllerRevisions, object: made }];
  return { update: made, sorted, collisions, actions };
}

/**
 * What a revision holds: a strategic merge patch that replaces the template. Clients compare its text to the one
 * that they make of a template, with the names in order.
 */
const patchTo = (template: PodTemplateSpec): ControllerRevision["data"] => ({
  spec: { template: inOrder({ ...template, $patch: "replace" }) },
});

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, inOrder(item)]));
}

/** The template that `revision` brings back. */
export function templateOf({ data }: ControllerRevision): PodTemplateSpec | undefined {
  const { template } = (data as { spec?: { template?: PodTemplateSpec & { $patch?: string } } })
    .spec ?? { template: undefined };
  if (!template) return undefined;
  const { $patch: _, ...rest } = template;
  return rest;
}

function revisionOf(
  { resource, owner, hashLabel }: HistoryOptions,
  data: ControllerRevision["data"],
  revision: number,
  collisions: number,
): ControllerRevision {
  const { name = "", namespace, annotations } = owner.metadata;
  const hash = digest(data, String(collisions));
  return {
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: {
      name: `${name.slice(0, nameMax)}-${hash}`,
      namespace,
      labels: { ...owner.spec?.template.metadata?.labels, [hashLabel]: hash },
      ...(annotations ? { annotations } : {}),
      ownerReferences: [controllerReference(resource, owner)],
    },
    data,
    revision,
  };
}

function byNumber(a: ControllerRevision, b: ControllerRevision): number {
  const order = (a.revision ?? 0) - (b.revision ?? 0);
  if (order !== 0) return order;
  const [x, y] = [a.metadata.creationTimestamp ?? "", b.metadata.creationTimestamp ?? ""];
  if (x !== y) return x < y ? -1 : 1;
  return (a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1;
}

/** Removes the oldest revisions that nothing uses, beyond `limit`. */
export function truncate(
  sorted: readonly ControllerRevision[],
  isLive: (revision: ControllerRevision) => boolean,
  limit: number | undefined,
): Action[] {
  const unused = sorted.filter((revision) => !isLive(revision));
  return unused.slice(0, Math.max(unused.length - (limit ?? 10), 0)).map(({ metadata }) => ({
    do: "delete",
    resource: controllerRevisions,
    ref: { namespace: metadata.namespace, name: metadata.name! },
    uid: metadata.uid!,
  }));
}
