// What fields are for, as `explain` shows it, in our own words. Those that every object has are
// here; those of the kinds that people write by hand are read when first asked for.

import { descriptionsOf, type TypeTexts } from "./descriptions/parse.ts";

const meta = "io.k8s.apimachinery.pkg.apis.meta.v1";

/** By definition and field. */
const texts: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [`${meta}.ObjectMeta`]: {
    annotations:
      "Annotations are free text under names, kept with the object for tools and people. Objects cannot be selected by them.",
    creationTimestamp:
      "CreationTimestamp is a timestamp of the server's clock at the moment when the object was made. Nobody else can set it.",
    deletionGracePeriodSeconds:
      "Seconds that the object is given to end by itself once its deletion has begun. May only be made shorter.",
    deletionTimestamp:
      "DeletionTimestamp is the time at which the object is to be gone. It is there once a deletion has begun, and cannot be taken back.",
    finalizers:
      "Names of those who have something to do before the object may go. It goes when the list is empty.",
    generateName:
      "Beginning of a name that the server completes with a random end. Only used when no name is given.",
    generation: "Counts the changes of what is wished for. Set by the server.",
    labels: "Labels are short texts under names by which objects are found, grouped and selected.",
    managedFields:
      "Says who owns which fields, for server-side apply. Kept by the server; people need not look at it.",
    name: "Name of the object: unique among those of its kind in its namespace, and fixed.",
    namespace:
      "Namespace in which the name is unique. Empty for kinds that belong to the whole cluster.",
    ownerReferences: "Objects that this one depends on. It is deleted when all of them are gone.",
    resourceVersion:
      "Version of the object in the store, to be compared for equality only. An update that names it is refused when somebody else was quicker.",
    selfLink: "An old field that is no longer set.",
    uid: "Unique among all objects of all times: tells an object from a later one of the same name.",
  },
};

/** The fields of every kind itself. */
const kindTexts: Readonly<Record<string, string>> = {
  apiVersion: "APIVersion defines the group and version whose schema the object follows.",
  kind: "Kind says which of the resources of that version the object is.",
  metadata: "Standard object's metadata: name, labels, owners and what the server knows.",
};

let loaded: ReadonlyMap<string, TypeTexts> = new Map();
let loading: Promise<void> | undefined;

/** Reads the texts that the start of a server need not wait for. */
export function loadDescriptions(): Promise<void> {
  loading ??= read();
  return loading;
}

async function read(): Promise<void> {
  const { all } = await import("./descriptions/all.ts");
  loaded = descriptionsOf(all);
}

/** `isKind`: the definition is that of a whole object. */
export const textOf = (definition: string, field: string, isKind: boolean): string | undefined =>
  texts[definition]?.[field] ??
  loaded.get(definition)?.fields.get(field) ??
  (isKind || field === "metadata" ? kindTexts[field] : undefined);

/** What a type as a whole is for. */
export const typeTextOf = (definition: string): string | undefined => loaded.get(definition)?.text;
