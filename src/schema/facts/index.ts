// Made by tools/facts/make.ts. Do not edit.
import type { FactsEntry } from "../facts-format.ts";
import admission_v1 from "./admission-v1.json" with { type: "json" };
import admissionregistration_v1 from "./admissionregistration-v1.json" with { type: "json" };
import admissionregistration_v1alpha1 from "./admissionregistration-v1alpha1.json" with { type: "json" };
import admissionregistration_v1beta1 from "./admissionregistration-v1beta1.json" with { type: "json" };
import apidiscovery_v2 from "./apidiscovery-v2.json" with { type: "json" };
import apiserverinternal_v1alpha1 from "./apiserverinternal-v1alpha1.json" with { type: "json" };
import apps_v1 from "./apps-v1.json" with { type: "json" };
import authentication_v1 from "./authentication-v1.json" with { type: "json" };
import authorization_v1 from "./authorization-v1.json" with { type: "json" };
import autoscaling_v1 from "./autoscaling-v1.json" with { type: "json" };
import autoscaling_v2 from "./autoscaling-v2.json" with { type: "json" };
import batch_v1 from "./batch-v1.json" with { type: "json" };
import certificates_v1 from "./certificates-v1.json" with { type: "json" };
import certificates_v1beta1 from "./certificates-v1beta1.json" with { type: "json" };
import coordination_v1 from "./coordination-v1.json" with { type: "json" };
import coordination_v1alpha2 from "./coordination-v1alpha2.json" with { type: "json" };
import coordination_v1beta1 from "./coordination-v1beta1.json" with { type: "json" };
import core_v1 from "./core-v1.json" with { type: "json" };
import discovery_v1 from "./discovery-v1.json" with { type: "json" };
import events_v1 from "./events-v1.json" with { type: "json" };
import flowcontrol_v1 from "./flowcontrol-v1.json" with { type: "json" };
import imagepolicy_v1alpha1 from "./imagepolicy-v1alpha1.json" with { type: "json" };
import lifecycle_v1alpha1 from "./lifecycle-v1alpha1.json" with { type: "json" };
import networking_v1 from "./networking-v1.json" with { type: "json" };
import node_v1 from "./node-v1.json" with { type: "json" };
import node_v1alpha1 from "./node-v1alpha1.json" with { type: "json" };
import policy_v1 from "./policy-v1.json" with { type: "json" };
import rbac_v1 from "./rbac-v1.json" with { type: "json" };
import rbac_v1alpha1 from "./rbac-v1alpha1.json" with { type: "json" };
import resource_v1 from "./resource-v1.json" with { type: "json" };
import resource_v1alpha3 from "./resource-v1alpha3.json" with { type: "json" };
import resource_v1beta1 from "./resource-v1beta1.json" with { type: "json" };
import resource_v1beta2 from "./resource-v1beta2.json" with { type: "json" };
import scheduling_v1 from "./scheduling-v1.json" with { type: "json" };
import scheduling_v1alpha3 from "./scheduling-v1alpha3.json" with { type: "json" };
import scheduling_v1beta1 from "./scheduling-v1beta1.json" with { type: "json" };
import storage_v1 from "./storage-v1.json" with { type: "json" };
import storagemigration_v1 from "./storagemigration-v1.json" with { type: "json" };
import storagemigration_v1beta1 from "./storagemigration-v1beta1.json" with { type: "json" };
import meta_v1 from "./meta-v1.json" with { type: "json" };
import apiextensions_v1 from "./apiextensions-v1.json" with { type: "json" };
import apiregistration_v1 from "./apiregistration-v1.json" with { type: "json" };

/** By the prefix of the definitions' full names, without versions that are no longer served. */
export const groups: Readonly<Record<string, FactsEntry>> = {
  "io.k8s.api.admission.v1": { group: "admission.k8s.io", version: "v1", facts: admission_v1 as never },
  "io.k8s.api.admissionregistration.v1": { group: "admissionregistration.k8s.io", version: "v1", facts: admissionregistration_v1 as never },
  "io.k8s.api.admissionregistration.v1alpha1": { group: "admissionregistration.k8s.io", version: "v1alpha1", facts: admissionregistration_v1alpha1 as never },
  "io.k8s.api.admissionregistration.v1beta1": { group: "admissionregistration.k8s.io", version: "v1beta1", facts: admissionregistration_v1beta1 as never },
  "io.k8s.api.apidiscovery.v2": { group: "apidiscovery.k8s.io", version: "v2", facts: apidiscovery_v2 as never },
  "io.k8s.api.apiserverinternal.v1alpha1": { group: "internal.apiserver.k8s.io", version: "v1alpha1", facts: apiserverinternal_v1alpha1 as never },
  "io.k8s.api.apps.v1": { group: "apps", version: "v1", facts: apps_v1 as never },
  "io.k8s.api.authentication.v1": { group: "authentication.k8s.io", version: "v1", facts: authentication_v1 as never },
  "io.k8s.api.authorization.v1": { group: "authorization.k8s.io", version: "v1", facts: authorization_v1 as never },
  "io.k8s.api.autoscaling.v1": { group: "autoscaling", version: "v1", facts: autoscaling_v1 as never },
  "io.k8s.api.autoscaling.v2": { group: "autoscaling", version: "v2", facts: autoscaling_v2 as never },
  "io.k8s.api.batch.v1": { group: "batch", version: "v1", facts: batch_v1 as never },
  "io.k8s.api.certificates.v1": { group: "certificates.k8s.io", version: "v1", facts: certificates_v1 as never },
  "io.k8s.api.certificates.v1beta1": { group: "certificates.k8s.io", version: "v1beta1", facts: certificates_v1beta1 as never },
  "io.k8s.api.coordination.v1": { group: "coordination.k8s.io", version: "v1", facts: coordination_v1 as never },
  "io.k8s.api.coordination.v1alpha2": { group: "coordination.k8s.io", version: "v1alpha2", facts: coordination_v1alpha2 as never },
  "io.k8s.api.coordination.v1beta1": { group: "coordination.k8s.io", version: "v1beta1", facts: coordination_v1beta1 as never },
  "io.k8s.api.core.v1": { group: "", version: "v1", facts: core_v1 as never },
  "io.k8s.api.discovery.v1": { group: "discovery.k8s.io", version: "v1", facts: discovery_v1 as never },
  "io.k8s.api.events.v1": { group: "events.k8s.io", version: "v1", facts: events_v1 as never },
  "io.k8s.api.flowcontrol.v1": { group: "flowcontrol.apiserver.k8s.io", version: "v1", facts: flowcontrol_v1 as never },
  "io.k8s.api.imagepolicy.v1alpha1": { group: "imagepolicy.k8s.io", version: "v1alpha1", facts: imagepolicy_v1alpha1 as never },
  "io.k8s.api.lifecycle.v1alpha1": { group: "lifecycle.k8s.io", version: "v1alpha1", facts: lifecycle_v1alpha1 as never },
  "io.k8s.api.networking.v1": { group: "networking.k8s.io", version: "v1", facts: networking_v1 as never },
  "io.k8s.api.node.v1": { group: "node.k8s.io", version: "v1", facts: node_v1 as never },
  "io.k8s.api.node.v1alpha1": { group: "node.k8s.io", version: "v1alpha1", facts: node_v1alpha1 as never },
  "io.k8s.api.policy.v1": { group: "policy", version: "v1", facts: policy_v1 as never },
  "io.k8s.api.rbac.v1": { group: "rbac.authorization.k8s.io", version: "v1", facts: rbac_v1 as never },
  "io.k8s.api.rbac.v1alpha1": { group: "rbac.authorization.k8s.io", version: "v1alpha1", facts: rbac_v1alpha1 as never },
  "io.k8s.api.resource.v1": { group: "resource.k8s.io", version: "v1", facts: resource_v1 as never },
  "io.k8s.api.resource.v1alpha3": { group: "resource.k8s.io", version: "v1alpha3", facts: resource_v1alpha3 as never },
  "io.k8s.api.resource.v1beta1": { group: "resource.k8s.io", version: "v1beta1", facts: resource_v1beta1 as never },
  "io.k8s.api.resource.v1beta2": { group: "resource.k8s.io", version: "v1beta2", facts: resource_v1beta2 as never },
  "io.k8s.api.scheduling.v1": { group: "scheduling.k8s.io", version: "v1", facts: scheduling_v1 as never },
  "io.k8s.api.scheduling.v1alpha3": { group: "scheduling.k8s.io", version: "v1alpha3", facts: scheduling_v1alpha3 as never },
  "io.k8s.api.scheduling.v1beta1": { group: "scheduling.k8s.io", version: "v1beta1", facts: scheduling_v1beta1 as never },
  "io.k8s.api.storage.v1": { group: "storage.k8s.io", version: "v1", facts: storage_v1 as never },
  "io.k8s.api.storagemigration.v1": { group: "storagemigration.k8s.io", version: "v1", facts: storagemigration_v1 as never },
  "io.k8s.api.storagemigration.v1beta1": { group: "storagemigration.k8s.io", version: "v1beta1", facts: storagemigration_v1beta1 as never },
  "io.k8s.apimachinery.pkg.apis.meta.v1": { group: "meta.k8s.io", version: "v1", facts: meta_v1 as never },
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1": { group: "apiextensions.k8s.io", version: "v1", facts: apiextensions_v1 as never },
  "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1": { group: "apiregistration.k8s.io", version: "v1", facts: apiregistration_v1 as never },
};

/** Kinds of versions that are no longer served, by group and version: what upstream still knows by name. */
export const retired: Readonly<Record<string, string>> = {
  "admission.k8s.io/v1beta1":
    "AdmissionReview",
  "apidiscovery.k8s.io/v2beta1":
    "APIGroupDiscovery APIGroupDiscoveryList",
  "apps/v1beta1":
    "ControllerRevision ControllerRevisionList Deployment DeploymentList DeploymentRollback Scale StatefulSet StatefulSetList",
  "apps/v1beta2":
    "ControllerRevision ControllerRevisionList DaemonSet DaemonSetList Deployment DeploymentList ReplicaSet ReplicaSetList Scale StatefulSet StatefulSetList",
  "authentication.k8s.io/v1alpha1":
    "SelfSubjectReview",
  "authentication.k8s.io/v1beta1":
    "SelfSubjectReview TokenReview",
  "authorization.k8s.io/v1beta1":
    "LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview",
  "batch/v1beta1":
    "CronJob CronJobList",
  "certificates.k8s.io/v1alpha1":
    "ClusterTrustBundle ClusterTrustBundleList",
  "discovery.k8s.io/v1beta1":
    "EndpointSlice EndpointSliceList",
  "events.k8s.io/v1beta1":
    "Event EventList",
  "extensions/v1beta1":
    "DaemonSet DaemonSetList Deployment DeploymentList DeploymentRollback Ingress IngressList NetworkPolicy NetworkPolicyList ReplicaSet ReplicaSetList Scale",
  "flowcontrol.apiserver.k8s.io/v1beta1":
    "FlowSchema FlowSchemaList PriorityLevelConfiguration PriorityLevelConfigurationList",
  "flowcontrol.apiserver.k8s.io/v1beta2":
    "FlowSchema FlowSchemaList PriorityLevelConfiguration PriorityLevelConfigurationList",
  "flowcontrol.apiserver.k8s.io/v1beta3":
    "FlowSchema FlowSchemaList PriorityLevelConfiguration PriorityLevelConfigurationList",
  "networking.k8s.io/v1beta1":
    "IPAddress IPAddressList Ingress IngressClass IngressClassList IngressList ServiceCIDR ServiceCIDRList",
  "node.k8s.io/v1beta1":
    "RuntimeClass RuntimeClassList",
  "policy/v1beta1":
    "Eviction PodDisruptionBudget PodDisruptionBudgetList",
  "rbac.authorization.k8s.io/v1beta1":
    "ClusterRole ClusterRoleBinding ClusterRoleBindingList ClusterRoleList Role RoleBinding RoleBindingList RoleList",
  "storage.k8s.io/v1alpha1":
    "CSIStorageCapacity CSIStorageCapacityList VolumeAttachment VolumeAttachmentList VolumeAttributesClass VolumeAttributesClassList",
  "storage.k8s.io/v1beta1":
    "CSIDriver CSIDriverList CSINode CSINodeList CSIStorageCapacity CSIStorageCapacityList StorageClass StorageClassList VolumeAttachment VolumeAttachmentList VolumeAttributesClass VolumeAttributesClassList",
};
