// Types of storage.k8s.io/v1. Made by tools/facts/make.ts. Do not edit.
import type { PersistentVolumeAccessMode, PersistentVolumeMode, PersistentVolumeReclaimPolicy, PersistentVolumeSpec, TopologySelectorTerm } from "./core-v1.ts";
import type { LabelSelector, ListMeta, ObjectMeta } from "./meta-v1.ts";

export type CSIDriver = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: CSIDriverSpec;
};

export type CSIDriverList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: CSIDriver[];
};

export type CSIDriverSpec = {
  attachRequired?: boolean;
  podInfoOnMount?: boolean;
  volumeLifecycleModes?: string[];
  storageCapacity?: boolean;
  fsGroupPolicy?: string;
  tokenRequests?: TokenRequest[];
  requiresRepublish?: boolean;
  seLinuxMount?: boolean;
  nodeAllocatableUpdatePeriodSeconds?: number;
  serviceAccountTokenInSecrets?: boolean;
  preventPodSchedulingIfMissing?: boolean;
};

export type CSINode = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: CSINodeSpec;
  status?: CSINodeStatus;
};

export type CSINodeDriver = {
  name: string;
  nodeID: string;
  topologyKeys: string[];
  allocatable?: VolumeNodeResources;
};

export type CSINodeList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: CSINode[];
};

export type CSINodeSpec = {
  drivers: CSINodeDriver[];
};

export type CSINodeStatus = {
  storageHealth?: StorageHealth[];
};

export type CSIStorageCapacity = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  nodeTopology?: LabelSelector;
  storageClassName: string;
  capacity?: string;
  maximumVolumeSize?: string;
};

export type CSIStorageCapacityList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: CSIStorageCapacity[];
};

export type StorageClass = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  provisioner: string;
  parameters?: Record<string, string>;
  reclaimPolicy?: PersistentVolumeReclaimPolicy;
  mountOptions?: string[];
  allowVolumeExpansion?: boolean;
  volumeBindingMode?: VolumeBindingMode;
  allowedTopologies?: TopologySelectorTerm[];
};

export type StorageClassList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: StorageClass[];
};

export type StorageHealth = {
  name: string;
  healthConditions?: StorageHealthCondition[];
};

export type StorageHealthCondition = {
  status: StorageHealthStatusType;
  reason: string;
  message?: string;
  accessMode?: PersistentVolumeAccessMode;
  volumeMode?: PersistentVolumeMode;
  lastTransitionTime?: string;
};

export type StorageHealthStatusType = "StorageDegraded" | "StorageUnreachable";

export type TokenRequest = {
  audience: string;
  expirationSeconds?: number;
};

export type VolumeAttachment = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: VolumeAttachmentSpec;
  status?: VolumeAttachmentStatus;
};

export type VolumeAttachmentList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: VolumeAttachment[];
};

export type VolumeAttachmentSource = {
  persistentVolumeName?: string;
  inlineVolumeSpec?: PersistentVolumeSpec;
};

export type VolumeAttachmentSpec = {
  attacher: string;
  source: VolumeAttachmentSource;
  nodeName: string;
};

export type VolumeAttachmentStatus = {
  attached: boolean;
  attachmentMetadata?: Record<string, string>;
  attachError?: VolumeError;
  detachError?: VolumeError;
};

export type VolumeAttributesClass = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  driverName: string;
  parameters?: Record<string, string>;
};

export type VolumeAttributesClassList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: VolumeAttributesClass[];
};

export type VolumeBindingMode = "Immediate" | "WaitForFirstConsumer";

export type VolumeError = {
  time?: string;
  message?: string;
  errorCode?: number;
};

export type VolumeNodeResources = {
  count?: number;
};
