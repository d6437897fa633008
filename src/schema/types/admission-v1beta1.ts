// Types of admission.k8s.io/v1beta1. Made by tools/facts/make.ts. Do not edit.
import type { UserInfo } from "./authentication-v1.ts";
import type { GroupVersionKind, GroupVersionResource, Status } from "./meta-v1.ts";

export type AdmissionRequest = {
  uid: string;
  kind?: GroupVersionKind;
  resource?: GroupVersionResource;
  subResource?: string;
  requestKind?: GroupVersionKind;
  requestResource?: GroupVersionResource;
  requestSubResource?: string;
  name?: string;
  namespace?: string;
  operation: string;
  userInfo?: UserInfo;
  object?: Record<string, unknown>;
  oldObject?: Record<string, unknown>;
  dryRun?: boolean;
  options?: Record<string, unknown>;
};

export type AdmissionResponse = {
  uid: string;
  allowed: boolean;
  status?: Status;
  patch?: string;
  patchType?: string;
  auditAnnotations?: Record<string, string>;
  warnings?: string[];
};

export type AdmissionReview = {
  apiVersion?: string;
  kind?: string;
  request?: AdmissionRequest;
  response?: AdmissionResponse;
};
