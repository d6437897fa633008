// Types of storagemigration.k8s.io/v1. Made by tools/facts/make.ts. Do not edit.
import type { Condition, GroupResource, ListMeta, ObjectMeta } from "./meta-v1.ts";

export type StorageVersionMigration = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: StorageVersionMigrationSpec;
  status?: StorageVersionMigrationStatus;
};

export type StorageVersionMigrationList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: StorageVersionMigration[];
};

export type StorageVersionMigrationSpec = {
  resource: GroupResource;
};

export type StorageVersionMigrationStatus = {
  conditions?: Condition[];
  resourceVersion?: string;
};
