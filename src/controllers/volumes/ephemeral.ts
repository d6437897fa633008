// Makes the claims of a pod's ephemeral volumes, which end with the pod by their owner reference.
import { refOfKey } from "../../client/key.ts";
import { type Action, referenceTo } from "../../control/action.ts";
import { ownKey, source, startController } from "../../control/controller.ts";
import { persistentVolumeClaims, pods } from "../../schema/resources.ts";
import type { PersistentVolumeClaim, Pod, Volume } from "../../schema/types/core-v1.ts";
import type { Parts, Running } from "../parts.ts";
import { byClaim } from "./binder.ts";

function reconcileEphemeral(observed: {
  pod: Pod;
  claimOf: (name: string) => PersistentVolumeClaim | undefined;
}): Action[] {
  const { pod, claimOf } = observed;
  if (pod.metadata.deletionTimestamp) return [];
  return (pod.spec.volumes ?? []).flatMap((volume): Action[] => {
    if (!volume.ephemeral) return [];
    const claim = claimOf(claimName(pod, volume));
    if (claim === undefined) return [create(pod, volume)];
    if (isOwnedBy(pod, claim)) return [];
    const { namespace, name } = claim.metadata;
    const why = `PVC ${namespace}/${name} was not created for pod ${namespace}/${pod.metadata.name} (pod is not owner)`;
    return [failed(pod, volume, why)];
  });
}

const claimName = ({ metadata }: Pod, { name }: Volume): string => `${metadata.name}-${name}`;

const isOwnedBy = ({ metadata }: Pod, claim: PersistentVolumeClaim): boolean =>
  claim.metadata.ownerReferences?.some((o) => o.controller && o.uid === metadata.uid) ?? false;

function create(pod: Pod, volume: Volume): Action {
  const { namespace, name = "", uid = "" } = pod.metadata;
  const template = volume.ephemeral?.volumeClaimTemplate;
  const { annotations, labels } = template?.metadata ?? {};
  const object: PersistentVolumeClaim = {
    metadata: {
      ...(namespace ? { namespace } : {}),
      name: claimName(pod, volume),
      ...(annotations ? { annotations } : {}),
      ...(labels ? { labels } : {}),
      ownerReferences: [
        { apiVersion: "v1", kind: "Pod", name, uid, controller: true, blockOwnerDeletion: true },
      ],
    },
    spec: template?.spec ?? {},
  };
  return {
    do: "create",
    resource: persistentVolumeClaims,
    object,
    report: {
      about: referenceTo(pods, pod),
      failed: {
        reason: "FailedBinding",
        message: (why) =>
          `ephemeral volume ${volume.name}: create PVC ${claimName(pod, volume)}: ${why}`,
      },
    },
  };
}

const failed = (pod: Pod, { name }: Volume, why: string): Action => ({
  do: "event",
  about: referenceTo(pods, pod),
  type: "Warning",
  reason: "FailedBinding",
  message: `ephemeral volume ${name}: ${why}`,
});

export function startEphemeralVolumes(parts: Parts): Running {
  const podCache = parts.caches.of(pods, { indexes: { byClaim } });
  const claims = parts.caches.of(persistentVolumeClaims);
  return startController({
    ...parts,
    name: "ephemeral-volume",
    sources: [
      // A pod's volumes never change; what is left is a claim that somebody deletes.
      source(podCache, (change) =>
        !change.old && change.next?.spec.volumes?.some((v) => v.ephemeral) ? ownKey(change) : [],
      ),
      source(claims, ({ key, next }) =>
        next ? [] : podCache.by("byClaim", key).map((pod) => keyOfPod(pod)),
      ),
    ],
    observe(key) {
      const pod = podCache.get(refOfKey(key));
      const namespace = pod?.metadata.namespace;
      return pod && { pod, claimOf: (name) => claims.get({ namespace, name }) };
    },
    reconcile: reconcileEphemeral,
  });
}

const keyOfPod = ({ metadata }: Pod): string => `${metadata.namespace}/${metadata.name}`;
