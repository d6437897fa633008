// The label that tells the pods of one template from those of another, and the name of their ReplicaSet.

import { equal } from "../../lib/equal.ts";
import type { Deployment, ReplicaSet } from "../../schema/types/apps-v1.ts";
import type { PodTemplateSpec } from "../../schema/types/core-v1.ts";
import { digest } from "../digest.ts";

export const hashLabel = "pod-template-hash";

/** Letters that are safe in names, from the template and the number of collisions met so far. */
export const templateHash = (template: PodTemplateSpec, collisions: number | undefined): string =>
  digest(template, collisions === undefined ? "" : String(collisions));

/** Longest name of an object. */
const nameMax = 253;

export const replicaSetName = (deployment: string, hash: string): string =>
  `${deployment.slice(0, nameMax - 1 - hash.length)}-${hash}`;

/** Whether `set` was made from the Deployment's template; its own hash label aside. */
export const hasTemplate = (set: ReplicaSet, deployment: Deployment): boolean =>
  equal(withoutHash(set.spec?.template), withoutHash(deployment.spec?.template));

function withoutHash(template: PodTemplateSpec | undefined): unknown {
  const { [hashLabel]: _, ...labels } = template?.metadata?.labels ?? {};
  return { ...template, metadata: { ...template?.metadata, labels } };
}
