// Namespace: a scope for names. It goes only when its finalizers are gone, which the finalize subresource takes away.
import type { Write } from "../../kind.ts";
import { finalizerForeground, finalizerOrphan } from "../../metadata.ts";
import { nameIsDnsLabel } from "../../names.ts";
import { namespaces } from "../../resources.ts";
import type { Cause } from "../../status-error.ts";
import type { Namespace } from "../../types/core-v1.ts";
import { age } from "../cells.ts";
import { invalid, type Out, qualifiedName } from "../checks.ts";
import { defineKind, statusSubresource } from "../define.ts";

const kubernetes = "kubernetes";

export const namespace = defineKind(namespaces, {
  rechecksNames: true,
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
  validate: (next, _old, { subresource }) => validateNamespace(next, subresource),
  columns: [{ name: "Status", cell: ({ status }) => status?.phase ?? "" }, age],
  fieldSelectors: { "status.phase": ({ status }) => status?.phase ?? "" },
  onDelete(next) {
    next.status = { ...next.status, phase: "Terminating" };
  },
  heldBy: ({ spec }) => spec?.finalizers ?? [],
  returnsDeleted: true,
  untoldDeleted: true,
});

function validateNamespace(next: Namespace, subresource: string): Cause[] {
  const out: Out = [];
  if (subresource === "status") checkPhase(out, next);
  else if (subresource === "finalize") {
    for (const [i, name] of (next.spec.finalizers ?? []).entries()) {
      checkFinalizer(out, `spec.finalizers[${i}]`, name);
    }
  } else {
    for (const name of next.spec.finalizers ?? []) checkFinalizer(out, "spec.finalizers", name);
  }
  return out;
}

const standardFinalizers = [kubernetes, finalizerOrphan, finalizerForeground];

function checkFinalizer(out: Out, at: string, name: string): void {
  qualifiedName(out, at, name);
  if (name.includes("/") || standardFinalizers.includes(name)) return;
  invalid(out, at, name, "name is neither a standard finalizer name nor is it fully qualified");
}

function checkPhase(out: Out, { metadata, status }: Namespace): void {
  const { phase = "" } = status ?? {};
  const isDeleted = metadata.deletionTimestamp !== undefined;
  const wanted = isDeleted ? "Terminating" : "Active";
  if (phase === wanted) return;
  const when = `\`deletionTimestamp\` is ${isDeleted ? "not empty" : "empty"}`;
  // The path is upstream's.
  invalid(out, "status.Phase", phase, `may only be '${wanted}' if ${when}`);
}

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
