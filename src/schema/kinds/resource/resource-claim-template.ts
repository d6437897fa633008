// ResourceClaimTemplate: a claim for each pod that names it.
import { resourceClaimTemplates } from "../../resources.ts";
import { age } from "../cells.ts";
import { defineKind } from "../define.ts";
import { defaultClaim } from "./claim-defaults.ts";

export const resourceClaimTemplate = defineKind(resourceClaimTemplates, {
  applyDefaults: ({ spec }) => defaultClaim(spec?.spec),
  columns: [age],
  returnsDeleted: true,
});
