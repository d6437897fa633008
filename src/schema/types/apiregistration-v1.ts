// Types of apiregistration.k8s.io/v1. Made by tools/facts/make.ts. Do not edit.
import type { ListMeta, ObjectMeta } from "./meta-v1.ts";

export type APIService = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: APIServiceSpec;
  status?: APIServiceStatus;
};

export type APIServiceCondition = {
  type: string;
  status: string;
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
};

export type APIServiceList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: APIService[];
};

export type APIServiceSpec = {
  service?: ServiceReference;
  group?: string;
  version?: string;
  insecureSkipTLSVerify?: boolean;
  caBundle?: string;
  groupPriorityMinimum: number;
  versionPriority: number;
};

export type APIServiceStatus = {
  conditions?: APIServiceCondition[];
};

export type ServiceReference = {
  namespace?: string;
  name?: string;
  port?: number;
};
