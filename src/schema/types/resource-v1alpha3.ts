// Types of resource.k8s.io/v1alpha3. Made by tools/facts/make.ts. Do not edit.
import type { Condition, ListMeta, ObjectMeta } from "./meta-v1.ts";

export type CELDeviceSelector = {
  expression: string;
};

export type DeviceSelector = {
  cel?: CELDeviceSelector;
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

export type PartitionTypeStatus = {
  attribute?: string;
  type?: string;
  total?: number;
  allocatable?: number;
};

export type PoolStatus = {
  driver?: string;
  poolName?: string;
  generation: number;
  resourceSliceCount?: number;
  totalDevices?: number;
  allocatedDevices?: number;
  availableDevices?: number;
  unavailableDevices?: number;
  nodeName?: string;
  validationError?: string;
  partitionSummary?: PartitionTypeStatus[];
  shareableSummary?: ShareableSummaryStatus;
};

export type ResourcePoolStatusRequest = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: ResourcePoolStatusRequestSpec;
  status?: ResourcePoolStatusRequestStatus;
};

export type ResourcePoolStatusRequestList = {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: ResourcePoolStatusRequest[];
};

export type ResourcePoolStatusRequestSpec = {
  driver: string;
  poolName?: string;
  limit?: number;
  defaultPartitionTypeAttribute?: string;
};

export type ResourcePoolStatusRequestStatus = {
  poolCount?: number;
  pools?: PoolStatus[];
  conditions?: Condition[];
};

export type ShareableCapacityStatus = {
  name?: string;
  total?: string;
  consumed?: string;
  available?: string;
};

export type ShareableSummaryStatus = {
  fullyAvailableDevices?: number;
  partiallyAvailableDevices?: number;
  capacity?: ShareableCapacityStatus[];
};
