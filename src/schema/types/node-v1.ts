// Types of node.k8s.io/v1. Made by tools/facts/make.ts. Do not edit.
import type { Toleration } from "./core-v1.ts";
import type { ListMeta, ObjectMeta } from "./meta-v1.ts";

export type Overhead = {
  podFixed?: Record<string, string>;
};

export type RuntimeClass = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  handler: string;
  overhead?: Overhead;
  scheduling?: Scheduling;
};

export type RuntimeClassList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: RuntimeClass[];
};

export type Scheduling = {
  nodeSelector?: Record<string, string>;
  tolerations?: Toleration[];
};
