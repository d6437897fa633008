// Which objects the pods of a node refer to: what its agent may read. Kept by counting references, so that a change of
// one pod costs what that pod refers to.
//
//   pod dev/web on n1, which mounts Secret key      gives      "secrets dev/key" → { n1: 1 }

import { podConfigMaps, podSecrets } from "../../schema/pod-references.ts";
import {
  persistentVolumes,
  podCertificateRequests,
  pods,
  resourceSlices,
  volumeAttachments,
} from "../../schema/resources.ts";
import type { PersistentVolume, Pod } from "../../schema/types/core-v1.ts";
import type { Core, View } from "../context.ts";

export type NodeGraph = {
  /** Whether something on the node refers to the object. */
  relates(node: string, plural: string, namespace: string, name: string): boolean;
};

export function nodeGraph(core: Core): NodeGraph {
  const references = new References();
  const podView = core.view<Pod>(pods);
  for (const pod of podView.list())
    references.set(pod.metadata.namespace!, pod.metadata.name!, pod);
  podView.onChange((namespace, name, pod) => references.set(namespace, name, pod));
  const volumes = core.view<PersistentVolume>(persistentVolumes);
  return {
    relates(node, plural, namespace, name) {
      const own = (view: View<{ metadata: object; spec?: { nodeName?: string } }>): boolean =>
        view.get(namespace, name)?.spec?.nodeName === node;
      switch (plural) {
        case "pods":
          return own(podView);
        case "volumeattachments":
          return own(core.view(volumeAttachments));
        case "resourceslices":
          return own(core.view(resourceSlices));
        case "podcertificaterequests":
          return own(core.view(podCertificateRequests));
        case "persistentvolumes":
          return isClaimed(references, node, volumes.get("", name));
        case "secrets":
          return (
            references.has(node, "secrets", namespace, name) ||
            volumes
              .list()
              .some(
                (v) =>
                  isClaimed(references, node, v) &&
                  secretsOf(v).some((s) => s.namespace === namespace && s.name === name),
              )
          );
        default:
          return references.has(node, plural, namespace, name);
      }
    },
  };
}

function isClaimed(
  references: References,
  node: string,
  volume: PersistentVolume | undefined,
): boolean {
  const { namespace = "", name = "" } = volume?.spec?.claimRef ?? {};
  return name !== "" && references.has(node, "persistentvolumeclaims", namespace, name);
}

type Known = { readonly node: string; readonly mark: string; readonly keys: readonly string[] };

class References {
  readonly #nodes = new Map<string, Map<string, number>>();
  readonly #pods = new Map<string, Known>();

  has(node: string, plural: string, namespace: string, name: string): boolean {
    return this.#nodes.get(`${plural} ${namespace}/${name}`)?.has(node) ?? false;
  }

  set(namespace: string, name: string, pod: Pod | undefined): void {
    const key = `${namespace}/${name}`;
    const known = this.#pods.get(key);
    const mark = pod === undefined ? "" : markOf(pod);
    if (known !== undefined && known.mark === mark) return;
    if (known !== undefined) {
      for (const k of known.keys) this.#count(k, known.node, -1);
      this.#pods.delete(key);
    }
    const node = pod?.spec?.nodeName ?? "";
    if (pod === undefined || node === "") return;
    const keys = [...new Set(referencesOf(pod))];
    for (const k of keys) this.#count(k, node, 1);
    this.#pods.set(key, { node, mark, keys });
  }

  #count(key: string, node: string, by: number): void {
    const nodes = this.#nodes.get(key) ?? new Map<string, number>();
    const count = (nodes.get(node) ?? 0) + by;
    if (count > 0) nodes.set(node, count);
    else nodes.delete(node);
    if (nodes.size > 0) this.#nodes.set(key, nodes);
    else this.#nodes.delete(key);
  }
}

/** Changes when the references may have: most updates of a pod are of its status alone. */
function markOf({ metadata, spec, status }: Pod): string {
  const claims = status?.resourceClaimStatuses?.map((c) => c.resourceClaimName ?? "") ?? [];
  const extended = status?.extendedResourceClaimStatus?.resourceClaimName ?? "";
  return [
    metadata.uid,
    spec?.nodeName,
    spec?.ephemeralContainers?.length ?? 0,
    claims,
    extended,
  ].join();
}

const mirror = "kubernetes.io/config.mirror";

function* referencesOf(pod: Pod): Iterable<string> {
  const { namespace = "", name = "", annotations } = pod.metadata;
  const { spec, status } = pod;
  // A pod that a node itself wrote gives it nothing.
  if (spec === undefined || annotations?.[mirror] !== undefined) return;
  const key = (plural: string, object: string): string => `${plural} ${namespace}/${object}`;
  if (spec.serviceAccountName) yield key("serviceaccounts", spec.serviceAccountName);
  for (const secret of podSecrets(pod)) yield key("secrets", secret);
  for (const configMap of podConfigMaps(pod)) yield key("configmaps", configMap);
  for (const volume of spec.volumes ?? []) {
    const claim = volume.persistentVolumeClaim?.claimName;
    if (claim) yield key("persistentvolumeclaims", claim);
    if (volume.ephemeral) yield key("persistentvolumeclaims", `${name}-${volume.name}`);
  }
  const claims = [
    ...(spec.resourceClaims ?? []).map((c) => c.resourceClaimName),
    ...(status?.resourceClaimStatuses ?? []).map((c) => c.resourceClaimName),
    status?.extendedResourceClaimStatus?.resourceClaimName,
  ];
  for (const claim of claims) if (claim) yield key("resourceclaims", claim);
}

type SecretName = { readonly namespace: string; readonly name: string };

/** Secrets that the node's agent needs to mount the volume. */
function secretsOf({ spec }: PersistentVolume): SecretName[] {
  const home = spec?.claimRef?.namespace ?? "";
  const refs = [
    spec?.cephfs?.secretRef,
    spec?.cinder?.secretRef,
    spec?.flexVolume?.secretRef,
    spec?.rbd?.secretRef,
    spec?.scaleIO?.secretRef,
    spec?.iscsi?.secretRef,
    spec?.storageos?.secretRef,
    spec?.csi?.nodePublishSecretRef,
    spec?.csi?.nodeStageSecretRef,
    spec?.csi?.nodeExpandSecretRef,
  ];
  const azure = spec?.azureFile;
  return [
    ...refs.flatMap((r) => (r?.name ? [{ namespace: r.namespace || home, name: r.name }] : [])),
    ...(azure === undefined
      ? []
      : [{ namespace: azure.secretNamespace || home, name: azure.secretName }]),
  ];
}
