// Service: one address for many pods.
import { nameIsDnsLabel } from "../../../names.ts";
import { services } from "../../../resources.ts";
import { defineKind, statusSubresource } from "../../define.ts";
import { serviceColumns } from "./columns.ts";
import { defaultService } from "./defaults.ts";
import { validateService } from "./rules.ts";
import { prepareService } from "./strategy.ts";
import { serviceWarnings, statusWarnings } from "./warnings.ts";

export const service = defineKind(services, {
  shortNames: ["svc"],
  categories: ["all"],
  subresources: [
    {
      name: "proxy",
      verbs: ["create", "delete", "get", "patch", "update"],
      body: { group: "", version: "v1", kind: "ServiceProxyOptions" },
    },
    statusSubresource,
  ],
  applyDefaults: defaultService,
  prepare: prepareService,
  validate: validateService,
  warnings: serviceWarnings,
  statusWarnings,
  nameRule: nameIsDnsLabel,
  columns: serviceColumns,
  createsOnUpdate: true,
  fieldSelectors: {
    "spec.clusterIP": ({ spec }) => spec?.clusterIP ?? "",
    "spec.type": ({ spec }) => spec?.type ?? "",
  },
  returnsDeleted: true,
});
