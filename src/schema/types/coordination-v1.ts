// Types of coordination.k8s.io/v1. Made by tools/facts/make.ts. Do not edit.
import type { ListMeta, ObjectMeta } from "./meta-v1.ts";

export type Lease = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: LeaseSpec;
};

export type LeaseList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: Lease[];
};

export type LeaseSpec = {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
  strategy?: string;
  preferredHolder?: string;
};
