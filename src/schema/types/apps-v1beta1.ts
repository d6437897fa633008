// Types of apps/v1beta1. Made by tools/facts/make.ts. Do not edit.
import type { PersistentVolumeClaim, PodTemplateSpec } from "./core-v1.ts";
import type { LabelSelector, ListMeta, ObjectMeta } from "./meta-v1.ts";

export type ControllerRevision = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  data: Record<string, unknown>;
  revision?: number;
};

export type ControllerRevisionList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: ControllerRevision[];
};

export type Deployment = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: DeploymentSpec;
  status?: DeploymentStatus;
};

export type DeploymentCondition = {
  type: string;
  status: string;
  lastUpdateTime?: string;
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
};

export type DeploymentList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: Deployment[];
};

export type DeploymentRollback = {
  apiVersion?: string;
  kind?: string;
  name: string;
  updatedAnnotations?: Record<string, string>;
  rollbackTo?: RollbackConfig;
};

export type DeploymentSpec = {
  replicas?: number;
  selector?: LabelSelector;
  template: PodTemplateSpec;
  strategy?: DeploymentStrategy;
  minReadySeconds?: number;
  revisionHistoryLimit?: number;
  paused?: boolean;
  rollbackTo?: RollbackConfig;
  progressDeadlineSeconds?: number;
};

export type DeploymentStatus = {
  observedGeneration?: number;
  replicas?: number;
  updatedReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  unavailableReplicas?: number;
  terminatingReplicas?: number;
  conditions?: DeploymentCondition[];
  collisionCount?: number;
};

export type DeploymentStrategy = {
  type?: string;
  rollingUpdate?: RollingUpdateDeployment;
};

export type RollbackConfig = {
  revision?: number;
};

export type RollingUpdateDeployment = {
  maxUnavailable?: number | string;
  maxSurge?: number | string;
};

export type RollingUpdateStatefulSetStrategy = {
  partition?: number;
  maxUnavailable?: number | string;
};

export type Scale = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: ScaleSpec;
  status?: ScaleStatus;
};

export type ScaleSpec = {
  replicas?: number;
};

export type ScaleStatus = {
  replicas: number;
  selector?: Record<string, string>;
  targetSelector?: string;
};

export type StatefulSet = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: StatefulSetSpec;
  status?: StatefulSetStatus;
};

export type StatefulSetCondition = {
  type: string;
  status: string;
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
};

export type StatefulSetList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: StatefulSet[];
};

export type StatefulSetOrdinals = {
  start: number;
};

export type StatefulSetPersistentVolumeClaimRetentionPolicy = {
  whenDeleted?: string;
  whenScaled?: string;
};

export type StatefulSetSpec = {
  replicas?: number;
  selector?: LabelSelector;
  template: PodTemplateSpec;
  volumeClaimTemplates?: PersistentVolumeClaim[];
  serviceName: string;
  podManagementPolicy?: string;
  updateStrategy?: StatefulSetUpdateStrategy;
  revisionHistoryLimit?: number;
  minReadySeconds?: number;
  persistentVolumeClaimRetentionPolicy?: StatefulSetPersistentVolumeClaimRetentionPolicy;
  ordinals?: StatefulSetOrdinals;
};

export type StatefulSetStatus = {
  observedGeneration?: number;
  replicas: number;
  readyReplicas?: number;
  currentReplicas?: number;
  updatedReplicas?: number;
  currentRevision?: string;
  updateRevision?: string;
  collisionCount?: number;
  conditions?: StatefulSetCondition[];
  availableReplicas: number;
};

export type StatefulSetUpdateStrategy = {
  type?: string;
  rollingUpdate?: RollingUpdateStatefulSetStrategy;
};
