// Types of rbac.authorization.k8s.io/v1alpha1. Made by tools/facts/make.ts. Do not edit.
import type { LabelSelector, ListMeta, ObjectMeta } from "./meta-v1.ts";

export type AggregationRule = {
  clusterRoleSelectors?: LabelSelector[];
};

export type ClusterRole = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  rules?: PolicyRule[];
  aggregationRule?: AggregationRule;
};

export type ClusterRoleBinding = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  subjects?: Subject[];
  roleRef: RoleRef;
};

export type ClusterRoleBindingList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: ClusterRoleBinding[];
};

export type ClusterRoleList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: ClusterRole[];
};

export type PolicyRule = {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
};

export type Role = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  rules?: PolicyRule[];
};

export type RoleBinding = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  subjects?: Subject[];
  roleRef: RoleRef;
};

export type RoleBindingList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: RoleBinding[];
};

export type RoleList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: Role[];
};

export type RoleRef = {
  apiGroup: string;
  kind: string;
  name: string;
};

export type Subject = {
  kind: string;
  apiVersion?: string;
  name: string;
  namespace?: string;
};
