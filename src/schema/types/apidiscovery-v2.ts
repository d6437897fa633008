// Types of apidiscovery.k8s.io/v2. Made by tools/facts/make.ts. Do not edit.
import type { GroupVersionKind, ListMeta, ObjectMeta } from "./meta-v1.ts";

export type APIGroupDiscovery = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  versions?: APIVersionDiscovery[];
};

export type APIGroupDiscoveryList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: APIGroupDiscovery[];
};

export type APIResourceDiscovery = {
  resource: string;
  responseKind?: GroupVersionKind;
  scope: string;
  singularResource: string;
  verbs: string[];
  shortNames?: string[];
  categories?: string[];
  subresources?: APISubresourceDiscovery[];
};

export type APISubresourceDiscovery = {
  subresource: string;
  responseKind?: GroupVersionKind;
  acceptedTypes?: GroupVersionKind[];
  verbs: string[];
};

export type APIVersionDiscovery = {
  version: string;
  resources?: APIResourceDiscovery[];
  freshness?: string;
};
