// What a pod refers to by name.
import type { Container, Pod, Volume } from "./types/core-v1.ts";

/** Names of the Secrets that the pod refers to anywhere. */
export function* podSecrets(pod: Pod): Iterable<string> {
  for (const { name } of pod.spec?.imagePullSecrets ?? []) if (name) yield name;
  for (const { env, envFrom } of containersOf(pod)) {
    for (const { valueFrom } of env ?? []) {
      if (valueFrom?.secretKeyRef?.name) yield valueFrom.secretKeyRef.name;
    }
    for (const { secretRef } of envFrom ?? []) if (secretRef?.name) yield secretRef.name;
  }
  for (const volume of pod.spec?.volumes ?? []) yield* volumeSecrets(volume);
}

/** Names of the ConfigMaps that the pod refers to anywhere. */
export function* podConfigMaps(pod: Pod): Iterable<string> {
  for (const { env, envFrom } of containersOf(pod)) {
    for (const { valueFrom } of env ?? []) {
      if (valueFrom?.configMapKeyRef?.name) yield valueFrom.configMapKeyRef.name;
    }
    for (const { configMapRef } of envFrom ?? []) if (configMapRef?.name) yield configMapRef.name;
  }
  for (const { configMap, projected } of pod.spec?.volumes ?? []) {
    if (configMap?.name) yield configMap.name;
    for (const source of projected?.sources ?? []) {
      if (source.configMap?.name) yield source.configMap.name;
    }
  }
}

function* volumeSecrets(volume: Volume): Iterable<string> {
  const names = [
    volume.azureFile?.secretName,
    volume.secret?.secretName,
    volume.cephfs?.secretRef?.name,
    volume.cinder?.secretRef?.name,
    volume.flexVolume?.secretRef?.name,
    volume.rbd?.secretRef?.name,
    volume.scaleIO?.secretRef?.name,
    volume.iscsi?.secretRef?.name,
    volume.storageos?.secretRef?.name,
    volume.csi?.nodePublishSecretRef?.name,
    ...(volume.projected?.sources ?? []).map((s) => s.secret?.name),
  ];
  for (const name of names) if (name) yield name;
}

function* containersOf({ spec }: Pod): Iterable<Pick<Container, "env" | "envFrom">> {
  yield* spec?.initContainers ?? [];
  yield* spec?.containers ?? [];
  yield* spec?.ephemeralContainers ?? [];
}
