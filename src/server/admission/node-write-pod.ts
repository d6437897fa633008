// What a node may write of pods: the mirrors of those that it runs by itself, and the status of its own.
import { equal } from "../../lib/equal.ts";
import { podConfigMaps, podSecrets } from "../../schema/pod-references.ts";
import { nodes } from "../../schema/resources.ts";
import { notFound } from "../../schema/status-error.ts";
import type { Node, Pod } from "../../schema/types/core-v1.ts";
import { type NodeWrite, podNamed, unexpected } from "./node-write.ts";

const quoted = (text: string): string => JSON.stringify(text);

export function podWrite(question: NodeWrite): string | undefined {
  const { node, context, write } = question;
  const { subresource, name } = context.attributes;
  const self = quoted(node);
  switch (subresource) {
    case "":
      break;
    case "status":
      return write.operation === "UPDATE" ? podStatus(question) : unexpected(write);
    case "eviction": {
      if (write.operation !== "CREATE") return unexpected(write);
      const pod = podNamed(question, name || (write.object?.metadata.name ?? ""));
      return pod.spec?.nodeName === node
        ? undefined
        : `node ${node} can only evict pods with spec.nodeName set to itself`;
    }
    default:
      return `unexpected pod subresource ${quoted(subresource)}, only 'status' and 'eviction' are allowed`;
  }
  switch (write.operation) {
    case "CREATE":
      return mirrorPod(question);
    case "DELETE":
      return podNamed(question, name).spec?.nodeName === node
        ? undefined
        : `node ${self} can only delete pods with spec.nodeName set to itself`;
    default:
      return `${unexpected(write)}, node ${self} can only create and delete mirror pods`;
  }
}

const mirror = "kubernetes.io/config.mirror";

/** A node may only show the pods that it runs without having been told to. */
function mirrorPod({ node, write, core }: NodeWrite): string | undefined {
  const pod = write.object as Pod;
  const self = quoted(node);
  if (pod.metadata.annotations?.[mirror] === undefined) {
    return `pod does not have ${quoted(mirror)} annotation, node ${self} can only create mirror pods`;
  }
  if (pod.spec?.nodeName !== node) {
    return `node ${self} can only create pods with spec.nodeName set to itself`;
  }
  const owners = pod.metadata.ownerReferences ?? [];
  if (owners.length > 1) {
    return `node ${self} can only create pods with a single owner reference set to itself`;
  }
  const owner = owners[0];
  if (owner?.apiVersion !== "v1" || owner.kind !== "Node" || owner.name !== node) {
    return `node ${self} can only create pods with an owner reference set to itself`;
  }
  if (owner.controller !== true) {
    return `node ${self} can only create pods with a controller owner reference set to itself`;
  }
  if (owner.blockOwnerDeletion === true) {
    return `node ${self} must not set blockOwnerDeletion on an owner reference`;
  }
  const known = core.view<Node>(nodes).get("", node);
  if (known === undefined) throw notFound({ group: "", plural: "nodes", name: node });
  if (owner.uid !== known.metadata.uid) {
    return `node ${node} UID mismatch: expected ${owner.uid} got ${known.metadata.uid}`;
  }
  const reference = apiReference(pod);
  return reference === undefined
    ? undefined
    : `node ${self} can not create pods that reference ${reference}`;
}

/** A kind of object that the pod refers to. */
function apiReference(pod: Pod): string | undefined {
  const { spec } = pod;
  if (spec?.serviceAccountName) return "serviceaccounts";
  for (const _ of podSecrets(pod)) return "secrets";
  for (const _ of podConfigMaps(pod)) return "configmaps";
  if ((spec?.resourceClaims ?? []).length > 0) return "resourceclaims";
  for (const volume of spec?.volumes ?? []) {
    if (volume.configMap !== undefined) return "configmaps (via configmap volumes)";
    if (volume.secret !== undefined) return "secrets (via secret volumes)";
    if (volume.csi !== undefined) return "csidrivers (via CSI volumes)";
    if (volume.glusterfs !== undefined) return "endpoints (via glusterFS volumes)";
    if (volume.persistentVolumeClaim !== undefined) return "persistentvolumeclaims";
    if (volume.ephemeral !== undefined) return "persistentvolumeclaims (via ephemeral volumes)";
    if (volume.azureFile !== undefined) return "secrets (via azureFile volumes)";
    for (const source of volume.projected?.sources ?? []) {
      if (source.configMap !== undefined) return "configmaps (via projected volumes)";
      if (source.secret !== undefined) return "secrets (via projected volumes)";
      if (source.serviceAccountToken !== undefined)
        return "serviceaccounts (via projected volumes)";
      if (source.clusterTrustBundle !== undefined) return "clustertrustbundles";
      if (source.podCertificate !== undefined) return "podcertificates";
    }
  }
  return undefined;
}

function podStatus({ node, write }: NodeWrite): string | undefined {
  const next = write.object as Pod;
  const old = write.old as Pod;
  const self = quoted(node);
  if (old.spec?.nodeName !== node) {
    return `node ${self} can only update pod status for pods with spec.nodeName set to itself`;
  }
  if (!equal(next.metadata.labels ?? {}, old.metadata.labels ?? {})) {
    return `node ${self} cannot update labels through pod status`;
  }
  const { status: a } = next;
  const { status: b } = old;
  if (!equal(a?.resourceClaimStatuses ?? [], b?.resourceClaimStatuses ?? [])) {
    return `node ${self} cannot update resource claim statues`;
  }
  if (!equal(a?.extendedResourceClaimStatus, b?.extendedResourceClaimStatus)) {
    return `node ${self} cannot update extended resource claim status`;
  }
  const allocatable = "nodeAllocatableResourceClaimStatuses";
  if (!equal(a?.[allocatable] ?? [], b?.[allocatable] ?? [])) {
    return `node ${self} cannot update node allocatable resource claim statuses`;
  }
  return undefined;
}
