// What the checks look at, and the words that they share.
import type { Container, EphemeralContainer, PodSpec } from "../../../schema/types/core-v1.ts";
import type { ObjectMeta } from "../../../schema/types/meta-v1.ts";

export type PodView = {
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: PodSpec;
  /** Init containers first, then containers, then ephemeral ones. */
  readonly containers: readonly (Container | EphemeralContainer)[];
};

export const podView = (metadata: ObjectMeta | undefined, spec: PodSpec): PodView => ({
  annotations: metadata?.annotations ?? {},
  spec,
  containers: [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ],
});

/** `reason` tells the rule in a few words, `detail` who breaks it and how. */
export type Violation = { readonly reason: string; readonly detail: string };

/** Why the pod breaks the rule; undefined when it does not. */
export type CheckPod = (pod: PodView) => Violation | undefined;

export const quoted = (items: Iterable<string>): string =>
  [...items].map((item) => `"${item}"`).join(", ");

export const sorted = (items: Iterable<string>): string[] => [...new Set(items)].sort();

/** `plural` unless there is exactly one. */
export const counted = (count: number, singular: string, plural = `${singular}s`): string =>
  count === 1 ? singular : plural;

/** `container "a"` or `containers "a", "b"`. */
export const containersText = (names: readonly string[]): string =>
  `${counted(names.length, "container")} ${quoted(names)}`;

/** `pod and container "a"`: who sets something, the pod itself among them. */
export function setters(pod: boolean, names: readonly string[]): string {
  const parts = [...(pod ? ["pod"] : []), ...(names.length > 0 ? [containersText(names)] : [])];
  return parts.join(" and ");
}

export const isWindows = ({ spec }: PodView): boolean => spec.os?.name === "windows";

/** In a user namespace of its own, root inside is nobody outside. */
export const hasOwnUsers = ({ spec }: PodView): boolean => spec.hostUsers === false;
