// The rules of `metadata`, in upstream's words and order. Upstream checks much of it twice (once
// for all kinds, once by the kind); a Status names each broken rule once, so here each is checked
// once.
import {
  fieldForbidden,
  invalidValue,
  item,
  notSupported,
  required,
  tooLong,
} from "./field-error.ts";
import {
  checkDnsLabel,
  checkLabelValue,
  checkQualifiedName,
  type NameRule,
  nameIsDnsSubdomain,
  nameIsPathSegment,
  utf8Length,
} from "./names.ts";
import type { Cause } from "./status-error.ts";
import type { ManagedFieldsEntry, ObjectMeta, OwnerReference } from "./types/meta-v1.ts";

export type MetadataRules = {
  readonly namespaced: boolean;
  /** For `metadata.name`; DNS-1123 subdomain when absent. */
  readonly nameRule?: NameRule;
  /**
   * Finalizers without a domain are only good for custom resources, except the three known ones.
   */
  readonly builtIn: boolean;
  /** On update: whether the rule for names holds for `metadata.generateName`. */
  readonly rechecksNames?: boolean | undefined;
};

/** Broken rules of a new object's metadata, once its name has been generated. */
export function checkMetadataCreate(meta: ObjectMeta, rules: MetadataRules): Cause[] {
  const causes = checkMetadata(meta, rules.namespaced, rules.nameRule ?? nameIsDnsSubdomain);
  if (rules.builtIn) causes.push(...checkStandardFinalizers(meta.finalizers));
  // What no kind may be named by is looked for last, and only where nothing else is wrong.
  const { generateName = "" } = meta;
  if (causes.length === 0 && generateName !== "") {
    for (const problem of nameIsPathSegment(generateName, true))
      causes.push(invalidValue("metadata.generateName", generateName, problem));
  }
  return causes;
}

/**
 * Broken rules of changed metadata. The kind's own rule for names does not matter any more: only
 * what a path can hold. What upstream takes over from the old object (uid, times) must have been
 * taken over before.
 */
export function checkMetadataUpdate(
  next: ObjectMeta,
  old: ObjectMeta,
  rules: MetadataRules,
): Cause[] {
  const causes = checkMetadata(next, rules.namespaced, nameIsPathSegment);
  const { generateName = "" } = next;
  if (rules.rechecksNames && generateName !== "") {
    const problems = (rules.nameRule ?? nameIsDnsSubdomain)(generateName, true);
    for (const problem of problems)
      causes.push(invalidValue("metadata.generateName", generateName, problem));
  }
  if (old.deletionTimestamp !== undefined) {
    causes.push(...checkNoNewFinalizers(next.finalizers, old.finalizers));
  }
  if (!next.resourceVersion) {
    causes.push(invalidValue("metadata.resourceVersion", "", "must be specified for an update"));
  }
  const generation = next.generation ?? 0;
  if (generation < (old.generation ?? 0)) {
    causes.push(invalidValue("metadata.generation", generation, "must not be decremented"));
  }
  for (const field of immutable) {
    if (next[field] === old[field]) continue;
    if (zeroIsAbsent.has(field) && !next[field] && !old[field]) continue;
    const shown = next[field] ?? (zeroIsAbsent.has(field) ? "" : null);
    causes.push(invalidValue(`metadata.${field}`, shown, "field is immutable"));
  }
  if (rules.builtIn) causes.push(...checkStandardFinalizers(next.finalizers));
  return causes;
}

const immutable = [
  "name",
  "namespace",
  "uid",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
] as const;
const zeroIsAbsent: ReadonlySet<string> = new Set(["name", "namespace", "uid"]);

/** Also for parts with metadata of their own, such as templates of claims: `field` names them. */
function checkMetadata(
  meta: ObjectMeta,
  namespaced: boolean,
  nameRule: NameRule,
  field = "metadata",
): Cause[] {
  const { name = "", generateName = "", namespace = "" } = meta;
  const causes: Cause[] = [];
  const refuse = (part: string, value: unknown, details: string[]): void => {
    for (const detail of details) causes.push(invalidValue(`${field}.${part}`, value, detail));
  };
  if (generateName !== "") refuse("generateName", generateName, nameRule(generateName, true));
  if (name === "") causes.push(required(`${field}.name`, "name or generateName is required"));
  else refuse("name", name, nameRule(name, false));
  if (!namespaced) {
    if (namespace !== "") {
      causes.push(fieldForbidden(`${field}.namespace`, "not allowed on this type"));
    }
  } else if (namespace === "") causes.push(required(`${field}.namespace`));
  else refuse("namespace", namespace, checkDnsLabel(namespace));
  if ((meta.generation ?? 0) < 0) {
    refuse("generation", meta.generation, ["must be greater than or equal to 0"]);
  }
  if (meta.labels) causes.push(...checkLabels(`${field}.labels`, meta.labels));
  if (meta.annotations) causes.push(...checkAnnotations(`${field}.annotations`, meta.annotations));
  if (meta.ownerReferences) {
    causes.push(...checkOwnerReferences(`${field}.ownerReferences`, meta.ownerReferences));
  }
  if (meta.finalizers) causes.push(...checkFinalizers(`${field}.finalizers`, meta.finalizers));
  if (meta.managedFields) {
    causes.push(...checkManagedFields(`${field}.managedFields`, meta.managedFields));
  }
  return causes;
}

export function checkLabels(field: string, labels: Readonly<Record<string, string>>): Cause[] {
  const causes: Cause[] = [];
  for (const key of Object.keys(labels)) {
    for (const p of checkQualifiedName(key)) causes.push(invalidValue(field, key, p));
    const value = labels[key] as string;
    for (const p of checkLabelValue(value)) causes.push(invalidValue(field, value, p));
  }
  return causes;
}

/** Largest sum of the bytes of all keys and values: upstream's 256 kB. */
export const annotationBytesMax = 256 * 1024;

export function checkAnnotations(
  field: string,
  annotations: Readonly<Record<string, string>>,
): Cause[] {
  const causes: Cause[] = [];
  let bytes = 0;
  for (const key of Object.keys(annotations)) {
    for (const p of checkQualifiedName(key.toLowerCase())) {
      causes.push(invalidValue(field, key, p));
    }
    bytes += utf8Length(key) + utf8Length(annotations[key] as string);
  }
  if (bytes > annotationBytesMax) causes.push(tooLong(field, annotationBytesMax));
  return causes;
}

function checkOwnerReferences(field: string, owners: readonly OwnerReference[]): Cause[] {
  const causes: Cause[] = [];
  let controller: string | undefined;
  for (const [i, owner] of owners.entries()) {
    causes.push(...checkOwnerReference(item(field, i), owner));
    if (owner.controller !== true) continue;
    const name = `${owner.kind}/${owner.name}`;
    if (controller !== undefined) {
      const detail =
        "Only one reference can have Controller set to true. " +
        `Found "true" in references for ${controller} and ${name}`;
      causes.push(invalidValue(field, owners, detail));
    } else controller = name;
  }
  return causes;
}

function checkOwnerReference(field: string, owner: OwnerReference): Cause[] {
  const causes: Cause[] = [];
  const { apiVersion, kind } = owner;
  if (!apiVersion) causes.push(required(`${field}.apiVersion`, "must not be empty"));
  else if (!/^([^/]*\/)?[^/]+$/.test(apiVersion)) {
    const detail = "must be <group>/<version> or <version>";
    causes.push(invalidValue(`${field}.apiVersion`, apiVersion, detail));
  }
  for (const part of ["kind", "name", "uid"] as const) {
    if (!owner[part]) causes.push(required(`${field}.${part}`, "must not be empty"));
  }
  if (kind === "Event" && (apiVersion === "v1" || apiVersion === "/v1")) {
    const detail = "/v1, Kind=Event is disallowed from being an owner";
    causes.push(invalidValue(field, owner, detail));
  }
  return causes;
}

export const finalizerOrphan = "orphan";
export const finalizerForeground = "foregroundDeletion";
const standardFinalizers = new Set(["kubernetes", finalizerOrphan, finalizerForeground]);

function checkFinalizers(field: string, finalizers: readonly string[]): Cause[] {
  const causes = finalizers.flatMap((finalizer) =>
    checkQualifiedName(finalizer).map((p) => invalidValue(field, finalizer, p)),
  );
  if (finalizers.includes(finalizerOrphan) && finalizers.includes(finalizerForeground)) {
    const detail = `finalizer ${finalizerOrphan} and ${finalizerForeground} cannot be both set`;
    causes.push(invalidValue(field, finalizers, detail));
  }
  return causes;
}

function checkStandardFinalizers(finalizers: readonly string[] = []): Cause[] {
  return finalizers.flatMap((finalizer, i) => {
    if (finalizer.includes("/") || standardFinalizers.has(finalizer)) return [];
    const detail = "name is neither a standard finalizer name nor is it fully qualified";
    return [invalidValue(item("metadata.finalizers", i), finalizer, detail)];
  });
}

function checkNoNewFinalizers(next: readonly string[] = [], old: readonly string[] = []): Cause[] {
  const added = [...new Set(next)].filter((f) => !old.includes(f)).sort();
  if (added.length === 0) return [];
  const list = `[]string{${added.map((f) => JSON.stringify(f)).join(", ")}}`;
  return [
    fieldForbidden(
      "metadata.finalizers",
      "no new finalizers can be added if the object is being deleted, " +
        `found new finalizers ${list}`,
    ),
  ];
}

const subresourceBytesMax = 256;

function checkManagedFields(field: string, entries: readonly ManagedFieldsEntry[]): Cause[] {
  const causes: Cause[] = [];
  for (const [i, entry] of entries.entries()) {
    const at = item(field, i);
    const { operation = "", fieldsType = "", manager = "", subresource = "" } = entry;
    if (operation === "") causes.push(required(`${at}.operation`, "must not be empty"));
    else if (operation !== "Apply" && operation !== "Update") {
      causes.push(notSupported(`${at}.operation`, operation, ["Apply", "Update"]));
    }
    if (fieldsType !== "" && fieldsType !== "FieldsV1") {
      causes.push(invalidValue(`${at}.fieldsType`, fieldsType, "must be `FieldsV1`"));
    }
    causes.push(...checkFieldManager(`${at}.manager`, manager));
    if (utf8Length(subresource) > subresourceBytesMax) {
      causes.push(tooLong(`${at}.subresource`, subresourceBytesMax));
    }
  }
  return causes;
}

const managerBytesMax = 128;
const printableAscii = /^[ -~]*$/;
const unprintable = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

/** The name of a field manager, as a query parameter or in an entry. */
export function checkFieldManager(field: string, manager: string): Cause[] {
  if (manager.length <= managerBytesMax && printableAscii.test(manager)) return [];
  const causes: Cause[] = [];
  if (utf8Length(manager) > managerBytesMax) causes.push(tooLong(field, managerBytesMax));
  for (const found of manager.matchAll(unprintable)) {
    const hex = found[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
    const position = utf8Length(manager.slice(0, found.index));
    const detail = `invalid character U+${hex} (at position ${position})`;
    causes.push(invalidValue(field, manager, detail));
  }
  return causes;
}
