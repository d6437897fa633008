// Types of imagepolicy.k8s.io/v1alpha1. Made by tools/facts/make.ts. Do not edit.
import type { ObjectMeta } from "./meta-v1.ts";

export type ImageReview = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: ImageReviewSpec;
  status?: ImageReviewStatus;
};

export type ImageReviewContainerSpec = {
  image?: string;
};

export type ImageReviewSpec = {
  containers?: ImageReviewContainerSpec[];
  annotations?: Record<string, string>;
  namespace?: string;
};

export type ImageReviewStatus = {
  allowed: boolean;
  reason?: string;
  auditAnnotations?: Record<string, string>;
};
