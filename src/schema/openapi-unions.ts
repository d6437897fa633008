// Types of which one field says, by its value, which of the others is set, or of which one field alone is set.

type Union = {
  /** The field that tells. */
  readonly by?: string;
  /** Their values in `by` are their names with a capital letter. */
  readonly members: readonly string[];
};

/** Upstream's `+union` markers, by the full name of the type. */
const unions: Readonly<Record<string, Union>> = {
  "io.k8s.api.core.v1.AppArmorProfile": { by: "type", members: ["localhostProfile"] },
  "io.k8s.api.core.v1.PodSchedulingGroup": { members: ["podGroupName"] },
  "io.k8s.api.core.v1.SeccompProfile": { by: "type", members: ["localhostProfile"] },
  "io.k8s.api.flowcontrol.v1.LimitResponse": { by: "type", members: ["queuing"] },
  "io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationSpec": {
    by: "type",
    members: ["exempt", "limited"],
  },
  "io.k8s.api.flowcontrol.v1.Subject": {
    by: "kind",
    members: ["group", "serviceAccount", "user"],
  },
  "io.k8s.api.scheduling.v1alpha3.WorkloadPodGroupDisruptionMode": { members: ["all", "single"] },
  "io.k8s.api.scheduling.v1alpha3.WorkloadPodGroupSchedulingPolicy": {
    members: ["basic", "gang"],
  },
};

/** The extension that publishes the union of the type `name`; nothing where it is none. */
export function unionOf(name: string): Record<string, unknown> {
  const union = Object.hasOwn(unions, name) ? unions[name] : undefined;
  if (union === undefined) return {};
  const values = union.members.map((member) => [
    member,
    `${member.charAt(0).toUpperCase()}${member.slice(1)}`,
  ]);
  const told = { "fields-to-discriminateBy": Object.fromEntries(values) };
  return {
    "x-kubernetes-unions": [union.by === undefined ? told : { discriminator: union.by, ...told }],
  };
}
