// ResourceClaimTemplate: a claim for each pod that names it.

import { resourceClaimTemplates } from "../../resources.ts";
import type { ResourceClaimTemplateSpec } from "../../types/resource-v1.ts";
import { age } from "../cells.ts";
import { checkUnchanged } from "../checks.ts";
import { checkTemplateMetadata } from "../core/claim-rules.ts";
import { defineKind } from "../define.ts";
import { defaultClaim, dropDisabled } from "./claim-defaults.ts";
import { checkDeviceClaim } from "./claim-rules.ts";
import { type Found, findings } from "./found.ts";

export const resourceClaimTemplate = defineKind(resourceClaimTemplates, {
  rechecksNames: true,
  prepare: ({ spec }) => dropDisabled(spec?.spec),
  applyDefaults: ({ spec }) => defaultClaim(spec?.spec),
  validate: (next, old) =>
    findings((found) => {
      checkTemplate(found, next.spec);
      if (old) checkUnchanged(found.out, "spec", next.spec, old.spec);
    }),
  columns: [age],
  returnsDeleted: true,
});

function checkTemplate(found: Found, { metadata, spec }: ResourceClaimTemplateSpec): void {
  if (metadata) checkTemplateMetadata(found.out, "spec.metadata", metadata);
  checkDeviceClaim(found, "spec.spec.devices", spec?.devices ?? {});
}
