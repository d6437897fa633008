import type { Job, JobStatus } from "../../types/batch-v1.ts";

export function isTrue(status: JobStatus | undefined, type: string): boolean {
  return status?.conditions?.some((c) => c.type === type && c.status === "True") ?? false;
}

export function isFalse(status: JobStatus | undefined, type: string): boolean {
  return status?.conditions?.some((c) => c.type === type && c.status === "False") ?? false;
}

export const isFinished = ({ status }: Pick<Job, "status">): boolean =>
  isTrue(status, "Complete") || isTrue(status, "Failed");
