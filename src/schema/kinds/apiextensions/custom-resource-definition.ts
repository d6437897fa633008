// CustomResourceDefinition: a kind that users add. Its own rules are the server's, beside the code that serves it.
import { customResourceDefinitions } from "../../resources.ts";
import type { CustomResourceDefinition } from "../../types/apiextensions-v1.ts";
import { createdAt } from "../cells.ts";
import { defineKind, statusSubresource } from "../define.ts";
import { specAndStatus, specOf } from "../strategy.ts";

export const customResourceDefinition = defineKind(customResourceDefinitions, {
  shortNames: ["crd", "crds"],
  categories: ["api-extensions"],
  subresources: [statusSubresource],
  unowned: { status: ["metadata", "spec"] },
  applyDefaults: defaultDefinition,
  prepare: specAndStatus<CustomResourceDefinition>({
    generationOf: specOf,
    also: (next) => {
      next.status = withStoredVersion(next);
    },
  }),
  columns: [createdAt],
  unconditionalUpdate: false,
});

function defaultDefinition(next: CustomResourceDefinition): void {
  const { spec } = next;
  if (spec?.names) {
    spec.names.singular ||= (spec.names.kind ?? "").toLowerCase();
    if (spec.names.kind) spec.names.listKind ||= `${spec.names.kind}List`;
  }
  if (spec) spec.conversion ??= { strategy: "None" };
  const { service } = spec?.conversion?.webhook?.clientConfig ?? {};
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
