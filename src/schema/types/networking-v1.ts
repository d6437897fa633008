// Types of networking.k8s.io/v1. Made by tools/facts/make.ts. Do not edit.
import type { Protocol, TypedLocalObjectReference } from "./core-v1.ts";
import type { Condition, LabelSelector, ListMeta, ObjectMeta } from "./meta-v1.ts";

export type HTTPIngressPath = {
  path?: string;
  pathType?: PathType;
  backend: IngressBackend;
};

export type HTTPIngressRuleValue = {
  paths: HTTPIngressPath[];
};

export type IPAddress = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: IPAddressSpec;
};

export type IPAddressList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: IPAddress[];
};

export type IPAddressSpec = {
  parentRef?: ParentReference;
};

export type IPBlock = {
  cidr: string;
  except?: string[];
};

export type Ingress = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: IngressSpec;
  status?: IngressStatus;
};

export type IngressBackend = {
  service?: IngressServiceBackend;
  resource?: TypedLocalObjectReference;
};

export type IngressClass = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: IngressClassSpec;
};

export type IngressClassList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: IngressClass[];
};

export type IngressClassParametersReference = {
  apiGroup?: string;
  kind: string;
  name: string;
  scope?: string;
  namespace?: string;
};

export type IngressClassSpec = {
  controller?: string;
  parameters?: IngressClassParametersReference;
};

export type IngressList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: Ingress[];
};

export type IngressLoadBalancerIngress = {
  ip?: string;
  hostname?: string;
  ports?: IngressPortStatus[];
};

export type IngressLoadBalancerStatus = {
  ingress?: IngressLoadBalancerIngress[];
};

export type IngressPortStatus = {
  port: number;
  protocol: Protocol;
  error?: string;
};

export type IngressRule = {
  host?: string;
  http?: HTTPIngressRuleValue;
};

export type IngressRuleValue = {
  http?: HTTPIngressRuleValue;
};

export type IngressServiceBackend = {
  name: string;
  port?: ServiceBackendPort;
};

export type IngressSpec = {
  ingressClassName?: string;
  defaultBackend?: IngressBackend;
  tls?: IngressTLS[];
  rules?: IngressRule[];
};

export type IngressStatus = {
  loadBalancer?: IngressLoadBalancerStatus;
};

export type IngressTLS = {
  hosts?: string[];
  secretName?: string;
};

export type NetworkPolicy = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: NetworkPolicySpec;
};

export type NetworkPolicyEgressRule = {
  ports?: NetworkPolicyPort[];
  to?: NetworkPolicyPeer[];
};

export type NetworkPolicyIngressRule = {
  ports?: NetworkPolicyPort[];
  from?: NetworkPolicyPeer[];
};

export type NetworkPolicyList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: NetworkPolicy[];
};

export type NetworkPolicyPeer = {
  podSelector?: LabelSelector;
  namespaceSelector?: LabelSelector;
  ipBlock?: IPBlock;
};

export type NetworkPolicyPort = {
  protocol?: Protocol;
  port?: number | string;
  endPort?: number;
};

export type NetworkPolicySpec = {
  podSelector?: LabelSelector;
  ingress?: NetworkPolicyIngressRule[];
  egress?: NetworkPolicyEgressRule[];
  policyTypes?: PolicyType[];
};

export type ParentReference = {
  group?: string;
  resource?: string;
  namespace?: string;
  name?: string;
};

export type PathType = "Exact" | "ImplementationSpecific" | "Prefix";

export type PolicyType = "Egress" | "Ingress";

export type ServiceBackendPort = {
  name?: string;
  number?: number;
};

export type ServiceCIDR = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: ServiceCIDRSpec;
  status?: ServiceCIDRStatus;
};

export type ServiceCIDRList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: ServiceCIDR[];
};

export type ServiceCIDRSpec = {
  cidrs?: string[];
};

export type ServiceCIDRStatus = {
  conditions?: Condition[];
};
