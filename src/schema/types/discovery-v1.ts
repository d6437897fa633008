// Types of discovery.k8s.io/v1. Made by tools/facts/make.ts. Do not edit.
import type { ObjectReference, Protocol } from "./core-v1.ts";
import type { ListMeta, ObjectMeta } from "./meta-v1.ts";

export type AddressType = "FQDN" | "IPv4" | "IPv6";

export type Endpoint = {
  addresses: string[];
  conditions?: EndpointConditions;
  hostname?: string;
  targetRef?: ObjectReference;
  deprecatedTopology?: Record<string, string>;
  nodeName?: string;
  zone?: string;
  hints?: EndpointHints;
};

export type EndpointConditions = {
  ready?: boolean;
  serving?: boolean;
  terminating?: boolean;
};

export type EndpointHints = {
  forZones?: ForZone[];
  forNodes?: ForNode[];
};

export type EndpointPort = {
  name?: string;
  protocol?: Protocol;
  port?: number;
  appProtocol?: string;
};

export type EndpointSlice = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  addressType: AddressType;
  endpoints?: Endpoint[];
  ports?: EndpointPort[];
};

export type EndpointSliceList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: EndpointSlice[];
};

export type ForNode = {
  name: string;
};

export type ForZone = {
  name: string;
};
