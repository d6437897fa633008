// The label that tells the pods of one template from those of another, and the name of their ReplicaSet.

import { equal } from "../../lib/equal.ts";
import { nameLetters } from "../../lib/random.ts";
import type { Deployment, ReplicaSet } from "../../schema/types/apps-v1.ts";
import type { PodTemplateSpec } from "../../schema/types/core-v1.ts";

export const hashLabel = "pod-template-hash";

/** Letters that are safe in names, from the template and the number of collisions met so far. */
export function templateHash(template: PodTemplateSpec, collisions: number | undefined): string {
  let hash = fnv32a(fnvStart, new TextEncoder().encode(canonical(template)));
  if (collisions !== undefined) {
    const count = new Uint8Array(8);
    new DataView(count.buffer).setUint32(0, collisions, true);
    hash = fnv32a(hash, count);
  }
  return [...String(hash)]
    .map((digit) => nameLetters[digit.charCodeAt(0) % nameLetters.length])
    .join("");
}

const fnvStart = 0x811c9dc5;

function fnv32a(start: number, bytes: Uint8Array): number {
  let hash = start;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** The same text for the same value, whatever the order of its fields. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  const sorted = fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join(",")}}`;
}

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
