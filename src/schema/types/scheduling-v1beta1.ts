// Types of scheduling.k8s.io/v1beta1. Made by tools/facts/make.ts. Do not edit.
import type { PreemptionPolicy as CoreV1PreemptionPolicy } from "./core-v1.ts";
import type { Condition, ListMeta, ObjectMeta } from "./meta-v1.ts";

export type AllCompositeDisruptionMode = {
};

export type AllDisruptionMode = {
};

export type BasicSchedulingPolicy = {
};

export type CompositeBasicSchedulingPolicy = {
};

export type CompositeDisruptionMode = {
  single?: SingleCompositeDisruptionMode;
  all?: AllCompositeDisruptionMode;
};

export type CompositeGangSchedulingPolicy = {
  minGroupCount: number;
};

export type CompositePodGroupSchedulingConstraints = {
  topology?: TopologyConstraint[];
};

export type CompositePodGroupSchedulingPolicy = {
  basic?: CompositeBasicSchedulingPolicy;
  gang?: CompositeGangSchedulingPolicy;
};

export type CompositePodGroupTemplate = {
  name: string;
  schedulingPolicy: CompositePodGroupSchedulingPolicy;
  schedulingConstraints?: CompositePodGroupSchedulingConstraints;
  disruptionMode?: CompositeDisruptionMode;
  priorityClassName?: string;
  priority?: number;
  preemptionPolicy?: PreemptionPolicy;
  podGroupTemplates?: PodGroupTemplate[];
  compositePodGroupTemplates?: CompositePodGroupTemplate[];
};

export type DisruptionMode = {
  single?: SingleDisruptionMode;
  all?: AllDisruptionMode;
};

export type GangSchedulingPolicy = {
  minCount: number;
};

export type PodGroup = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: PodGroupSpec;
  status?: PodGroupStatus;
};

export type PodGroupList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: PodGroup[];
};

export type PodGroupResourceClaim = {
  name: string;
  resourceClaimName?: string;
  resourceClaimTemplateName?: string;
};

export type PodGroupResourceClaimStatus = {
  name: string;
  resourceClaimName?: string;
};

export type PodGroupSchedulingConstraints = {
  topology?: TopologyConstraint[];
};

export type PodGroupSchedulingPolicy = {
  basic?: BasicSchedulingPolicy;
  gang?: GangSchedulingPolicy;
};

export type PodGroupSpec = {
  parentCompositePodGroupName?: string;
  workloadRef?: WorkloadReference;
  schedulingPolicy: PodGroupSchedulingPolicy;
  schedulingConstraints?: PodGroupSchedulingConstraints;
  resourceClaims?: PodGroupResourceClaim[];
  disruptionMode?: DisruptionMode;
  priorityClassName?: string;
  priority?: number;
  preemptionPolicy?: PreemptionPolicy;
};

export type PodGroupStatus = {
  conditions?: Condition[];
  resourceClaimStatuses?: PodGroupResourceClaimStatus[];
};

export type PodGroupTemplate = {
  name: string;
  schedulingPolicy: PodGroupSchedulingPolicy;
  schedulingConstraints?: PodGroupSchedulingConstraints;
  resourceClaims?: PodGroupResourceClaim[];
  disruptionMode?: DisruptionMode;
  priorityClassName?: string;
  priority?: number;
  preemptionPolicy?: PreemptionPolicy;
};

export type PreemptionPolicy = "Never" | "PreemptLowerPriority";

export type PriorityClass = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  value?: number;
  globalDefault?: boolean;
  description?: string;
  preemptionPolicy?: CoreV1PreemptionPolicy;
};

export type PriorityClassList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: PriorityClass[];
};

export type SingleCompositeDisruptionMode = {
};

export type SingleDisruptionMode = {
};

export type TopologyConstraint = {
  key: string;
};

export type TypedLocalObjectReference = {
  apiGroup?: string;
  kind: string;
  name: string;
};

export type Workload = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: WorkloadSpec;
};

export type WorkloadList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: Workload[];
};

export type WorkloadReference = {
  workloadName: string;
  templateName: string;
};

export type WorkloadSpec = {
  controllerRef?: TypedLocalObjectReference;
  podGroupTemplates: PodGroupTemplate[];
  compositePodGroupTemplates?: CompositePodGroupTemplate[];
};
