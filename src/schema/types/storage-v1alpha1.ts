// Types of storage.k8s.io/v1alpha1. Made by tools/facts/make.ts. Do not edit.
import type { PersistentVolumeSpec } from "./core-v1.ts";
import type { LabelSelector, ListMeta, ObjectMeta } from "./meta-v1.ts";

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

export type VolumeError = {
  time?: string;
  message?: string;
  errorCode?: number;
};
