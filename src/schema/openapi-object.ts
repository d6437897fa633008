// Reading, writing and patching one object or a part of it: what resources and their subresources
// share.

import {
  type Body,
  idStem,
  metaType,
  type Operation,
  objectTypes,
  type Published,
  patchTypes,
  plainTypes,
  rootOf,
  tagOf,
} from "./openapi-operation.ts";
import { type Parameter, pathParameter, query, sorted, writeQuery } from "./openapi-parameters.ts";
import type { Resource } from "./resource.ts";

export const isCustom = (of: Published): boolean => of.resource.type === "";
export const typesOf = (of: Published): readonly string[] =>
  isCustom(of) ? plainTypes : objectTypes;
export const bodyTypes = (of: Published): readonly string[] =>
  isCustom(of) ? plainTypes : ["*/*"];

/** Paths and names for one resource. */
export function placeOf({ resource }: Published) {
  const { scope, plural, kind } = resource;
  const namespaced = scope === "Namespaced";
  const root = rootOf(resource);
  const isNamespaces = plural === "namespaces" && resource.group === "";
  const collection = namespaced ? `${root}/namespaces/{namespace}/${plural}` : `${root}/${plural}`;
  const below = namespaced ? [pathParameter("namespace")] : [];
  return {
    root,
    collection,
    object: isNamespaces ? `${root}/namespaces/{name}` : `${collection}/{name}`,
    namespaced,
    stem: idStem(resource),
    tail: (namespaced ? "Namespaced" : "") + kind,
    inCollection: [...below, query("pretty", "string")],
    inObject: [pathParameter("name"), ...below, query("pretty", "string")],
  };
}

export const gvk = ({ group, version, kind }: Resource) => ({ group, version, kind });

/** What differs in a subresource from the object itself. */
export type Part = {
  readonly suffix: string;
  readonly value: Body;
  readonly kind: Operation["kind"];
};

const whole = (of: Published): Part => ({
  suffix: "",
  value: { is: "object", of },
  kind: gvk(of.resource),
});

export function read(of: Published, path: string, suffix: string, part = whole(of)): Operation {
  const at = placeOf(of);
  return {
    tag: tagOf(of.resource),
    path,
    method: "get",
    id: `read${at.stem}${at.tail}${suffix}`,
    action: "get",
    kind: part.kind!,
    parameters: sorted(at.inObject, isCustom(of) ? [query("resourceVersion", "string")] : []),
    answer: part.value,
    answerTypes: typesOf(of),
    codes: [200],
  };
}

export function write(
  of: Published,
  method: "put" | "post",
  verb: string,
  path: string,
  parameters: readonly Parameter[],
  part = whole(of),
): Operation {
  const at = placeOf(of);
  return {
    tag: tagOf(of.resource),
    path,
    method,
    id: `${verb}${at.stem}${at.tail}${part.suffix}`,
    action: method,
    kind: part.kind!,
    parameters: sorted(parameters, writeQuery),
    body: { value: part.value, types: bodyTypes(of), required: true },
    answer: part.value,
    answerTypes: typesOf(of),
    codes: method === "put" ? [200, 201] : [200, 201, 202],
  };
}

export function patch(
  of: Published,
  path: string,
  parameters: readonly Parameter[],
  part = whole(of),
): Operation {
  const at = placeOf(of);
  const types = isCustom(of) ? patchTypes.filter((type) => !/strategic/.test(type)) : patchTypes;
  return {
    tag: tagOf(of.resource),
    path,
    method: "patch",
    id: `patch${at.stem}${at.tail}${part.suffix}`,
    action: "patch",
    kind: part.kind!,
    parameters: sorted(parameters, writeQuery, [query("force", "boolean")]),
    body: { value: metaType("Patch"), types, required: true },
    answer: part.value,
    answerTypes: typesOf(of),
    codes: isCustom(of) ? [200] : [200, 201],
  };
}
