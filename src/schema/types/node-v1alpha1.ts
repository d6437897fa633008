// Types of node.k8s.io/v1alpha1. Made by tools/facts/make.ts. Do not edit.
import type { Toleration } from "./core-v1.ts";
import type { ListMeta, ObjectMeta } from "./meta-v1.ts";

export type Overhead = {
  podFixed?: Record<string, string>;
};

export type RuntimeClass = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: RuntimeClassSpec;
};

export type RuntimeClassList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: RuntimeClass[];
};

export type RuntimeClassSpec = {
  runtimeHandler: string;
  overhead?: Overhead;
  scheduling?: Scheduling;
};

export type Scheduling = {
  nodeSelector?: Record<string, string>;
  tolerations?: Toleration[];
};
