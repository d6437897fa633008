// Types of authentication.k8s.io/v1. Made by tools/facts/make.ts. Do not edit.
import type { ObjectMeta } from "./meta-v1.ts";

export type AttestationValue = string[];

export type BoundObjectReference = {
  kind?: string;
  apiVersion?: string;
  name?: string;
  uid?: string;
};

export type ExtraValue = string[];

export type SelfSubjectReview = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  status?: SelfSubjectReviewStatus;
};

export type SelfSubjectReviewStatus = {
  userInfo?: UserInfo;
};

export type TokenRequest = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: TokenRequestSpec;
  status?: TokenRequestStatus;
};

export type TokenRequestSpec = {
  audiences: string[];
  expirationSeconds?: number;
  boundObjectRef?: BoundObjectReference;
  attestations?: Record<string, AttestationValue>;
};

export type TokenRequestStatus = {
  token: string;
  expirationTimestamp?: string;
};

export type TokenReview = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: TokenReviewSpec;
  status?: TokenReviewStatus;
};

export type TokenReviewSpec = {
  token?: string;
  audiences?: string[];
};

export type TokenReviewStatus = {
  authenticated?: boolean;
  user?: UserInfo;
  audiences?: string[];
  error?: string;
};

export type UserInfo = {
  username?: string;
  uid?: string;
  groups?: string[];
  extra?: Record<string, ExtraValue>;
};
