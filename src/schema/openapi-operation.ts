// An operation of the API as both versions of OpenAPI know it, and the words that its names are
// made of.

import type { Kind } from "./kind.ts";
import type { Parameter } from "./openapi-parameters.ts";
import type { GroupVersion } from "./openapi-schemas.ts";

/** What is published of a kind. */
export type Published = Pick<
  Kind,
  "resource" | "verbs" | "subresources" | "returnsDeleted" | "schema" | "untoldDeleted"
>;

/** A body, by what it is: the renderer turns it into references of its dialect. */
export type Body =
  | { readonly is: "object" | "list"; readonly of: Published }
  | { readonly is: "type"; readonly name: string }
  | { readonly is: "text" };

export type Operation = {
  readonly tag: string;
  readonly path: string;
  readonly method: "get" | "post" | "put" | "patch" | "delete" | "head" | "options";
  readonly id: string;
  readonly action?: string;
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string };
  /** Sorted by name; those of the path among them. */
  readonly parameters: readonly Parameter[];
  readonly body?: {
    readonly value: Body;
    readonly types: readonly string[];
    readonly required: boolean;
  };
  /** Where there is no body to tell it: what version 2 says that a request may hold. */
  readonly consumes?: readonly string[];
  readonly answer: Body;
  readonly answerTypes: readonly string[];
  /** Success codes. */
  readonly codes: readonly number[];
};

export const metaType = (name: string): Body => ({
  is: "type",
  name: `io.k8s.apimachinery.pkg.apis.meta.v1.${name}`,
});

export const plainTypes = ["application/json", "application/yaml"];
export const objectTypes = [...plainTypes, "application/vnd.kubernetes.protobuf"];
export const streamTypes = [
  ...objectTypes,
  "application/json;stream=watch",
  "application/vnd.kubernetes.protobuf;stream=watch",
];

export const patchTypes = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
];

/** `authorization.k8s.io/v1` is `Authorization`, `V1`; dots of other groups join words. */
export const groupWords = (group: string): string[] =>
  (group === "" ? "core" : group.replace(/\.k8s\.io$/, "")).split(".");

export const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** `core_v1`, `rbacAuthorization_v1`. */
export function tagOf({ group, version }: GroupVersion): string {
  const [first, ...others] = groupWords(group);
  return [`${first}${others.map(capital).join("")}`, version].join("_");
}

export const idStem = ({ group, version }: GroupVersion): string =>
  groupWords(group).map(capital).join("") + capital(version);

export const rootOf = ({ group, version }: GroupVersion): string =>
  group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
