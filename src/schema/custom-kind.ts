// The kinds that a custom resource definition makes: one for each served version, on the same way
// as built-in ones.

import { equal } from "../lib/equal.ts";
import { clone } from "./clone.ts";
import { customCodec } from "./custom-codec.ts";
import { customColumns, customSelectors } from "./custom-columns.ts";
import { expressionCauses, hasExpressions, ratchetedRules } from "./custom-expressions.ts";
import {
  embeddedProblems,
  hasUniqueItems,
  isEmbedded,
  mentions,
  repeatedItems,
} from "./custom-rules.ts";
import { customScale, scaleProblems } from "./custom-scale.ts";
import { customShape } from "./custom-shape.ts";
import { customCheck } from "./custom-validate.ts";
import { finalizerWarnings } from "./custom-warnings.ts";
import type { ApiObject, Codec, Kind, Subresource, Verb } from "./kind.ts";
import { apiVersionOf, type Resource } from "./resource.ts";
import type { ObjectShape } from "./shape.ts";
import type { Cause } from "./status-error.ts";
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
  JSONSchemaProps,
} from "./types/apiextensions-v1.ts";

type Json = Record<string, unknown>;
type Custom = ApiObject & { status?: unknown };

/** In the order in which upstream's discovery names them. */
const verbs: readonly Verb[] = [
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "create",
  "update",
  "watch",
];

/** `definition` has accepted names. Patterns must be loaded. */
export function customKinds(definition: CustomResourceDefinition): Kind[] {
  const stored = definition.spec.versions.find(({ storage }) => storage)!;
  const codecs = customCodecs(definition);
  return definition.spec.versions
    .filter(({ served }) => served)
    .map((version) => customKind(definition, version, { stored, codecs }));
}

/** By the apiVersion of each version of the definition, served or not. */
export type CustomCodecs = ReadonlyMap<string, Codec>;

export function customCodecs(definition: CustomResourceDefinition): CustomCodecs {
  return new Map(
    definition.spec.versions.map((version) => {
      const resource = resourceOf(definition, version);
      return [apiVersionOf(resource), customCodec(resource, schemaOf(definition, version))];
    }),
  );
}

/** A definition whose objects somebody outside brings from version to version. */
export const convertsOutside = ({ spec }: CustomResourceDefinition): boolean =>
  spec.conversion?.strategy === "Webhook" && spec.versions.length > 1;

/** A schema that says nothing keeps everything. */
const anything: JSONSchemaProps = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

const schemaOf = ({ spec }: CustomResourceDefinition, version: CustomResourceDefinitionVersion) => {
  const schema = version.schema?.openAPIV3Schema ?? anything;
  return spec.preserveUnknownFields === true
    ? { ...schema, "x-kubernetes-preserve-unknown-fields": true }
    : schema;
};

const resourceOf = (
  { spec, status }: CustomResourceDefinition,
  { name }: CustomResourceDefinitionVersion,
): Resource<ApiObject> => ({
  group: spec.group,
  version: name,
  kind: status?.acceptedNames?.kind || spec.names.kind,
  plural: spec.names.plural,
  scope: spec.scope === "Cluster" ? "Cluster" : "Namespaced",
  type: "",
});

type Versions = {
  readonly stored: CustomResourceDefinitionVersion;
  readonly codecs: CustomCodecs;
};

function customKind(
  definition: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
  versions: Versions,
): Kind {
  const names = definition.status?.acceptedNames ?? definition.spec.names;
  const schema = schemaOf(definition, version);
  const resource = resourceOf(definition, version);
  const { status, scale } = version.subresources ?? {};
  let shape: ObjectShape | undefined;
  let rules: NonNullable<Kind["validate"]> | undefined;
  return {
    resource,
    shape() {
      shape ??= customShape(schema);
      return shape;
    },
    schema,
    codec: versions.codecs.get(apiVersionOf(resource))!,
    singular: names.singular ?? names.kind.toLowerCase(),
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    verbs,
    subresources: subresourcesOf(version),
    ...conversion(definition, version, versions),
    prepare: preparation(status !== undefined),
    // Most kinds of a large cluster are not written to for long: their schemas are compiled with the first object.
    validate(next, old, write) {
      rules ??= rulesOf(schema, version);
      return rules(next, old, write);
    },
    warnings: (next, old) => [...ratchetedRules(next), ...finalizerWarnings(next, old)],
    statusWarnings: (next) => [...ratchetedRules(next)],
    columns: customColumns(version.additionalPrinterColumns),
    fieldSelectors: customSelectors(version.selectableFields),
    unconditionalUpdate: false,
    ...(scale && { scale: customScale(scale) }),
    ...(version.deprecated && { deprecation: deprecationOf(resource, version) }),
  };
}

const parts = ["get", "patch", "update"] as const;

function subresourcesOf({ subresources }: CustomResourceDefinitionVersion): Subresource[] {
  const body = { group: "autoscaling", version: "v1", kind: "Scale" };
  return [
    ...(subresources?.status ? [{ name: "status", verbs: parts }] : []),
    ...(subresources?.scale ? [{ name: "scale", verbs: parts, body }] : []),
  ];
}

const deprecationOf = (
  { group, version, kind }: Resource,
  { deprecationWarning }: CustomResourceDefinitionVersion,
): string => deprecationWarning ?? `${group}/${version} ${kind} is deprecated`;

/**
 * Versions differ in their name, and in what their schemas know. What was stored, in whichever version was the one to
 * store then, is read as that version and then as this one.
 */
function conversion(
  definition: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
  { stored, codecs }: Versions,
): Pick<Kind, "storedAs" | "storedCodec" | "toStored" | "fromStored" | "rereads"> {
  const rereads = (definition.metadata.generation ?? 1) > 1;
  if (codecs.size === 1) return rereads ? { rereads } : {};
  const storedAs = resourceOf(definition, stored);
  const storedCodec = codecOfWhatIsStored(codecs, apiVersionOf(storedAs));
  const other = stored === version ? {} : { storedAs };
  if (convertsOutside(definition)) return { ...other, storedCodec, rereads: true };
  const into = (apiVersion: string) => (object: ApiObject) =>
    object.apiVersion === apiVersion
      ? object
      : (codecs.get(apiVersion)!.decode(object, {}).object as ApiObject);
  const fromStored = into(apiVersionOf(resourceOf(definition, version)));
  if (stored === version) return rereads ? { storedCodec, fromStored, rereads } : {};
  return {
    storedAs,
    storedCodec,
    toStored: into(apiVersionOf(storedAs)),
    fromStored,
    ...(rereads && { rereads }),
  };
}

/** A version that is gone is read as the one that is stored now. */
function codecOfWhatIsStored(codecs: CustomCodecs, current: string): Codec {
  const codec = codecs.get(current)!;
  return {
    decode(value, options) {
      const { apiVersion } = (value ?? {}) as { apiVersion?: string };
      return (codecs.get(apiVersion ?? "") ?? codec).decode(value, options);
    },
    encode: codec.encode,
  };
}

/** What a write may touch: the status has a path of its own where the definition says so. */
function preparation(hasStatus: boolean): NonNullable<Kind["prepare"]> {
  return (next: Custom, old: Custom | undefined, { subresource }) => {
    if (old === undefined) {
      if (hasStatus) delete next.status;
      next.metadata.generation = 1;
      return;
    }
    if (subresource === "status") return keepAllButStatus(next, old);
    if (hasStatus) {
      if (old.status === undefined) delete next.status;
      else next.status = old.status;
    }
    const grown = equal(contentOf(next), contentOf(old)) ? 0 : 1;
    next.metadata.generation = (old.metadata.generation ?? 0) + grown;
  };
}

const contentOf = ({ metadata: _, ...content }: ApiObject): object => content;

/** The managed fields of the write stay: they tell who owns the status. */
function keepAllButStatus(next: Custom, old: Custom): void {
  const { status, metadata } = next;
  for (const key of Object.keys(next)) delete (next as Json)[key];
  Object.assign(next, clone({ ...old, metadata: {} }));
  const { managedFields, resourceVersion } = metadata;
  next.metadata = { ...clone(old.metadata), resourceVersion, managedFields };
  if (managedFields === undefined) delete next.metadata.managedFields;
  if (status === undefined) delete next.status;
  else next.status = status;
}

function rulesOf(
  schema: JSONSchemaProps,
  { subresources }: CustomResourceDefinitionVersion,
): NonNullable<Kind["validate"]> {
  const check = customCheck(schema);
  const statusSchema = schema.properties?.["status"];
  const checkStatus = statusSchema && customCheck(statusSchema, "status");
  const unique = mentions(schema, hasUniqueItems);
  const embeds = mentions(schema, isEmbedded);
  const asks = mentions(schema, hasExpressions);
  const scale = subresources?.scale;
  return (next: Custom, old: Custom | undefined, { subresource }) => {
    const ofStatus = subresource === "status";
    const causes: Cause[] = [];
    if (!ofStatus) causes.push(...check(next, old));
    else if (next.status !== undefined && checkStatus)
      causes.push(...checkStatus(next.status, old?.status));
    if (scale) causes.push(...scaleProblems(next, scale, !ofStatus));
    if (embeds && !ofStatus) causes.push(...embeddedProblems(next, schema));
    if (unique && (old === undefined || repeatedItems(old, schema).length === 0))
      causes.push(...repeatedItems(next, schema));
    if (asks) causes.push(...expressionCauses(schema, next, { path: "", root: true, old }, causes));
    return causes;
  };
}
