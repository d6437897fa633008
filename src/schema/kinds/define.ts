// How a built-in kind is stated: a resource's token and what its file says beyond the facts.
import { shapeOf } from "../facts.ts";
import { type ApiObject, type Kind, type KindSpec, makeKind, type Subresource } from "../kind.ts";
import type { Resource } from "../resource.ts";

export const defineKind = <T extends ApiObject>(resource: Resource<T>, spec: KindSpec<T>): Kind =>
  makeKind(resource, spec, shapeOf) as unknown as Kind;

export const statusSubresource: Subresource = {
  name: "status",
  verbs: ["get", "patch", "update"],
};

export const scaleSubresource: Subresource = {
  name: "scale",
  verbs: ["get", "patch", "update"],
  body: { group: "autoscaling", version: "v1", kind: "Scale" },
};
