// Which pod of a StatefulSet is which, and the pods and claims that belong to an ordinal.
import { persistentVolumeClaims, statefulSets } from "../../schema/resources.ts";
import type { StatefulSet } from "../../schema/types/apps-v1.ts";
import type {
  PersistentVolumeClaim,
  Pod,
  PodTemplateSpec,
  Volume,
} from "../../schema/types/core-v1.ts";
import { controllerReference } from "../owner.ts";
import { podFromTemplate } from "../pods.ts";

export const revisionLabel = "controller-revision-hash";
const podNameLabel = "statefulset.kubernetes.io/pod-name";
const indexLabel = "apps.kubernetes.io/pod-index";

export const startOrdinal = ({ spec }: StatefulSet): number => spec.ordinals?.start ?? 0;
export const wantedReplicas = ({ spec }: StatefulSet): number => spec.replicas ?? 1;
const podName = ({ metadata }: StatefulSet, ordinal: number): string =>
  `${metadata.name}-${ordinal}`;

/** The ordinal in a pod's name; undefined when the name is not one of the set's. */
export function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  const match = /^(.*)-(\d+)$/.exec(pod.metadata.name ?? "");
  if (!match || match[1] !== set.metadata.name || Number(match[2]) > 0x7fff_ffff) return undefined;
  return Number(match[2]);
}

export const isInRange = (set: StatefulSet, ordinal: number): boolean =>
  ordinal >= startOrdinal(set) && ordinal < startOrdinal(set) + wantedReplicas(set);

export const revisionOf = ({ metadata }: Pod): string | undefined =>
  metadata.labels?.[revisionLabel];

const claimName = (set: StatefulSet, template: PersistentVolumeClaim, ordinal: number): string =>
  `${template.metadata.name}-${set.metadata.name}-${ordinal}`;

/** The pod of an ordinal, made from `template`, whose revision is called `revision`. */
export function podFor(
  set: StatefulSet,
  ordinal: number,
  template: PodTemplateSpec,
  revision: string,
): Pod {
  const owner = controllerReference(statefulSets, set);
  const pod = podFromTemplate(template, owner, set.metadata.namespace ?? "");
  const name = podName(set, ordinal);
  const labels = { ...pod.metadata.labels, ...identityLabels(name, ordinal) };
  return {
    ...pod,
    metadata: { ...pod.metadata, name, labels: { ...labels, [revisionLabel]: revision } },
    spec: {
      ...pod.spec,
      hostname: name,
      ...(set.spec.serviceName ? { subdomain: set.spec.serviceName } : {}),
      ...volumesWithClaims(set, ordinal, pod.spec.volumes),
    },
  };
}

const identityLabels = (name: string, ordinal: number) => ({
  [podNameLabel]: name,
  [indexLabel]: String(ordinal),
});

function volumesWithClaims(
  set: StatefulSet,
  ordinal: number,
  volumes: Volume[] | undefined,
): { volumes?: Volume[] } {
  const claims = (set.spec.volumeClaimTemplates ?? []).map(
    (template): Volume => ({
      name: template.metadata.name!,
      persistentVolumeClaim: { claimName: claimName(set, template, ordinal) },
    }),
  );
  const others = (volumes ?? []).filter((v) => !claims.some((c) => c.name === v.name));
  return claims.length + others.length === 0 ? {} : { volumes: [...claims, ...others] };
}

/** `pod` with the labels that it must have; the same object when it has them. */
export function withIdentity(pod: Pod, ordinal: number): Pod {
  const name = pod.metadata.name!;
  if (pod.metadata.labels?.[podNameLabel] === name) return pod;
  const labels = { ...pod.metadata.labels, ...identityLabels(name, ordinal) };
  return { ...pod, metadata: { ...pod.metadata, labels } };
}

export function claimsFor(set: StatefulSet, ordinal: number): PersistentVolumeClaim[] {
  return (set.spec.volumeClaimTemplates ?? []).map((template) => ({
    ...template,
    apiVersion: "v1",
    kind: persistentVolumeClaims.kind,
    metadata: {
      ...template.metadata,
      name: claimName(set, template, ordinal),
      namespace: set.metadata.namespace,
      labels: { ...template.metadata.labels, ...set.spec.selector?.matchLabels },
    },
  }));
}
