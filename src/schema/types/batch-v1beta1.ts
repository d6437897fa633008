// Types of batch/v1beta1. Made by tools/facts/make.ts. Do not edit.
import type { JobSpec } from "./batch-v1.ts";
import type { ObjectReference } from "./core-v1.ts";
import type { ListMeta, ObjectMeta } from "./meta-v1.ts";

export type CronJob = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: CronJobSpec;
  status?: CronJobStatus;
};

export type CronJobList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: CronJob[];
};

export type CronJobSpec = {
  schedule: string;
  timeZone?: string;
  startingDeadlineSeconds?: number;
  concurrencyPolicy?: string;
  suspend?: boolean;
  jobTemplate: JobTemplateSpec;
  successfulJobsHistoryLimit?: number;
  failedJobsHistoryLimit?: number;
};

export type CronJobStatus = {
  active?: ObjectReference[];
  lastScheduleTime?: string;
  lastSuccessfulTime?: string;
};

export type JobTemplateSpec = {
  metadata?: ObjectMeta;
  spec: JobSpec;
};
