// Types of lifecycle.k8s.io/v1alpha1. Made by tools/facts/make.ts. Do not edit.
import type { Condition, ListMeta, ObjectMeta } from "./meta-v1.ts";

export type Eviction = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: EvictionSpec;
  status?: EvictionStatus;
};

export type EvictionList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: Eviction[];
};

export type EvictionPodReference = {
  name: string;
  uid: string;
};

export type EvictionRequest = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: EvictionRequestSpec;
  status?: EvictionRequestStatus;
};

export type EvictionRequestIntent = "Eviction" | "Withdrawn";

export type EvictionRequestList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: EvictionRequest[];
};

export type EvictionRequestPodReference = {
  name: string;
  uid: string;
};

export type EvictionRequestSpec = {
  target: EvictionRequestTarget;
  requester: string;
  intent: EvictionRequestIntent;
};

export type EvictionRequestStatus = {
  conditions?: Condition[];
  observedGeneration?: number;
};

export type EvictionRequestTarget = {
  pod?: EvictionRequestPodReference;
};

export type EvictionSpec = {
  target: EvictionTarget;
};

export type EvictionStatus = {
  conditions?: Condition[];
  observedGeneration?: number;
  requesters?: Requester[];
  targetResponders?: TargetResponder[];
  responders?: ResponderStatus[];
};

export type EvictionTarget = {
  pod?: EvictionPodReference;
};

export type Requester = {
  name: string;
  intent: RequesterIntent;
};

export type RequesterIntent = "Eviction" | "Withdrawn";

export type ResponderStateType = "Active" | "Canceled" | "Completed" | "Inactive" | "Interrupted";

export type ResponderStatus = {
  name: string;
  startTime?: string;
  heartbeatTime?: string;
  expectedCompletionTime?: string;
  completionTime?: string;
  message?: string;
};

export type TargetResponder = {
  name: string;
  priority?: number;
  state: ResponderStateType;
};
