// Types of authentication.k8s.io/v1beta1. Made by tools/facts/make.ts. Do not edit.
import type { UserInfo as AuthenticationV1UserInfo } from "./authentication-v1.ts";
import type { ObjectMeta } from "./meta-v1.ts";

export type ExtraValue = string[];

export type SelfSubjectReview = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  status?: SelfSubjectReviewStatus;
};

export type SelfSubjectReviewStatus = {
  userInfo?: AuthenticationV1UserInfo;
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
