// Types of scheduling.k8s.io/v1. Made by tools/facts/make.ts. Do not edit.
import type { PreemptionPolicy } from "./core-v1.ts";
import type { ListMeta, ObjectMeta } from "./meta-v1.ts";

export type PriorityClass = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  value?: number;
  globalDefault?: boolean;
  description?: string;
  preemptionPolicy?: PreemptionPolicy;
};

export type PriorityClassList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: PriorityClass[];
};
