// Warnings of jobs and of the jobs in cron jobs' templates.
import type { JobSpec } from "../../types/batch-v1.ts";
import { templateWarnings } from "../core/pod/warnings.ts";

const completionsMany = 100_000;
const parallelismMany = 10_000;
const tooManyToTrack =
  "In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail";

export function jobWarnings(at: string, spec: JobSpec): string[] {
  const { completionMode, completions = 0, parallelism = 0, template } = spec;
  const isHuge =
    completionMode === "Indexed" && completions > completionsMany && parallelism > parallelismMany;
  const pods = templateWarnings(`${at}.template`, template);
  return isHuge ? [`${at}: ${tooManyToTrack}`, ...pods] : pods;
}
