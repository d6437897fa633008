// Types of flowcontrol.apiserver.k8s.io/v1beta1. Made by tools/facts/make.ts. Do not edit.
import type { ListMeta, ObjectMeta } from "./meta-v1.ts";

export type ExemptPriorityLevelConfiguration = {
  nominalConcurrencyShares?: number;
  lendablePercent?: number;
};

export type FlowDistinguisherMethod = {
  type: string;
};

export type FlowSchema = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: FlowSchemaSpec;
  status?: FlowSchemaStatus;
};

export type FlowSchemaCondition = {
  type?: string;
  status?: string;
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
};

export type FlowSchemaList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: FlowSchema[];
};

export type FlowSchemaSpec = {
  priorityLevelConfiguration: PriorityLevelConfigurationReference;
  matchingPrecedence: number;
  distinguisherMethod?: FlowDistinguisherMethod;
  rules?: PolicyRulesWithSubjects[];
};

export type FlowSchemaStatus = {
  conditions?: FlowSchemaCondition[];
};

export type GroupSubject = {
  name: string;
};

export type LimitResponse = {
  type: string;
  queuing?: QueuingConfiguration;
};

export type LimitedPriorityLevelConfiguration = {
  assuredConcurrencyShares: number;
  limitResponse: LimitResponse;
  lendablePercent?: number;
  borrowingLimitPercent?: number;
};

export type NonResourcePolicyRule = {
  verbs: string[];
  nonResourceURLs: string[];
};

export type PolicyRulesWithSubjects = {
  subjects: Subject[];
  resourceRules?: ResourcePolicyRule[];
  nonResourceRules?: NonResourcePolicyRule[];
};

export type PriorityLevelConfiguration = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: PriorityLevelConfigurationSpec;
  status?: PriorityLevelConfigurationStatus;
};

export type PriorityLevelConfigurationCondition = {
  type?: string;
  status?: string;
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
};

export type PriorityLevelConfigurationList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: PriorityLevelConfiguration[];
};

export type PriorityLevelConfigurationReference = {
  name: string;
};

export type PriorityLevelConfigurationSpec = {
  type: string;
  limited?: LimitedPriorityLevelConfiguration;
  exempt?: ExemptPriorityLevelConfiguration;
};

export type PriorityLevelConfigurationStatus = {
  conditions?: PriorityLevelConfigurationCondition[];
};

export type QueuingConfiguration = {
  queues: number;
  handSize: number;
  queueLengthLimit: number;
};

export type ResourcePolicyRule = {
  verbs: string[];
  apiGroups: string[];
  resources: string[];
  clusterScope?: boolean;
  namespaces: string[];
};

export type ServiceAccountSubject = {
  namespace: string;
  name: string;
};

export type Subject = {
  kind: string;
  user?: UserSubject;
  group?: GroupSubject;
  serviceAccount?: ServiceAccountSubject;
};

export type UserSubject = {
  name: string;
};
