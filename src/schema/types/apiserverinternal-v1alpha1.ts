// Types of internal.apiserver.k8s.io/v1alpha1. Made by tools/facts/make.ts. Do not edit.
import type { ListMeta, ObjectMeta } from "./meta-v1.ts";

export type ServerStorageVersion = {
  apiServerID?: string;
  encodingVersion?: string;
  decodableVersions?: string[];
  servedVersions?: string[];
};

export type StorageVersion = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: StorageVersionSpec;
  status?: StorageVersionStatus;
};

export type StorageVersionCondition = {
  type: string;
  status: string;
  observedGeneration?: number;
  lastTransitionTime?: string;
  reason: string;
  message?: string;
};

export type StorageVersionList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: StorageVersion[];
};

export type StorageVersionSpec = {
};

export type StorageVersionStatus = {
  storageVersions?: ServerStorageVersion[];
  commonEncodingVersion?: string;
  conditions?: StorageVersionCondition[];
};
