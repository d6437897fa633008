// Service: one address for many pods.
import { services } from "../../../resources.ts";
import { defineKind, statusSubresource } from "../../define.ts";
import { serviceColumns } from "./columns.ts";
import { defaultService } from "./defaults.ts";
import { prepareService } from "./strategy.ts";

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
  columns: serviceColumns,
  createsOnUpdate: true,
  fieldSelectors: {
    "spec.clusterIP": ({ spec }) => spec?.clusterIP ?? "",
    "spec.type": ({ spec }) => spec?.type ?? "",
  },
  returnsDeleted: true,
});
