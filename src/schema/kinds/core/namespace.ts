// Namespace: a scope for names. It goes only when its finalizers are gone, which the finalize subresource takes away.
import type { Write } from "../../kind.ts";
import { nameIsDnsLabel } from "../../names.ts";
import { namespaces } from "../../resources.ts";
import type { Namespace } from "../../types/core-v1.ts";
import { age } from "../cells.ts";
import { defineKind, statusSubresource } from "../define.ts";

const kubernetes = "kubernetes";

export const namespace = defineKind(namespaces, {
  shortNames: ["ns"],
  verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
  subresources: [{ name: "finalize", verbs: ["update"] }, statusSubresource],
  nameRule: nameIsDnsLabel,
  applyDefaults(next) {
    if (next.metadata.name) labelWithName(next);
    next.status ??= {};
    next.status.phase ||= "Active";
  },
  prepare(next, old, write: Write) {
    if (old === undefined) prepareNew(next);
    else if (write.subresource === "status") next.spec = old.spec;
    else {
      next.status = old.status;
      if (write.subresource !== "finalize") next.spec = { ...next.spec, ...finalizersOf(old) };
    }
    labelWithName(next);
  },
  columns: [{ name: "Status", cell: ({ status }) => status?.phase ?? "" }, age],
  fieldSelectors: { "status.phase": ({ status }) => status?.phase ?? "" },
  onDelete(next) {
    next.status = { ...next.status, phase: "Terminating" };
  },
  heldBy: ({ spec }) => spec?.finalizers ?? [],
  returnsDeleted: true,
});

const finalizersOf = ({ spec }: Namespace) => ({ finalizers: spec.finalizers });

function prepareNew(next: Namespace): void {
  next.status = { phase: "Active" };
  const finalizers = next.spec?.finalizers ?? [];
  next.spec = {
    finalizers: finalizers.includes(kubernetes) ? finalizers : [...finalizers, kubernetes],
  };
}

/** Selectors of namespaces can so name one. */
function labelWithName({ metadata }: Namespace): void {
  metadata.labels ??= {};
  metadata.labels["kubernetes.io/metadata.name"] = metadata.name ?? "";
}
