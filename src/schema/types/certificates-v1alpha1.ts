// Types of certificates.k8s.io/v1alpha1. Made by tools/facts/make.ts. Do not edit.
import type { ListMeta, ObjectMeta } from "./meta-v1.ts";

export type ClusterTrustBundle = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: ClusterTrustBundleSpec;
};

export type ClusterTrustBundleList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: ClusterTrustBundle[];
};

export type ClusterTrustBundleSpec = {
  signerName?: string;
  trustBundle: string;
};
