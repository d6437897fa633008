// Types of authentication.k8s.io/v1alpha1. Made by tools/facts/make.ts. Do not edit.
import type { UserInfo } from "./authentication-v1.ts";
import type { ObjectMeta } from "./meta-v1.ts";

export type SelfSubjectReview = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  status?: SelfSubjectReviewStatus;
};

export type SelfSubjectReviewStatus = {
  userInfo?: UserInfo;
};
