// APIService: which server answers for a group and version.
import { checkPathSegment } from "../../names.ts";
import { apiServices } from "../../resources.ts";
import { printTime } from "../../time.ts";
import type { APIService } from "../../types/apiregistration-v1.ts";
import { age } from "../cells.ts";
import { defineKind, statusSubresource } from "../define.ts";
import { specAndStatus } from "../strategy.ts";
import { validateApiService } from "./api-service-rules.ts";

const prepare = specAndStatus<APIService>();

export const apiService = defineKind(apiServices, {
  categories: ["api-extensions"],
  subresources: [statusSubresource],
  unowned: { status: ["metadata", "spec"] },
  applyDefaults({ spec }) {
    if (spec?.service) spec.service.port ??= 443;
  },
  prepare(next, old, write) {
    prepare(next, old, write);
    if (old === undefined && !next.spec?.service) next.status = localStatus(write.now);
    if (old !== undefined && write.subresource === "status") keepMetadata(next, old);
  },
  nameRule: (name) => checkPathSegment(name),
  validate: validateApiService,
  columns: [
    {
      name: "Service",
      cell: ({ spec }) =>
        spec?.service ? `${spec.service.namespace}/${spec.service.name}` : "Local",
    },
    { name: "Available", cell: available },
    age,
  ],
  unconditionalUpdate: false,
});

const localStatus = (now: number): NonNullable<APIService["status"]> => ({
  conditions: [
    {
      type: "Available",
      status: "True",
      lastTransitionTime: printTime(now),
      reason: "Local",
      message: "Local APIServices are always available",
    },
  ],
});

const kept = ["labels", "annotations", "finalizers", "ownerReferences"] as const;

function keepMetadata({ metadata: next }: APIService, { metadata: old }: APIService): void {
  for (const key of kept) {
    if (old[key] === undefined) delete next[key];
    else Object.assign(next, { [key]: old[key] });
  }
}

function available({ status }: APIService): string {
  const condition = status?.conditions?.find(({ type }) => type === "Available");
  if (condition === undefined) return "Unknown";
  const hasWhy = condition.status !== "True" && condition.reason;
  return hasWhy ? `${condition.status} (${condition.reason})` : condition.status;
}
