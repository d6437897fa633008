// CustomResourceDefinition: a kind that users add. What it defines is served by the server; its
// rules stand beside.
import type { Column } from "../../kind.ts";
import { customResourceDefinitions } from "../../resources.ts";
import type {
  CustomResourceDefinitionCondition as Condition,
  CustomResourceDefinition,
} from "../../types/apiextensions-v1.ts";
import { defineKind, statusSubresource } from "../define.ts";
import { specAndStatus, specOf } from "../strategy.ts";
import { checkDefinition, checkDefinitionStatus } from "./definition-rules.ts";
import { definitionWarnings } from "./definition-warnings.ts";

export const cleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io";

const servedVersions = ({ spec }: CustomResourceDefinition): string =>
  spec.versions
    .filter(({ served }) => served)
    .map(({ name, storage }) => (storage ? `${name}(storage)` : name))
    .sort()
    .join(",");

const columns: readonly Column<CustomResourceDefinition>[] = [
  { name: "Scope", cell: ({ spec }) => spec.scope },
  { name: "Versions", cell: servedVersions },
  { name: "Created At", type: "date", cell: ({ metadata }) => metadata.creationTimestamp ?? "" },
  { name: "Group", priority: 1, cell: ({ spec }) => spec.group },
  { name: "Kind", priority: 1, cell: ({ spec }) => spec.names.kind },
  { name: "ShortNames", priority: 1, cell: ({ spec }) => spec.names.shortNames?.join(",") ?? "" },
  { name: "Established", type: "boolean", priority: 1, cell: (one) => isEstablished(one) },
];

export const customResourceDefinition = defineKind(customResourceDefinitions, {
  shortNames: ["crd", "crds"],
  categories: ["api-extensions"],
  subresources: [statusSubresource],
  applyDefaults: defaultDefinition,
  prepare(next, old, write) {
    // What a write to the status says of metadata holds, too.
    strategy(next, old, write);
  },
  validate: (next, old, { subresource }) =>
    subresource === "status" ? checkDefinitionStatus(next) : checkDefinition(next, old),
  warnings: definitionWarnings,
  columns,
  unconditionalUpdate: false,
  heldBy: () => [],
  onDelete: beginEnd,
});

const isEstablished = ({ status }: CustomResourceDefinition): boolean =>
  status?.conditions?.some((one) => one.type === "Established" && one.status === "True") ?? false;

const strategy = specAndStatus<CustomResourceDefinition>({
  generationOf: specOf,
  also: (next) => {
    next.status = withStoredVersion(next);
  },
});

function defaultDefinition(next: CustomResourceDefinition): void {
  const { spec } = next;
  if (spec?.names) {
    spec.names.singular ||= (spec.names.kind ?? "").toLowerCase();
    if (spec.names.kind) spec.names.listKind ||= `${spec.names.kind}List`;
  }
  if (spec) spec.conversion ??= { strategy: "None" };
  const { webhook } = spec?.conversion ?? {};
  // Upstream's own form has no place for a webhook of which nothing is said.
  if (webhook && !webhook.clientConfig && !webhook.conversionReviewVersions?.length)
    delete spec.conversion!.webhook;
  const { service } = webhook?.clientConfig ?? {};
  if (service) service.port ??= 443;
  if (!next.status?.storedVersions?.length) next.status = withStoredVersion(next);
}

function withStoredVersion({ spec, status }: CustomResourceDefinition) {
  const stored = status?.storedVersions ?? [];
  const version = spec?.versions?.find(({ storage }) => storage)?.name;
  const storedVersions =
    version === undefined || stored.includes(version) ? stored : [...stored, version];
  return { ...status, storedVersions } as NonNullable<CustomResourceDefinition["status"]>;
}

/** The definition stays until its objects are gone. */
function beginEnd(next: CustomResourceDefinition): void {
  const { metadata, status } = next;
  if (!metadata.finalizers?.includes(cleanupFinalizer))
    metadata.finalizers = [...(metadata.finalizers ?? []), cleanupFinalizer];
  const terminating: Condition = {
    type: "Terminating",
    status: "True",
    lastTransitionTime: metadata.deletionTimestamp!,
    reason: "InstanceDeletionPending",
    message:
      "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
  };
  const others = (status?.conditions ?? []).filter(({ type }) => type !== terminating.type);
  next.status = { ...status, conditions: [...others, terminating] } as NonNullable<
    CustomResourceDefinition["status"]
  >;
}
