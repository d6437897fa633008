// What a custom resource definition may say, in upstream's words. What its versions share is
// checked once, under the path at which upstream keeps it (`spec.validation` for a schema that all
// versions have).
import { required } from "../../field-error.ts";
import { checkDns1035Label, checkDnsSubdomain } from "../../names.ts";
import { jsonText } from "../../quoted.ts";
import { semanticEqual } from "../../semantic-equal.ts";
import type { Cause } from "../../status-error.ts";
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
  JSONSchemaProps,
} from "../../types/apiextensions-v1.ts";
import { checkUnchanged, forbidden, invalid, type Out, oneOf } from "../checks.ts";
import { checkApproval } from "./approval.ts";
import { checkConversion } from "./conversion-rules.ts";
import { checkSchema } from "./schema-rules.ts";
import { checkSelectable } from "./selectable-rules.ts";

export function checkDefinition(
  next: CustomResourceDefinition,
  old: CustomResourceDefinition | undefined,
): Cause[] {
  const out: Out = [];
  const { spec, status } = next;
  if (old === undefined) checkName(out, next);
  checkSpec(out, spec, old?.spec);
  if (old !== undefined) checkFixed(out, next, old);
  checkNames(out, "status.acceptedNames", status?.acceptedNames ?? { plural: "", kind: "" });
  checkStoredVersions(out, next);
  checkApproval(out, next, old);
  if (spec.preserveUnknownFields === true && old?.spec.preserveUnknownFields !== true)
    invalid(
      out,
      "spec.preserveUnknownFields",
      true,
      "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
    );
  return out;
}

/** Of a write to the status alone. */
export function checkDefinitionStatus({ status }: CustomResourceDefinition): Cause[] {
  const out: Out = [];
  checkNames(out, "status.acceptedNames", status?.acceptedNames ?? { plural: "", kind: "" });
  return out;
}

function checkName(out: Out, { metadata, spec }: CustomResourceDefinition): void {
  const wanted = `${spec.names?.plural ?? ""}.${spec.group ?? ""}`;
  const { name = "", generateName = "" } = metadata;
  const refuse = (field: string, value: string): void =>
    invalid(out, field, value, 'must be spec.names.plural+"."+spec.group');
  if (generateName !== "" && generateName !== wanted) refuse("metadata.generateName", generateName);
  if (name !== "" && name !== wanted) refuse("metadata.name", name);
}

function checkSpec(
  out: Out,
  spec: CustomResourceDefinitionSpec,
  old: CustomResourceDefinitionSpec | undefined,
): void {
  checkGroup(out, spec.group ?? "");
  oneOf(out, "spec.scope", spec.scope, ["Cluster", "Namespaced"]);
  const versions = spec.versions ?? [];
  versions.forEach(({ schema }, at) => {
    if (schema?.openAPIV3Schema === undefined)
      out.push(required(`spec.versions[${at}].schema.openAPIV3Schema`));
  });
  const sharesSchema = allEqual(versions, ({ schema }) => schema);
  const sharesParts = allEqual(versions, ({ subresources }) => subresources);
  const sharesColumns = allEqual(versions, (one) => one.additionalPrinterColumns);
  const sharesFields = sharesSchema && allEqual(versions, (one) => one.selectableFields);
  const oldSchemas = (old?.versions ?? []).map(({ schema }) => schema?.openAPIV3Schema);
  versions.forEach((version, at) => {
    const path = `spec.versions[${at}]`;
    const { schema, subresources, additionalPrinterColumns, selectableFields } = version;
    label(out, `${path}.name`, version.name);
    // Upstream's own form has the first version a second time.
    if (at === 0 && version.name) label(out, "spec.version", version.name);
    checkDeprecation(out, `${path}.deprecationWarning`, version);
    const hasStatus = subresources?.status !== undefined;
    if (!sharesSchema)
      checkSchemaOf(out, `${path}.schema`, schema?.openAPIV3Schema, { hasStatus, oldSchemas });
    if (!sharesParts) checkSubresources(out, `${path}.subresources`, subresources);
    if (!sharesColumns)
      checkColumns(out, `${path}.additionalPrinterColumns`, additionalPrinterColumns);
    // A schema that all versions share stands elsewhere in upstream's own form, so that this one has none.
    if (sharesSchema && !sharesFields && (selectableFields?.length ?? 0) > 0)
      invalid(out, `${path}.selectableFields`, "", noSchema);
    else if (!sharesFields)
      checkSelectable(out, `${path}.selectableFields`, selectableFields, schema?.openAPIV3Schema);
  });
  checkVersions(out, spec.versions);
  checkRequiredNames(out, spec.names);
  checkNames(out, "spec.names", spec.names ?? { plural: "", kind: "" });
  const first = versions[0];
  const shared = first?.schema?.openAPIV3Schema;
  const hasStatus = versions.some(({ subresources }) => subresources?.status !== undefined);
  if (sharesSchema) checkSchemaOf(out, "spec.validation", shared, { hasStatus, oldSchemas });
  if (sharesParts) checkSubresources(out, "spec.subresources", first?.subresources);
  if (sharesColumns)
    checkColumns(out, "spec.additionalPrinterColumns", first?.additionalPrinterColumns);
  if (sharesFields) checkSelectable(out, "spec.selectableFields", first?.selectableFields, shared);
  checkConversion(out, spec.conversion);
}

const noSchema = "may only be set when `version.schema.openAPIV3Schema` is not included";

function checkGroup(out: Out, group: string): void {
  if (group === "") return void out.push(required("spec.group"));
  const problems = checkDnsSubdomain(group);
  if (problems.length > 0) invalid(out, "spec.group", group, problems.join(","));
  else if (!group.includes("."))
    invalid(out, "spec.group", group, "should be a domain with at least one dot");
}

/** Upstream's own form of versions, in which what is the same in all of them stands elsewhere. */
function shownVersions(versions: readonly CustomResourceDefinitionVersion[]): readonly object[] {
  const unlessShared = <T>(part: (one: CustomResourceDefinitionVersion) => T) => {
    const isShared = allEqual(versions, part);
    return (one: CustomResourceDefinitionVersion) => (isShared ? null : (part(one) ?? null));
  };
  const schema = unlessShared((one) => one.schema);
  const subresources = unlessShared((one) => one.subresources);
  const columns = unlessShared((one) => one.additionalPrinterColumns);
  const fields = unlessShared((one) => one.selectableFields);
  return versions.map((one) => ({
    Name: one.name,
    Served: one.served,
    Storage: one.storage,
    Deprecated: one.deprecated ?? false,
    DeprecationWarning: one.deprecationWarning ?? null,
    Schema: schema(one),
    Subresources: subresources(one),
    AdditionalPrinterColumns: columns(one),
    SelectableFields: fields(one),
  }));
}

const allEqual = <T>(items: readonly T[], part: (item: T) => unknown): boolean =>
  items.length > 0 && items.every((item) => semanticEqual(part(item), part(items[0]!)));

type SchemaPlace = {
  readonly hasStatus: boolean;
  readonly oldSchemas: readonly (JSONSchemaProps | undefined)[];
};

/** A schema that was there before is not checked again: it was good when it came. */
function checkSchemaOf(
  out: Out,
  path: string,
  schema: JSONSchemaProps | undefined,
  { hasStatus, oldSchemas }: SchemaPlace,
): void {
  if (schema === undefined || oldSchemas.some((old) => semanticEqual(old, schema))) return;
  if (hasStatus) checkRoot(out, path, schema);
  if (schema.nullable === true)
    forbidden(out, `${path}.openAPIV3Schema.nullable`, "nullable cannot be true at the root");
  checkSchema(out, `${path}.openAPIV3Schema`, schema);
}

/** What a root schema may say where its status is checked apart. */
const rootFields = [
  "Description",
  "Type",
  "Format",
  "Title",
  "Maximum",
  "ExclusiveMaximum",
  "Minimum",
  "ExclusiveMinimum",
  "MaxLength",
  "MinLength",
  "Pattern",
  "MaxItems",
  "MinItems",
  "UniqueItems",
  "MultipleOf",
  "Required",
  "Items",
  "Properties",
  "ExternalDocs",
  "Example",
  "XPreserveUnknownFields",
  "XValidations",
];
const rootNames = new Set([
  ...rootFields.map((name) => name.charAt(0).toLowerCase() + name.slice(1)),
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-validations",
]);

function checkRoot(out: Out, path: string, schema: JSONSchemaProps): void {
  if (schema.type !== undefined && schema.type !== "object")
    invalid(
      out,
      `${path}.openAPIV3Schema.type`,
      schema.type,
      'only "object" is allowed as the type at the root of the schema if the status subresource is enabled',
    );
  else if (Object.keys(schema).some((name) => !rootNames.has(name)))
    invalid(
      out,
      `${path}.openAPIV3Schema`,
      schema,
      `only [${rootFields.join(" ")}] fields are allowed at the root of the schema if the status subresource is enabled`,
    );
}

function checkDeprecation(
  out: Out,
  path: string,
  { deprecated, deprecationWarning: text }: CustomResourceDefinitionVersion,
): void {
  if (text === undefined) return;
  if (deprecated !== true)
    return invalid(out, path, text, "can only be set for deprecated versions");
  if (text.length > 256) invalid(out, path, text, "must be <= 256 characters long");
  if (text === "") invalid(out, path, text, "must not be an empty string");
  const at = [...text].findIndex((letter) => !/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(letter));
  if (at >= 0) {
    const why = `must only contain printable UTF-8 characters; non-printable character found at index ${at}`;
    // Upstream shows this text as JSON, which hides less than Go's quotes.
    const message = `Invalid value: ${jsonText(text)}: ${why}`;
    out.push({ reason: "FieldValueInvalid", message, field: path });
  }
}

function checkVersions(
  out: Out,
  given: readonly CustomResourceDefinitionVersion[] | undefined,
): void {
  const versions = given ?? [];
  if (new Set(versions.map(({ name }) => name)).size < versions.length)
    invalid(out, "spec.versions", shownVersions(versions), "must contain unique version names");
  if (versions.filter(({ storage }) => storage).length !== 1)
    invalid(
      out,
      "spec.versions",
      given ? shownVersions(versions) : null,
      "must have exactly one version marked as storage version",
    );
}

function checkRequiredNames(out: Out, names: CustomResourceDefinitionNames | undefined): void {
  for (const field of ["plural", "singular", "kind", "listKind"] as const)
    if (!names?.[field]) out.push(required(`spec.names.${field}`));
}

function label(out: Out, path: string, value: string): void {
  const problems = checkDns1035Label(value);
  if (problems.length > 0) invalid(out, path, value, problems.join(","));
}

function kindName(out: Out, path: string, value: string): void {
  const problems = checkDns1035Label(value.toLowerCase());
  const why = `may have mixed case, but should otherwise match: ${problems.join(",")}`;
  if (problems.length > 0) invalid(out, path, value, why);
}

function checkNames(out: Out, path: string, names: CustomResourceDefinitionNames): void {
  const { plural, singular, kind, listKind, shortNames = [], categories = [] } = names;
  if (plural) label(out, `${path}.plural`, plural);
  if (singular) label(out, `${path}.singular`, singular);
  if (kind) kindName(out, `${path}.kind`, kind);
  if (listKind) kindName(out, `${path}.listKind`, listKind);
  shortNames.forEach((name, at) => {
    label(out, `${path}.shortNames[${at}]`, name);
  });
  if (kind && kind === listKind)
    invalid(out, `${path}.listKind`, listKind, "kind and listKind may not be the same");
  categories.forEach((name, at) => {
    label(out, `${path}.categories[${at}]`, name);
  });
}

function checkSubresources(
  out: Out,
  path: string,
  subresources: CustomResourceSubresources | undefined,
): void {
  const scale = subresources?.scale;
  if (scale === undefined) return;
  const check = (field: string, value: string | undefined, roots: readonly string[]): void => {
    const at = `${path}.scale.${field}`;
    if (!value) return void out.push(required(at));
    if (!value.startsWith("."))
      return invalid(out, at, value, "must be a simple json path starting with .");
    if (roots.some((root) => value.startsWith(`${root}.`))) return;
    const where = roots.length === 1 ? roots[0] : `either ${roots.join(" or ")}`;
    invalid(out, at, value, `should be a json path under ${where}`);
  };
  check("specReplicasPath", scale.specReplicasPath, [".spec"]);
  check("statusReplicasPath", scale.statusReplicasPath, [".status"]);
  if (scale.labelSelectorPath)
    check("labelSelectorPath", scale.labelSelectorPath, [".spec", ".status"]);
}

const columnTypes = ["boolean", "date", "integer", "number", "string"];
const columnFormats = [
  "byte",
  "date",
  "date-time",
  "double",
  "float",
  "int32",
  "int64",
  "password",
];

function checkColumns(
  out: Out,
  path: string,
  columns: readonly CustomResourceColumnDefinition[] = [],
): void {
  columns.forEach(({ name, type, format, jsonPath }, i) => {
    const at = `${path}[${i}]`;
    const types = `must be one of ${columnTypes.join(",")}`;
    if (!name) out.push(required(`${at}.name`));
    if (!type) out.push(required(`${at}.type`, types));
    else if (!columnTypes.includes(type)) invalid(out, `${at}.type`, type, types);
    if (format && !columnFormats.includes(format))
      invalid(out, `${at}.format`, format, `must be one of ${columnFormats.join(",")}`);
    if (!jsonPath) out.push(required(`${at}.JSONPath`));
    else if (!jsonPath.startsWith("."))
      invalid(out, `${at}.JSONPath`, jsonPath, "must be a simple json path starting with .");
  });
}

/** Names are part of what is stored: they stay once the definition is established. */
function checkFixed(out: Out, next: CustomResourceDefinition, old: CustomResourceDefinition): void {
  const established = old.status?.conditions?.some(
    ({ type, status }) => type === "Established" && status === "True",
  );
  if (established) {
    checkUnchanged(out, "spec.scope", next.spec.scope, old.spec.scope);
    checkUnchanged(out, "spec.names.kind", next.spec.names.kind, old.spec.names.kind);
  }
  checkUnchanged(out, "spec.group", next.spec.group, old.spec.group);
  checkUnchanged(out, "spec.names.plural", next.spec.names.plural, old.spec.names.plural);
}

function checkStoredVersions(out: Out, { spec, status }: CustomResourceDefinition): void {
  const path = "status.storedVersions";
  const stored = status?.storedVersions ?? [];
  if (stored.length === 0) return invalid(out, path, null, "must have at least one stored version");
  const unmet = new Set(stored);
  // A second version of the same name finds the first one's place taken.
  for (const { name, storage } of spec.versions ?? [])
    if (!unmet.delete(name) && storage)
      invalid(out, path, stored, `must have the storage version ${name}`);
  stored.forEach((name, at) => {
    if (spec.versions?.some((version) => version.name === name)) return;
    invalid(
      out,
      `${path}[${at}]`,
      name,
      `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions ` +
        `until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
    );
  });
}
