// Types of scheduling.k8s.io/v1alpha3. Made by tools/facts/make.ts. Do not edit.
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

export type CompositePodGroup = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: CompositePodGroupSpec;
  status?: CompositePodGroupStatus;
};

export type CompositePodGroupList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: CompositePodGroup[];
};

export type CompositePodGroupSchedulingConstraints = {
  topology?: TopologyConstraint[];
};

export type CompositePodGroupSchedulingPolicy = {
  basic?: CompositeBasicSchedulingPolicy;
  gang?: CompositeGangSchedulingPolicy;
};

export type CompositePodGroupSpec = {
  parentCompositePodGroupName?: string;
  workloadRef?: WorkloadReference;
  schedulingPolicy: CompositePodGroupSchedulingPolicy;
  schedulingConstraints?: CompositePodGroupSchedulingConstraints;
  disruptionMode?: CompositeDisruptionMode;
  priorityClassName?: string;
  priority?: number;
  preemptionPolicy?: PreemptionPolicy;
};

export type CompositePodGroupStatus = {
  conditions?: Condition[];
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

export type WorkloadCompositePodGroupAllDisruptionMode = {
};

export type WorkloadCompositePodGroupBasicSchedulingPolicy = {
};

export type WorkloadCompositePodGroupDisruptionMode = {
  single?: WorkloadCompositePodGroupSingleDisruptionMode;
  all?: WorkloadCompositePodGroupAllDisruptionMode;
};

export type WorkloadCompositePodGroupGangSchedulingPolicy = {
  minGroupCount?: number;
};

export type WorkloadCompositePodGroupSchedulingConstraints = {
  topology?: TopologyConstraint[];
};

export type WorkloadCompositePodGroupSchedulingPolicy = {
  basic?: WorkloadCompositePodGroupBasicSchedulingPolicy;
  gang?: WorkloadCompositePodGroupGangSchedulingPolicy;
};

export type WorkloadCompositePodGroupSingleDisruptionMode = {
};

export type WorkloadList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: Workload[];
};

export type WorkloadPodGroupAllDisruptionMode = {
};

export type WorkloadPodGroupBasicSchedulingPolicy = {
};

export type WorkloadPodGroupDisruptionMode = {
  single?: WorkloadPodGroupSingleDisruptionMode;
  all?: WorkloadPodGroupAllDisruptionMode;
};

export type WorkloadPodGroupGangSchedulingPolicy = {
  minCount?: number;
};

export type WorkloadPodGroupResourceClaim = {
  name: string;
  resourceClaimName?: string;
  resourceClaimTemplateName?: string;
};

export type WorkloadPodGroupSchedulingConstraints = {
  topology?: TopologyConstraint[];
};

export type WorkloadPodGroupSchedulingPolicy = {
  basic?: WorkloadPodGroupBasicSchedulingPolicy;
  gang?: WorkloadPodGroupGangSchedulingPolicy;
};

export type WorkloadPodGroupSingleDisruptionMode = {
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
