// Types of policy/v1beta1. Made by tools/facts/make.ts. Do not edit.
import type { Condition, DeleteOptions, LabelSelector, ListMeta, ObjectMeta } from "./meta-v1.ts";

export type Eviction = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  deleteOptions?: DeleteOptions;
};

export type PodDisruptionBudget = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: PodDisruptionBudgetSpec;
  status?: PodDisruptionBudgetStatus;
};

export type PodDisruptionBudgetList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: PodDisruptionBudget[];
};

export type PodDisruptionBudgetSpec = {
  minAvailable?: number | string;
  selector?: LabelSelector;
  maxUnavailable?: number | string;
  unhealthyPodEvictionPolicy?: UnhealthyPodEvictionPolicyType;
};

export type PodDisruptionBudgetStatus = {
  observedGeneration?: number;
  disruptedPods?: Record<string, string>;
  disruptionsAllowed: number;
  currentHealthy: number;
  desiredHealthy: number;
  expectedPods: number;
  conditions?: Condition[];
};

export type UnhealthyPodEvictionPolicyType = "AlwaysAllow" | "IfHealthyBudget";
