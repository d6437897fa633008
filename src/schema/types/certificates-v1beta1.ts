// Types of certificates.k8s.io/v1beta1. Made by tools/facts/make.ts. Do not edit.
import type { Condition, ListMeta, ObjectMeta } from "./meta-v1.ts";

export type CertificateSigningRequest = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: CertificateSigningRequestSpec;
  status?: CertificateSigningRequestStatus;
};

export type CertificateSigningRequestCondition = {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastUpdateTime?: string;
  lastTransitionTime?: string;
};

export type CertificateSigningRequestList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: CertificateSigningRequest[];
};

export type CertificateSigningRequestSpec = {
  request: string;
  signerName?: string;
  expirationSeconds?: number;
  usages?: string[];
  username?: string;
  uid?: string;
  groups?: string[];
  extra?: Record<string, ExtraValue>;
};

export type CertificateSigningRequestStatus = {
  conditions?: CertificateSigningRequestCondition[];
  certificate?: string;
};

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

export type ExtraValue = string[];

export type PodCertificateRequest = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: PodCertificateRequestSpec;
  status?: PodCertificateRequestStatus;
};

export type PodCertificateRequestList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: PodCertificateRequest[];
};

export type PodCertificateRequestSpec = {
  signerName: string;
  podName: string;
  podUID: string;
  serviceAccountName: string;
  serviceAccountUID: string;
  nodeName: string;
  nodeUID: string;
  maxExpirationSeconds?: number;
  pkixPublicKey: string;
  proofOfPossession: string;
  stubPKCS10Request: string;
  unverifiedUserAnnotations?: Record<string, string>;
};

export type PodCertificateRequestStatus = {
  conditions?: Condition[];
  certificateChain?: string;
  notBefore?: string;
  beginRefreshAt?: string;
  notAfter?: string;
};
