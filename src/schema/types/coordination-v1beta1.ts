// Types of coordination.k8s.io/v1beta1. Made by tools/facts/make.ts. Do not edit.
import type { ListMeta, ObjectMeta } from "./meta-v1.ts";

export type Lease = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: LeaseSpec;
};

export type LeaseCandidate = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: LeaseCandidateSpec;
};

export type LeaseCandidateList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: LeaseCandidate[];
};

export type LeaseCandidateSpec = {
  leaseName: string;
  pingTime?: string;
  renewTime?: string;
  binaryVersion: string;
  emulationVersion?: string;
  strategy?: string;
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
