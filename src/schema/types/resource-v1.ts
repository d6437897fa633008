// Types of resource.k8s.io/v1. Made by tools/facts/make.ts. Do not edit.
import type { NodeSelector } from "./core-v1.ts";
import type { Condition, ListMeta, ObjectMeta } from "./meta-v1.ts";

export type AllocatedDeviceStatus = {
  driver: string;
  pool: string;
  device: string;
  shareID?: string;
  conditions: Condition[];
  data?: Record<string, unknown>;
  networkData?: NetworkDeviceData;
};

export type AllocationConfigSource = "FromClaim" | "FromClass";

export type AllocationResult = {
  devices?: DeviceAllocationResult;
  nodeSelector?: NodeSelector;
  allocationTimestamp?: string;
};

export type CELDeviceSelector = {
  expression: string;
};

export type CapacityRequestPolicy = {
  default?: string;
  validValues?: string[];
  validRange?: CapacityRequestPolicyRange;
};

export type CapacityRequestPolicyRange = {
  min?: string;
  max?: string;
  step?: string;
};

export type CapacityRequirements = {
  requests?: Record<string, string>;
};

export type Counter = {
  value: string;
};

export type CounterSet = {
  name: string;
  counters?: Record<string, Counter>;
};

export type Device = {
  name: string;
  attributes?: Record<string, DeviceAttribute>;
  capacity?: Record<string, DeviceCapacity>;
  consumesCounters?: DeviceCounterConsumption[];
  nodeName?: string;
  nodeSelector?: NodeSelector;
  allNodes?: boolean;
  taints?: DeviceTaint[];
  bindsToNode?: boolean;
  bindingConditions?: string[];
  bindingFailureConditions?: string[];
  allowMultipleAllocations?: boolean;
  nodeAllocatableResources?: Record<string, NodeAllocatableResource>;
};

export type DeviceAllocationConfiguration = {
  source: AllocationConfigSource;
  requests?: string[];
  opaque?: OpaqueDeviceConfiguration;
};

export type DeviceAllocationMode = "All" | "ExactCount";

export type DeviceAllocationResult = {
  results?: DeviceRequestAllocationResult[];
  config?: DeviceAllocationConfiguration[];
};

export type DeviceAttribute = {
  int?: number;
  bool?: boolean;
  string?: string;
  version?: string;
  ints?: number[];
  bools?: boolean[];
  strings?: string[];
  versions?: string[];
};

export type DeviceCapacity = {
  value: string;
  requestPolicy?: CapacityRequestPolicy;
};

export type DeviceClaim = {
  requests: DeviceRequest[];
  constraints?: DeviceConstraint[];
  config?: DeviceClaimConfiguration[];
};

export type DeviceClaimConfiguration = {
  requests?: string[];
  opaque?: OpaqueDeviceConfiguration;
};

export type DeviceClass = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: DeviceClassSpec;
};

export type DeviceClassConfiguration = {
  opaque?: OpaqueDeviceConfiguration;
};

export type DeviceClassList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: DeviceClass[];
};

export type DeviceClassSpec = {
  selectors?: DeviceSelector[];
  config?: DeviceClassConfiguration[];
  extendedResourceName?: string;
};

export type DeviceConfiguration = {
  opaque?: OpaqueDeviceConfiguration;
};

export type DeviceConstraint = {
  requests?: string[];
  matchAttribute?: string;
  distinctAttribute?: string;
};

export type DeviceCounterConsumption = {
  counterSet: string;
  counters?: Record<string, Counter>;
  compatibilityGroups?: string[];
};

export type DeviceDerivedAttribute = {
  name: string;
  expression: string;
};

export type DeviceRequest = {
  name: string;
  exactly?: ExactDeviceRequest;
  firstAvailable?: DeviceSubRequest[];
};

export type DeviceRequestAllocationResult = {
  request: string;
  driver: string;
  pool: string;
  device: string;
  adminAccess?: boolean;
  tolerations?: DeviceToleration[];
  bindingConditions?: string[];
  bindingFailureConditions?: string[];
  shareID?: string;
  consumedCapacity?: Record<string, string>;
  skipNodeOperations?: SkipNodeOperation[];
};

export type DeviceSelector = {
  cel?: CELDeviceSelector;
};

export type DeviceSubRequest = {
  name: string;
  deviceClassName: string;
  selectors?: DeviceSelector[];
  allocationMode?: DeviceAllocationMode;
  count?: number;
  tolerations?: DeviceToleration[];
  capacity?: CapacityRequirements;
  derivedAttributes?: DeviceDerivedAttribute[];
};

export type DeviceTaint = {
  key: string;
  value?: string;
  effect: DeviceTaintEffect;
  timeAdded?: string;
};

export type DeviceTaintEffect = "NoExecute" | "NoSchedule" | "None";

export type DeviceTaintRule = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: DeviceTaintRuleSpec;
  status?: DeviceTaintRuleStatus;
};

export type DeviceTaintRuleList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: DeviceTaintRule[];
};

export type DeviceTaintRuleSpec = {
  deviceSelector?: DeviceTaintSelector;
  taint: DeviceTaint;
};

export type DeviceTaintRuleStatus = {
  conditions?: Condition[];
};

export type DeviceTaintSelector = {
  driver?: string;
  pool?: string;
  device?: string;
};

export type DeviceToleration = {
  key?: string;
  operator?: DeviceTolerationOperator;
  value?: string;
  effect?: DeviceTaintEffect;
  tolerationSeconds?: number;
};

export type DeviceTolerationOperator = "Equal" | "Exists";

export type ExactDeviceRequest = {
  deviceClassName: string;
  selectors?: DeviceSelector[];
  allocationMode?: DeviceAllocationMode;
  count?: number;
  adminAccess?: boolean;
  tolerations?: DeviceToleration[];
  capacity?: CapacityRequirements;
  derivedAttributes?: DeviceDerivedAttribute[];
};

export type NetworkDeviceData = {
  interfaceName?: string;
  ips?: string[];
  hardwareAddress?: string;
};

export type NodeAllocatableMapping = {
  capacityKey?: string;
  capacityMultiplier?: string;
  deviceMultiplier?: string;
};

export type NodeAllocatableOverhead = {
  perPod?: string;
  perContainer?: string;
};

export type NodeAllocatableResource = {
  mapping?: NodeAllocatableMapping;
  overhead?: NodeAllocatableOverhead;
};

export type OpaqueDeviceConfiguration = {
  driver: string;
  parameters: Record<string, unknown>;
};

export type ResourceClaim = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: ResourceClaimSpec;
  status?: ResourceClaimStatus;
};

export type ResourceClaimConsumerReference = {
  apiGroup?: string;
  resource: string;
  name: string;
  uid: string;
};

export type ResourceClaimList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: ResourceClaim[];
};

export type ResourceClaimSpec = {
  devices?: DeviceClaim;
};

export type ResourceClaimStatus = {
  allocation?: AllocationResult;
  reservedFor?: ResourceClaimConsumerReference[];
  devices?: AllocatedDeviceStatus[];
};

export type ResourceClaimTemplate = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: ResourceClaimTemplateSpec;
};

export type ResourceClaimTemplateList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: ResourceClaimTemplate[];
};

export type ResourceClaimTemplateSpec = {
  metadata?: ObjectMeta;
  spec: ResourceClaimSpec;
};

export type ResourcePool = {
  name: string;
  generation: number;
  resourceSliceCount: number;
};

export type ResourceSlice = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: ResourceSliceSpec;
};

export type ResourceSliceList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: ResourceSlice[];
};

export type ResourceSliceSpec = {
  driver: string;
  pool: ResourcePool;
  nodeName?: string;
  nodeSelector?: NodeSelector;
  allNodes?: boolean;
  devices?: Device[];
  perDeviceNodeSelection?: boolean;
  sharedCounters?: CounterSet[];
  partitionTypeAttribute?: string;
  skipNodeOperations?: SkipNodeOperation[];
};

export type SkipNodeOperation = "*" | "NodePrepareResources" | "NodeUnprepareResources";
