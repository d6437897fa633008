// What admission does for volumes and routes: protection while they are used, default classes, growth only where it is
// supported.

import type { ApiObject } from "../../schema/kind.ts";
import { compareQuantities, parseQuantity, zeroQuantity } from "../../schema/quantity.ts";
import { ingressClasses, storageClasses } from "../../schema/resources.ts";
import type { PersistentVolumeClaim } from "../../schema/types/core-v1.ts";
import type { Ingress } from "../../schema/types/networking-v1.ts";
import type { StorageClass } from "../../schema/types/storage-v1.ts";
import type { Admission, Core } from "../context.ts";
import { about, refused } from "./refused.ts";

const isClaim = about("persistentvolumeclaims");
const isIngress = about("ingresses.networking.k8s.io");

const protections: readonly [concerns: ReturnType<typeof about>, finalizer: string][] = [
  [about("persistentvolumes"), "kubernetes.io/pv-protection"],
  [isClaim, "kubernetes.io/pvc-protection"],
  [about("volumeattributesclasses.storage.k8s.io"), "kubernetes.io/vac-protection"],
];

export const storageProtection: Admission = {
  name: "StorageObjectInUseProtection",
  handles: (a, { operation }) => operation === "CREATE" && protections.some(([is]) => is(a)),
  mutate({ attributes }, { object }) {
    const finalizer = protections.find(([is]) => is(attributes))![1];
    const { metadata } = object!;
    if (metadata.finalizers?.includes(finalizer)) return;
    metadata.finalizers = [...(metadata.finalizers ?? []), finalizer];
  },
};

const classAnnotation = "volume.beta.kubernetes.io/storage-class";
const defaultStorage = [
  "storageclass.kubernetes.io/is-default-class",
  "storageclass.beta.kubernetes.io/is-default-class",
];

export function defaultStorageClass(core: Core): Admission {
  const view = core.view<StorageClass>(storageClasses);
  return {
    name: "DefaultStorageClass",
    handles: (a, { operation }) => operation === "CREATE" && isClaim(a),
    mutate(_context, { object }) {
      const claim = object as PersistentVolumeClaim;
      if (claim.metadata.annotations?.[classAnnotation] !== undefined) return;
      if (claim.spec === undefined || claim.spec.storageClassName !== undefined) return;
      const found = newestDefault(view.list(), defaultStorage);
      if (found !== undefined) claim.spec.storageClassName = found;
    },
  };
}

export function defaultIngressClass(core: Core): Admission {
  const view = core.view(ingressClasses);
  return {
    name: "DefaultIngressClass",
    handles: (a, { operation }) => operation === "CREATE" && isIngress(a),
    mutate(_context, { object }) {
      const ingress = object as Ingress;
      if (ingress.metadata.annotations?.["kubernetes.io/ingress.class"] !== undefined) return;
      if (ingress.spec === undefined || ingress.spec.ingressClassName !== undefined) return;
      const found = newestDefault(view.list(), ["ingressclass.kubernetes.io/is-default-class"]);
      if (found !== undefined) ingress.spec.ingressClassName = found;
    },
  };
}

/** Name of the newest class that one of the annotations marks as default. */
function newestDefault(
  classes: readonly ApiObject[],
  annotations: readonly string[],
): string | undefined {
  const made = (c: ApiObject): string => c.metadata.creationTimestamp ?? "";
  const name = (c: ApiObject): string => c.metadata.name ?? "";
  return classes
    .filter((c) => annotations.some((a) => c.metadata.annotations?.[a] === "true"))
    .sort((a, b) =>
      made(a) === made(b) ? (name(a) < name(b) ? -1 : 1) : made(a) > made(b) ? -1 : 1,
    )
    .map(name)[0];
}

export function claimResize(core: Core): Admission {
  const view = core.view<StorageClass>(storageClasses);
  const classOf = ({ metadata, spec }: PersistentVolumeClaim): string =>
    metadata.annotations?.[classAnnotation] ?? spec?.storageClassName ?? "";
  const size = ({ spec }: PersistentVolumeClaim) =>
    parseQuantity(spec?.resources?.requests?.["storage"] ?? "0") ?? zeroQuantity;
  return {
    name: "PersistentVolumeClaimResize",
    handles: (a, { operation }) => operation === "UPDATE" && isClaim(a),
    validate(context, write) {
      const next = write.object as PersistentVolumeClaim;
      const old = write.old as PersistentVolumeClaim;
      if (compareQuantities(size(next), size(old)) <= 0) return;
      if (old.status?.phase !== "Bound") {
        throw refused(context, write, "Only bound persistent volume claims can be expanded");
      }
      const name = classOf(next);
      const grows =
        name !== "" && name === classOf(old) && view.get("", name)?.allowVolumeExpansion === true;
      if (grows) return;
      throw refused(
        context,
        write,
        "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize",
      );
    },
  };
}
