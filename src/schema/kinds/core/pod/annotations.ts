// Annotations of pods that mean something to the control plane or the node.

import { DecodeError } from "../../../decode-place.ts";
import { fieldForbidden, invalidValue } from "../../../field-error.ts";
import { int32Max } from "../../../names.ts";
import { readJson } from "../../../scan.ts";
import type {
  AppArmorProfile,
  Pod,
  PodSpec,
  SeccompProfile,
  Toleration,
} from "../../../types/core-v1.ts";
import type { ObjectMeta } from "../../../types/meta-v1.ts";
import type { Out } from "../../checks.ts";
import { relativePath } from "./paths.ts";
import { checkTolerations } from "./tolerations.ts";

/** Pods of the node itself, shown through the API. */
export const mirrorAnnotation = "kubernetes.io/config.mirror";
const deletionCostAnnotation = "controller.kubernetes.io/pod-deletion-cost";
export const seccompPodAnnotation = "seccomp.security.alpha.kubernetes.io/pod";
export const seccompContainerPrefix = "container.seccomp.security.alpha.kubernetes.io/";
export const appArmorPrefix = "container.apparmor.security.beta.kubernetes.io/";
const at = "metadata.annotations";

type Annotations = Readonly<Record<string, string>>;

/** A number of 32 bits, written without leading zeros or a plus. */
function isDeletionCost(text: string): boolean {
  if (!/^-?\d+$/.test(text) || /^0\d/.test(text)) return false;
  const number = Number(text);
  return number <= int32Max && number >= -int32Max - 1;
}

export function checkPodAnnotations(
  out: Out,
  annotations: Annotations | undefined,
  spec: PodSpec,
  field = at,
): void {
  if (annotations === undefined) return;
  const mirror = annotations[mirrorAnnotation];
  if (mirror !== undefined && !spec.nodeName) {
    const detail = "must set spec.nodeName if mirror pod annotation is set";
    out.push(invalidValue(`${field}[${mirrorAnnotation}]`, mirror, detail));
  }
  const tolerations = annotations[tolerationsAnnotation];
  if (tolerations) checkTolerationsText(out, field, tolerations);
  const cost = annotations[deletionCostAnnotation];
  if (cost !== undefined && !isDeletionCost(cost)) {
    out.push(invalidValue(`${field}[${deletionCostAnnotation}]`, cost, "must be a 32bit integer"));
  }
  const ofPod = annotations[seccompPodAnnotation];
  if (ofPod !== undefined) checkSeccompText(out, `${field}.${seccompPodAnnotation}`, ofPod);
  for (const key in annotations) {
    if (key.startsWith(seccompContainerPrefix)) {
      checkSeccompText(out, `${field}.${key}`, annotations[key]!);
    } else if (key.startsWith(appArmorPrefix)) {
      checkAppArmorText(out, `${field}[${key}]`, { key, text: annotations[key]!, spec });
    }
  }
}

const tolerationsAnnotation = "scheduler.alpha.kubernetes.io/tolerations";

/** Once the field was an annotation; it means nothing any more but must still be readable. */
function checkTolerationsText(out: Out, field: string, text: string): void {
  try {
    const { value } = readJson(new TextEncoder().encode(text), { duplicates: false });
    const list = (value ?? []) as readonly Toleration[];
    checkTolerations(out, `${field}.${tolerationsAnnotation}`, list);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    out.push(invalidValue(field, tolerationsAnnotation, error.message));
  }
}

const seccompWords = ["runtime/default", "docker/default", "unconfined"];

function checkSeccompText(out: Out, field: string, text: string): void {
  if (seccompWords.includes(text)) return;
  if (text.startsWith("localhost/")) {
    relativePath(out, field, text.slice("localhost/".length));
  } else out.push(invalidValue(field, text, "must be a valid seccomp profile"));
}

function checkAppArmorText(
  out: Out,
  field: string,
  { key, text, spec }: { key: string; text: string; spec: PodSpec },
): void {
  const container = key.slice(appArmorPrefix.length);
  const lists = [spec.initContainers, spec.containers, spec.ephemeralContainers];
  if (!lists.some((list) => list?.some(({ name }) => name === container))) {
    out.push(invalidValue(field, container, "container not found"));
  }
  const isKnown = ["", "runtime/default", "unconfined"].includes(text);
  if (isKnown || text.startsWith("localhost/")) return;
  out.push(invalidValue(field, text, `invalid AppArmor profile name: ${JSON.stringify(text)}`));
}

/** What an update may not do to annotations. */
export function checkAnnotationUpdate(out: Out, next: Pod, old: Pod): void {
  const [now, before] = [next.metadata.annotations ?? {}, old.metadata.annotations ?? {}];
  for (const key in before) {
    if (now[key] === before[key]) continue;
    if (key.startsWith(appArmorPrefix)) {
      out.push(fieldForbidden(`${at}[${key}]`, "may not remove or update AppArmor annotations"));
    }
    if (key === mirrorAnnotation) {
      out.push(fieldForbidden(`${at}[${key}]`, "may not remove or update mirror pod annotation"));
    }
  }
  for (const key in now) {
    if (before[key] !== undefined) continue;
    if (key.startsWith(appArmorPrefix)) {
      out.push(fieldForbidden(`${at}[${key}]`, "may not add AppArmor annotations"));
    }
    if (key === mirrorAnnotation) {
      out.push(fieldForbidden(`${at}[${key}]`, "may not add mirror pod annotation"));
    }
  }
  checkPodAnnotations(out, next.metadata.annotations, next.spec);
}

type Profile = Pick<AppArmorProfile | SeccompProfile, "type" | "localhostProfile">;

/** On a create an annotation must say what the field says. */
export function checkProfilesMatch(
  out: Out,
  { metadata, spec }: { readonly metadata?: ObjectMeta; readonly spec: PodSpec },
  specAt = "spec",
): void {
  const annotations = metadata?.annotations;
  if (annotations === undefined) return;
  const words = { what: "seccomp", runtimeDefault: ["runtime/default", "docker/default"] };
  match(out, `${specAt}.securityContext.seccompProfile`, words, {
    profile: spec.securityContext?.seccompProfile,
    annotation: annotations[seccompPodAnnotation],
  });
  visit(specAt, spec, (field, { name, securityContext }) =>
    match(out, `${field}.securityContext.seccompProfile`, words, {
      profile: securityContext?.seccompProfile,
      annotation: annotations[seccompContainerPrefix + name],
    }),
  );
  if (spec.os?.name === "windows") return;
  visit(specAt, spec, (field, { name, securityContext }) =>
    match(
      out,
      `${field}.securityContext.appArmorProfile`,
      { what: "apparmor", runtimeDefault: ["runtime/default"] },
      {
        profile: securityContext?.appArmorProfile ?? spec.securityContext?.appArmorProfile,
        annotation: annotations[appArmorPrefix + name],
      },
    ),
  );
}

type Visited = { name: string; securityContext?: ObjectContext };
type ObjectContext = NonNullable<NonNullable<PodSpec["containers"]>[number]["securityContext"]>;

function visit(at: string, spec: PodSpec, each: (field: string, container: Visited) => void): void {
  for (const list of ["initContainers", "containers", "ephemeralContainers"] as const) {
    for (const [i, container] of (spec[list] ?? []).entries())
      each(`${at}.${list}[${i}]`, container);
  }
}

function match(
  out: Out,
  field: string,
  { what, runtimeDefault }: { what: string; runtimeDefault: readonly string[] },
  { profile, annotation }: { profile: Profile | undefined; annotation: string | undefined },
): void {
  if (profile === undefined || annotation === undefined) return;
  const refuseIn = (part: string, name: string) =>
    out.push(fieldForbidden(`${field}.${part}`, `${name} in annotation and field must match`));
  const { type, localhostProfile } = profile;
  if (type === "Unconfined" && annotation !== "unconfined") refuseIn("type", `${what} type`);
  else if (type === "RuntimeDefault" && !runtimeDefault.includes(annotation)) {
    refuseIn("type", `${what} type`);
  } else if (type === "Localhost") {
    if (!annotation.startsWith("localhost/")) refuseIn("type", `${what} type`);
    else if (annotation !== `localhost/${localhostProfile}`) {
      refuseIn("localhostProfile", `${what} profile`);
    }
  }
}

/** Whether the node made the pod by itself. */
export const isMirror = ({ annotations }: ObjectMeta): boolean =>
  annotations?.[mirrorAnnotation] !== undefined;
