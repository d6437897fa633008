// ComponentStatus: whether the parts of the control plane are well; computed when asked for.
import { componentStatuses } from "../../resources.ts";
import type { ComponentStatus } from "../../types/core-v1.ts";
import { defineKind } from "../define.ts";

export const componentStatus = defineKind(componentStatuses, {
  singular: "componentstatus",
  shortNames: ["cs"],
  verbs: ["get", "list"],
  virtual: true,
  deprecation: "v1 ComponentStatus is deprecated in v1.19+",
  columns: [
    {
      name: "Status",
      cell: (object) => {
        const status = healthy(object)?.status;
        return status === undefined ? "Unknown" : status === "True" ? "Healthy" : "Unhealthy";
      },
    },
    { name: "Message", cell: (object) => healthy(object)?.message ?? "" },
    { name: "Error", cell: (object) => healthy(object)?.error ?? "" },
  ],
});

const healthy = ({ conditions }: ComponentStatus) =>
  conditions?.find(({ type }) => type === "Healthy");
