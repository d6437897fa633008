// Types of coordination.k8s.io/v1alpha2. Made by tools/facts/make.ts. Do not edit.
import type { ListMeta, ObjectMeta } from "./meta-v1.ts";

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
