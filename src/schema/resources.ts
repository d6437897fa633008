// A token for every kind that v1.37 can serve. Made by tools/facts/make.ts. Do not edit.
import type { Resource } from "./resource.ts";
import type * as admissionregistrationV1 from "./types/admissionregistration-v1.ts";
import type * as admissionregistrationV1alpha1 from "./types/admissionregistration-v1alpha1.ts";
import type * as admissionregistrationV1beta1 from "./types/admissionregistration-v1beta1.ts";
import type * as apiextensionsV1 from "./types/apiextensions-v1.ts";
import type * as apiregistrationV1 from "./types/apiregistration-v1.ts";
import type * as apiserverinternalV1alpha1 from "./types/apiserverinternal-v1alpha1.ts";
import type * as appsV1 from "./types/apps-v1.ts";
import type * as authenticationV1 from "./types/authentication-v1.ts";
import type * as authorizationV1 from "./types/authorization-v1.ts";
import type * as autoscalingV1 from "./types/autoscaling-v1.ts";
import type * as autoscalingV2 from "./types/autoscaling-v2.ts";
import type * as batchV1 from "./types/batch-v1.ts";
import type * as certificatesV1 from "./types/certificates-v1.ts";
import type * as certificatesV1beta1 from "./types/certificates-v1beta1.ts";
import type * as coordinationV1 from "./types/coordination-v1.ts";
import type * as coordinationV1alpha2 from "./types/coordination-v1alpha2.ts";
import type * as coordinationV1beta1 from "./types/coordination-v1beta1.ts";
import type * as coreV1 from "./types/core-v1.ts";
import type * as discoveryV1 from "./types/discovery-v1.ts";
import type * as eventsV1 from "./types/events-v1.ts";
import type * as flowcontrolV1 from "./types/flowcontrol-v1.ts";
import type * as lifecycleV1alpha1 from "./types/lifecycle-v1alpha1.ts";
import type * as networkingV1 from "./types/networking-v1.ts";
import type * as nodeV1 from "./types/node-v1.ts";
import type * as policyV1 from "./types/policy-v1.ts";
import type * as rbacV1 from "./types/rbac-v1.ts";
import type * as resourceV1 from "./types/resource-v1.ts";
import type * as resourceV1alpha3 from "./types/resource-v1alpha3.ts";
import type * as resourceV1beta1 from "./types/resource-v1beta1.ts";
import type * as resourceV1beta2 from "./types/resource-v1beta2.ts";
import type * as schedulingV1 from "./types/scheduling-v1.ts";
import type * as schedulingV1alpha3 from "./types/scheduling-v1alpha3.ts";
import type * as schedulingV1beta1 from "./types/scheduling-v1beta1.ts";
import type * as storageV1 from "./types/storage-v1.ts";
import type * as storagemigrationV1 from "./types/storagemigration-v1.ts";
import type * as storagemigrationV1beta1 from "./types/storagemigration-v1beta1.ts";

export const apiServices: Resource<apiregistrationV1.APIService> = {
  group: "apiregistration.k8s.io",
  version: "v1",
  kind: "APIService",
  plural: "apiservices",
  scope: "Cluster",
  type: "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService",
};
export const bindings: Resource<coreV1.Binding> = {
  group: "",
  version: "v1",
  kind: "Binding",
  plural: "bindings",
  scope: "Namespaced",
  type: "io.k8s.api.core.v1.Binding",
};
export const certificateSigningRequests: Resource<certificatesV1.CertificateSigningRequest> = {
  group: "certificates.k8s.io",
  version: "v1",
  kind: "CertificateSigningRequest",
  plural: "certificatesigningrequests",
  scope: "Cluster",
  type: "io.k8s.api.certificates.v1.CertificateSigningRequest",
};
export const clusterRoleBindings: Resource<rbacV1.ClusterRoleBinding> = {
  group: "rbac.authorization.k8s.io",
  version: "v1",
  kind: "ClusterRoleBinding",
  plural: "clusterrolebindings",
  scope: "Cluster",
  type: "io.k8s.api.rbac.v1.ClusterRoleBinding",
};
export const clusterRoles: Resource<rbacV1.ClusterRole> = {
  group: "rbac.authorization.k8s.io",
  version: "v1",
  kind: "ClusterRole",
  plural: "clusterroles",
  scope: "Cluster",
  type: "io.k8s.api.rbac.v1.ClusterRole",
};
export const clusterTrustBundles: Resource<certificatesV1.ClusterTrustBundle> = {
  group: "certificates.k8s.io",
  version: "v1",
  kind: "ClusterTrustBundle",
  plural: "clustertrustbundles",
  scope: "Cluster",
  type: "io.k8s.api.certificates.v1.ClusterTrustBundle",
};
export const clusterTrustBundlesV1beta1: Resource<certificatesV1beta1.ClusterTrustBundle> = {
  group: "certificates.k8s.io",
  version: "v1beta1",
  kind: "ClusterTrustBundle",
  plural: "clustertrustbundles",
  scope: "Cluster",
  type: "io.k8s.api.certificates.v1beta1.ClusterTrustBundle",
};
export const componentStatuses: Resource<coreV1.ComponentStatus> = {
  group: "",
  version: "v1",
  kind: "ComponentStatus",
  plural: "componentstatuses",
  scope: "Cluster",
  type: "io.k8s.api.core.v1.ComponentStatus",
};
export const compositePodGroups: Resource<schedulingV1alpha3.CompositePodGroup> = {
  group: "scheduling.k8s.io",
  version: "v1alpha3",
  kind: "CompositePodGroup",
  plural: "compositepodgroups",
  scope: "Namespaced",
  type: "io.k8s.api.scheduling.v1alpha3.CompositePodGroup",
};
export const configMaps: Resource<coreV1.ConfigMap> = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  scope: "Namespaced",
  type: "io.k8s.api.core.v1.ConfigMap",
};
export const controllerRevisions: Resource<appsV1.ControllerRevision> = {
  group: "apps",
  version: "v1",
  kind: "ControllerRevision",
  plural: "controllerrevisions",
  scope: "Namespaced",
  type: "io.k8s.api.apps.v1.ControllerRevision",
};
export const cronJobs: Resource<batchV1.CronJob> = {
  group: "batch",
  version: "v1",
  kind: "CronJob",
  plural: "cronjobs",
  scope: "Namespaced",
  type: "io.k8s.api.batch.v1.CronJob",
};
export const csiDrivers: Resource<storageV1.CSIDriver> = {
  group: "storage.k8s.io",
  version: "v1",
  kind: "CSIDriver",
  plural: "csidrivers",
  scope: "Cluster",
  type: "io.k8s.api.storage.v1.CSIDriver",
};
export const csiNodes: Resource<storageV1.CSINode> = {
  group: "storage.k8s.io",
  version: "v1",
  kind: "CSINode",
  plural: "csinodes",
  scope: "Cluster",
  type: "io.k8s.api.storage.v1.CSINode",
};
export const csiStorageCapacities: Resource<storageV1.CSIStorageCapacity> = {
  group: "storage.k8s.io",
  version: "v1",
  kind: "CSIStorageCapacity",
  plural: "csistoragecapacities",
  scope: "Namespaced",
  type: "io.k8s.api.storage.v1.CSIStorageCapacity",
};
export const customResourceDefinitions: Resource<apiextensionsV1.CustomResourceDefinition> = {
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  scope: "Cluster",
  type: "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition",
};
export const daemonSets: Resource<appsV1.DaemonSet> = {
  group: "apps",
  version: "v1",
  kind: "DaemonSet",
  plural: "daemonsets",
  scope: "Namespaced",
  type: "io.k8s.api.apps.v1.DaemonSet",
};
export const deployments: Resource<appsV1.Deployment> = {
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  scope: "Namespaced",
  type: "io.k8s.api.apps.v1.Deployment",
};
export const deviceClasses: Resource<resourceV1.DeviceClass> = {
  group: "resource.k8s.io",
  version: "v1",
  kind: "DeviceClass",
  plural: "deviceclasses",
  scope: "Cluster",
  type: "io.k8s.api.resource.v1.DeviceClass",
};
export const deviceClassesV1beta1: Resource<resourceV1beta1.DeviceClass> = {
  group: "resource.k8s.io",
  version: "v1beta1",
  kind: "DeviceClass",
  plural: "deviceclasses",
  scope: "Cluster",
  type: "io.k8s.api.resource.v1beta1.DeviceClass",
};
export const deviceClassesV1beta2: Resource<resourceV1beta2.DeviceClass> = {
  group: "resource.k8s.io",
  version: "v1beta2",
  kind: "DeviceClass",
  plural: "deviceclasses",
  scope: "Cluster",
  type: "io.k8s.api.resource.v1beta2.DeviceClass",
};
export const deviceTaintRules: Resource<resourceV1.DeviceTaintRule> = {
  group: "resource.k8s.io",
  version: "v1",
  kind: "DeviceTaintRule",
  plural: "devicetaintrules",
  scope: "Cluster",
  type: "io.k8s.api.resource.v1.DeviceTaintRule",
};
export const deviceTaintRulesV1alpha3: Resource<resourceV1alpha3.DeviceTaintRule> = {
  group: "resource.k8s.io",
  version: "v1alpha3",
  kind: "DeviceTaintRule",
  plural: "devicetaintrules",
  scope: "Cluster",
  type: "io.k8s.api.resource.v1alpha3.DeviceTaintRule",
};
export const deviceTaintRulesV1beta2: Resource<resourceV1beta2.DeviceTaintRule> = {
  group: "resource.k8s.io",
  version: "v1beta2",
  kind: "DeviceTaintRule",
  plural: "devicetaintrules",
  scope: "Cluster",
  type: "io.k8s.api.resource.v1beta2.DeviceTaintRule",
};
export const endpointSlices: Resource<discoveryV1.EndpointSlice> = {
  group: "discovery.k8s.io",
  version: "v1",
  kind: "EndpointSlice",
  plural: "endpointslices",
  scope: "Namespaced",
  type: "io.k8s.api.discovery.v1.EndpointSlice",
};
export const endpoints: Resource<coreV1.Endpoints> = {
  group: "",
  version: "v1",
  kind: "Endpoints",
  plural: "endpoints",
  scope: "Namespaced",
  type: "io.k8s.api.core.v1.Endpoints",
};
export const events: Resource<coreV1.Event> = {
  group: "",
  version: "v1",
  kind: "Event",
  plural: "events",
  scope: "Namespaced",
  type: "io.k8s.api.core.v1.Event",
};
export const eventsInEvents: Resource<eventsV1.Event> = {
  group: "events.k8s.io",
  version: "v1",
  kind: "Event",
  plural: "events",
  scope: "Namespaced",
  type: "io.k8s.api.events.v1.Event",
};
export const evictionRequests: Resource<lifecycleV1alpha1.EvictionRequest> = {
  group: "lifecycle.k8s.io",
  version: "v1alpha1",
  kind: "EvictionRequest",
  plural: "evictionrequests",
  scope: "Namespaced",
  type: "io.k8s.api.lifecycle.v1alpha1.EvictionRequest",
};
export const evictions: Resource<lifecycleV1alpha1.Eviction> = {
  group: "lifecycle.k8s.io",
  version: "v1alpha1",
  kind: "Eviction",
  plural: "evictions",
  scope: "Namespaced",
  type: "io.k8s.api.lifecycle.v1alpha1.Eviction",
};
export const flowSchemas: Resource<flowcontrolV1.FlowSchema> = {
  group: "flowcontrol.apiserver.k8s.io",
  version: "v1",
  kind: "FlowSchema",
  plural: "flowschemas",
  scope: "Cluster",
  type: "io.k8s.api.flowcontrol.v1.FlowSchema",
};
export const horizontalPodAutoscalers: Resource<autoscalingV2.HorizontalPodAutoscaler> = {
  group: "autoscaling",
  version: "v2",
  kind: "HorizontalPodAutoscaler",
  plural: "horizontalpodautoscalers",
  scope: "Namespaced",
  type: "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler",
};
export const horizontalPodAutoscalersV1: Resource<autoscalingV1.HorizontalPodAutoscaler> = {
  group: "autoscaling",
  version: "v1",
  kind: "HorizontalPodAutoscaler",
  plural: "horizontalpodautoscalers",
  scope: "Namespaced",
  type: "io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler",
};
export const ingressClasses: Resource<networkingV1.IngressClass> = {
  group: "networking.k8s.io",
  version: "v1",
  kind: "IngressClass",
  plural: "ingressclasses",
  scope: "Cluster",
  type: "io.k8s.api.networking.v1.IngressClass",
};
export const ingresses: Resource<networkingV1.Ingress> = {
  group: "networking.k8s.io",
  version: "v1",
  kind: "Ingress",
  plural: "ingresses",
  scope: "Namespaced",
  type: "io.k8s.api.networking.v1.Ingress",
};
export const ipAddresses: Resource<networkingV1.IPAddress> = {
  group: "networking.k8s.io",
  version: "v1",
  kind: "IPAddress",
  plural: "ipaddresses",
  scope: "Cluster",
  type: "io.k8s.api.networking.v1.IPAddress",
};
export const jobs: Resource<batchV1.Job> = {
  group: "batch",
  version: "v1",
  kind: "Job",
  plural: "jobs",
  scope: "Namespaced",
  type: "io.k8s.api.batch.v1.Job",
};
export const leaseCandidates: Resource<coordinationV1beta1.LeaseCandidate> = {
  group: "coordination.k8s.io",
  version: "v1beta1",
  kind: "LeaseCandidate",
  plural: "leasecandidates",
  scope: "Namespaced",
  type: "io.k8s.api.coordination.v1beta1.LeaseCandidate",
};
export const leaseCandidatesV1alpha2: Resource<coordinationV1alpha2.LeaseCandidate> = {
  group: "coordination.k8s.io",
  version: "v1alpha2",
  kind: "LeaseCandidate",
  plural: "leasecandidates",
  scope: "Namespaced",
  type: "io.k8s.api.coordination.v1alpha2.LeaseCandidate",
};
export const leases: Resource<coordinationV1.Lease> = {
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  plural: "leases",
  scope: "Namespaced",
  type: "io.k8s.api.coordination.v1.Lease",
};
export const limitRanges: Resource<coreV1.LimitRange> = {
  group: "",
  version: "v1",
  kind: "LimitRange",
  plural: "limitranges",
  scope: "Namespaced",
  type: "io.k8s.api.core.v1.LimitRange",
};
export const localSubjectAccessReviews: Resource<authorizationV1.LocalSubjectAccessReview> = {
  group: "authorization.k8s.io",
  version: "v1",
  kind: "LocalSubjectAccessReview",
  plural: "localsubjectaccessreviews",
  scope: "Namespaced",
  type: "io.k8s.api.authorization.v1.LocalSubjectAccessReview",
};
export const mutatingAdmissionPolicies: Resource<admissionregistrationV1.MutatingAdmissionPolicy> =
  {
    group: "admissionregistration.k8s.io",
    version: "v1",
    kind: "MutatingAdmissionPolicy",
    plural: "mutatingadmissionpolicies",
    scope: "Cluster",
    type: "io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicy",
  };
export const mutatingAdmissionPoliciesV1alpha1: Resource<admissionregistrationV1alpha1.MutatingAdmissionPolicy> =
  {
    group: "admissionregistration.k8s.io",
    version: "v1alpha1",
    kind: "MutatingAdmissionPolicy",
    plural: "mutatingadmissionpolicies",
    scope: "Cluster",
    type: "io.k8s.api.admissionregistration.v1alpha1.MutatingAdmissionPolicy",
  };
export const mutatingAdmissionPoliciesV1beta1: Resource<admissionregistrationV1beta1.MutatingAdmissionPolicy> =
  {
    group: "admissionregistration.k8s.io",
    version: "v1beta1",
    kind: "MutatingAdmissionPolicy",
    plural: "mutatingadmissionpolicies",
    scope: "Cluster",
    type: "io.k8s.api.admissionregistration.v1beta1.MutatingAdmissionPolicy",
  };
export const mutatingAdmissionPolicyBindings: Resource<admissionregistrationV1.MutatingAdmissionPolicyBinding> =
  {
    group: "admissionregistration.k8s.io",
    version: "v1",
    kind: "MutatingAdmissionPolicyBinding",
    plural: "mutatingadmissionpolicybindings",
    scope: "Cluster",
    type: "io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBinding",
  };
export const mutatingAdmissionPolicyBindingsV1alpha1: Resource<admissionregistrationV1alpha1.MutatingAdmissionPolicyBinding> =
  {
    group: "admissionregistration.k8s.io",
    version: "v1alpha1",
    kind: "MutatingAdmissionPolicyBinding",
    plural: "mutatingadmissionpolicybindings",
    scope: "Cluster",
    type: "io.k8s.api.admissionregistration.v1alpha1.MutatingAdmissionPolicyBinding",
  };
export const mutatingAdmissionPolicyBindingsV1beta1: Resource<admissionregistrationV1beta1.MutatingAdmissionPolicyBinding> =
  {
    group: "admissionregistration.k8s.io",
    version: "v1beta1",
    kind: "MutatingAdmissionPolicyBinding",
    plural: "mutatingadmissionpolicybindings",
    scope: "Cluster",
    type: "io.k8s.api.admissionregistration.v1beta1.MutatingAdmissionPolicyBinding",
  };
export const mutatingWebhookConfigurations: Resource<admissionregistrationV1.MutatingWebhookConfiguration> =
  {
    group: "admissionregistration.k8s.io",
    version: "v1",
    kind: "MutatingWebhookConfiguration",
    plural: "mutatingwebhookconfigurations",
    scope: "Cluster",
    type: "io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration",
  };
export const namespaces: Resource<coreV1.Namespace> = {
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  scope: "Cluster",
  type: "io.k8s.api.core.v1.Namespace",
};
export const networkPolicies: Resource<networkingV1.NetworkPolicy> = {
  group: "networking.k8s.io",
  version: "v1",
  kind: "NetworkPolicy",
  plural: "networkpolicies",
  scope: "Namespaced",
  type: "io.k8s.api.networking.v1.NetworkPolicy",
};
export const nodes: Resource<coreV1.Node> = {
  group: "",
  version: "v1",
  kind: "Node",
  plural: "nodes",
  scope: "Cluster",
  type: "io.k8s.api.core.v1.Node",
};
export const persistentVolumeClaims: Resource<coreV1.PersistentVolumeClaim> = {
  group: "",
  version: "v1",
  kind: "PersistentVolumeClaim",
  plural: "persistentvolumeclaims",
  scope: "Namespaced",
  type: "io.k8s.api.core.v1.PersistentVolumeClaim",
};
export const persistentVolumes: Resource<coreV1.PersistentVolume> = {
  group: "",
  version: "v1",
  kind: "PersistentVolume",
  plural: "persistentvolumes",
  scope: "Cluster",
  type: "io.k8s.api.core.v1.PersistentVolume",
};
export const podCertificateRequests: Resource<certificatesV1.PodCertificateRequest> = {
  group: "certificates.k8s.io",
  version: "v1",
  kind: "PodCertificateRequest",
  plural: "podcertificaterequests",
  scope: "Namespaced",
  type: "io.k8s.api.certificates.v1.PodCertificateRequest",
};
export const podCertificateRequestsV1beta1: Resource<certificatesV1beta1.PodCertificateRequest> = {
  group: "certificates.k8s.io",
  version: "v1beta1",
  kind: "PodCertificateRequest",
  plural: "podcertificaterequests",
  scope: "Namespaced",
  type: "io.k8s.api.certificates.v1beta1.PodCertificateRequest",
};
export const podDisruptionBudgets: Resource<policyV1.PodDisruptionBudget> = {
  group: "policy",
  version: "v1",
  kind: "PodDisruptionBudget",
  plural: "poddisruptionbudgets",
  scope: "Namespaced",
  type: "io.k8s.api.policy.v1.PodDisruptionBudget",
};
export const podGroups: Resource<schedulingV1beta1.PodGroup> = {
  group: "scheduling.k8s.io",
  version: "v1beta1",
  kind: "PodGroup",
  plural: "podgroups",
  scope: "Namespaced",
  type: "io.k8s.api.scheduling.v1beta1.PodGroup",
};
export const podGroupsV1alpha3: Resource<schedulingV1alpha3.PodGroup> = {
  group: "scheduling.k8s.io",
  version: "v1alpha3",
  kind: "PodGroup",
  plural: "podgroups",
  scope: "Namespaced",
  type: "io.k8s.api.scheduling.v1alpha3.PodGroup",
};
export const podTemplates: Resource<coreV1.PodTemplate> = {
  group: "",
  version: "v1",
  kind: "PodTemplate",
  plural: "podtemplates",
  scope: "Namespaced",
  type: "io.k8s.api.core.v1.PodTemplate",
};
export const pods: Resource<coreV1.Pod> = {
  group: "",
  version: "v1",
  kind: "Pod",
  plural: "pods",
  scope: "Namespaced",
  type: "io.k8s.api.core.v1.Pod",
};
export const priorityClasses: Resource<schedulingV1.PriorityClass> = {
  group: "scheduling.k8s.io",
  version: "v1",
  kind: "PriorityClass",
  plural: "priorityclasses",
  scope: "Cluster",
  type: "io.k8s.api.scheduling.v1.PriorityClass",
};
export const priorityLevelConfigurations: Resource<flowcontrolV1.PriorityLevelConfiguration> = {
  group: "flowcontrol.apiserver.k8s.io",
  version: "v1",
  kind: "PriorityLevelConfiguration",
  plural: "prioritylevelconfigurations",
  scope: "Cluster",
  type: "io.k8s.api.flowcontrol.v1.PriorityLevelConfiguration",
};
export const replicaSets: Resource<appsV1.ReplicaSet> = {
  group: "apps",
  version: "v1",
  kind: "ReplicaSet",
  plural: "replicasets",
  scope: "Namespaced",
  type: "io.k8s.api.apps.v1.ReplicaSet",
};
export const replicationControllers: Resource<coreV1.ReplicationController> = {
  group: "",
  version: "v1",
  kind: "ReplicationController",
  plural: "replicationcontrollers",
  scope: "Namespaced",
  type: "io.k8s.api.core.v1.ReplicationController",
};
export const resourceClaimTemplates: Resource<resourceV1.ResourceClaimTemplate> = {
  group: "resource.k8s.io",
  version: "v1",
  kind: "ResourceClaimTemplate",
  plural: "resourceclaimtemplates",
  scope: "Namespaced",
  type: "io.k8s.api.resource.v1.ResourceClaimTemplate",
};
export const resourceClaimTemplatesV1beta1: Resource<resourceV1beta1.ResourceClaimTemplate> = {
  group: "resource.k8s.io",
  version: "v1beta1",
  kind: "ResourceClaimTemplate",
  plural: "resourceclaimtemplates",
  scope: "Namespaced",
  type: "io.k8s.api.resource.v1beta1.ResourceClaimTemplate",
};
export const resourceClaimTemplatesV1beta2: Resource<resourceV1beta2.ResourceClaimTemplate> = {
  group: "resource.k8s.io",
  version: "v1beta2",
  kind: "ResourceClaimTemplate",
  plural: "resourceclaimtemplates",
  scope: "Namespaced",
  type: "io.k8s.api.resource.v1beta2.ResourceClaimTemplate",
};
export const resourceClaims: Resource<resourceV1.ResourceClaim> = {
  group: "resource.k8s.io",
  version: "v1",
  kind: "ResourceClaim",
  plural: "resourceclaims",
  scope: "Namespaced",
  type: "io.k8s.api.resource.v1.ResourceClaim",
};
export const resourceClaimsV1beta1: Resource<resourceV1beta1.ResourceClaim> = {
  group: "resource.k8s.io",
  version: "v1beta1",
  kind: "ResourceClaim",
  plural: "resourceclaims",
  scope: "Namespaced",
  type: "io.k8s.api.resource.v1beta1.ResourceClaim",
};
export const resourceClaimsV1beta2: Resource<resourceV1beta2.ResourceClaim> = {
  group: "resource.k8s.io",
  version: "v1beta2",
  kind: "ResourceClaim",
  plural: "resourceclaims",
  scope: "Namespaced",
  type: "io.k8s.api.resource.v1beta2.ResourceClaim",
};
export const resourcePoolStatusRequests: Resource<resourceV1alpha3.ResourcePoolStatusRequest> = {
  group: "resource.k8s.io",
  version: "v1alpha3",
  kind: "ResourcePoolStatusRequest",
  plural: "resourcepoolstatusrequests",
  scope: "Cluster",
  type: "io.k8s.api.resource.v1alpha3.ResourcePoolStatusRequest",
};
export const resourceQuotas: Resource<coreV1.ResourceQuota> = {
  group: "",
  version: "v1",
  kind: "ResourceQuota",
  plural: "resourcequotas",
  scope: "Namespaced",
  type: "io.k8s.api.core.v1.ResourceQuota",
};
export const resourceSlices: Resource<resourceV1.ResourceSlice> = {
  group: "resource.k8s.io",
  version: "v1",
  kind: "ResourceSlice",
  plural: "resourceslices",
  scope: "Cluster",
  type: "io.k8s.api.resource.v1.ResourceSlice",
};
export const resourceSlicesV1beta1: Resource<resourceV1beta1.ResourceSlice> = {
  group: "resource.k8s.io",
  version: "v1beta1",
  kind: "ResourceSlice",
  plural: "resourceslices",
  scope: "Cluster",
  type: "io.k8s.api.resource.v1beta1.ResourceSlice",
};
export const resourceSlicesV1beta2: Resource<resourceV1beta2.ResourceSlice> = {
  group: "resource.k8s.io",
  version: "v1beta2",
  kind: "ResourceSlice",
  plural: "resourceslices",
  scope: "Cluster",
  type: "io.k8s.api.resource.v1beta2.ResourceSlice",
};
export const roleBindings: Resource<rbacV1.RoleBinding> = {
  group: "rbac.authorization.k8s.io",
  version: "v1",
  kind: "RoleBinding",
  plural: "rolebindings",
  scope: "Namespaced",
  type: "io.k8s.api.rbac.v1.RoleBinding",
};
export const roles: Resource<rbacV1.Role> = {
  group: "rbac.authorization.k8s.io",
  version: "v1",
  kind: "Role",
  plural: "roles",
  scope: "Namespaced",
  type: "io.k8s.api.rbac.v1.Role",
};
export const runtimeClasses: Resource<nodeV1.RuntimeClass> = {
  group: "node.k8s.io",
  version: "v1",
  kind: "RuntimeClass",
  plural: "runtimeclasses",
  scope: "Cluster",
  type: "io.k8s.api.node.v1.RuntimeClass",
};
export const secrets: Resource<coreV1.Secret> = {
  group: "",
  version: "v1",
  kind: "Secret",
  plural: "secrets",
  scope: "Namespaced",
  type: "io.k8s.api.core.v1.Secret",
};
export const selfSubjectAccessReviews: Resource<authorizationV1.SelfSubjectAccessReview> = {
  group: "authorization.k8s.io",
  version: "v1",
  kind: "SelfSubjectAccessReview",
  plural: "selfsubjectaccessreviews",
  scope: "Cluster",
  type: "io.k8s.api.authorization.v1.SelfSubjectAccessReview",
};
export const selfSubjectReviews: Resource<authenticationV1.SelfSubjectReview> = {
  group: "authentication.k8s.io",
  version: "v1",
  kind: "SelfSubjectReview",
  plural: "selfsubjectreviews",
  scope: "Cluster",
  type: "io.k8s.api.authentication.v1.SelfSubjectReview",
};
export const selfSubjectRulesReviews: Resource<authorizationV1.SelfSubjectRulesReview> = {
  group: "authorization.k8s.io",
  version: "v1",
  kind: "SelfSubjectRulesReview",
  plural: "selfsubjectrulesreviews",
  scope: "Cluster",
  type: "io.k8s.api.authorization.v1.SelfSubjectRulesReview",
};
export const serviceAccounts: Resource<coreV1.ServiceAccount> = {
  group: "",
  version: "v1",
  kind: "ServiceAccount",
  plural: "serviceaccounts",
  scope: "Namespaced",
  type: "io.k8s.api.core.v1.ServiceAccount",
};
export const serviceCIDRs: Resource<networkingV1.ServiceCIDR> = {
  group: "networking.k8s.io",
  version: "v1",
  kind: "ServiceCIDR",
  plural: "servicecidrs",
  scope: "Cluster",
  type: "io.k8s.api.networking.v1.ServiceCIDR",
};
export const services: Resource<coreV1.Service> = {
  group: "",
  version: "v1",
  kind: "Service",
  plural: "services",
  scope: "Namespaced",
  type: "io.k8s.api.core.v1.Service",
};
export const statefulSets: Resource<appsV1.StatefulSet> = {
  group: "apps",
  version: "v1",
  kind: "StatefulSet",
  plural: "statefulsets",
  scope: "Namespaced",
  type: "io.k8s.api.apps.v1.StatefulSet",
};
export const storageClasses: Resource<storageV1.StorageClass> = {
  group: "storage.k8s.io",
  version: "v1",
  kind: "StorageClass",
  plural: "storageclasses",
  scope: "Cluster",
  type: "io.k8s.api.storage.v1.StorageClass",
};
export const storageVersionMigrations: Resource<storagemigrationV1.StorageVersionMigration> = {
  group: "storagemigration.k8s.io",
  version: "v1",
  kind: "StorageVersionMigration",
  plural: "storageversionmigrations",
  scope: "Cluster",
  type: "io.k8s.api.storagemigration.v1.StorageVersionMigration",
};
export const storageVersionMigrationsV1beta1: Resource<storagemigrationV1beta1.StorageVersionMigration> =
  {
    group: "storagemigration.k8s.io",
    version: "v1beta1",
    kind: "StorageVersionMigration",
    plural: "storageversionmigrations",
    scope: "Cluster",
    type: "io.k8s.api.storagemigration.v1beta1.StorageVersionMigration",
  };
export const storageVersions: Resource<apiserverinternalV1alpha1.StorageVersion> = {
  group: "internal.apiserver.k8s.io",
  version: "v1alpha1",
  kind: "StorageVersion",
  plural: "storageversions",
  scope: "Cluster",
  type: "io.k8s.api.apiserverinternal.v1alpha1.StorageVersion",
};
export const subjectAccessReviews: Resource<authorizationV1.SubjectAccessReview> = {
  group: "authorization.k8s.io",
  version: "v1",
  kind: "SubjectAccessReview",
  plural: "subjectaccessreviews",
  scope: "Cluster",
  type: "io.k8s.api.authorization.v1.SubjectAccessReview",
};
export const tokenReviews: Resource<authenticationV1.TokenReview> = {
  group: "authentication.k8s.io",
  version: "v1",
  kind: "TokenReview",
  plural: "tokenreviews",
  scope: "Cluster",
  type: "io.k8s.api.authentication.v1.TokenReview",
};
export const validatingAdmissionPolicies: Resource<admissionregistrationV1.ValidatingAdmissionPolicy> =
  {
    group: "admissionregistration.k8s.io",
    version: "v1",
    kind: "ValidatingAdmissionPolicy",
    plural: "validatingadmissionpolicies",
    scope: "Cluster",
    type: "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy",
  };
export const validatingAdmissionPolicyBindings: Resource<admissionregistrationV1.ValidatingAdmissionPolicyBinding> =
  {
    group: "admissionregistration.k8s.io",
    version: "v1",
    kind: "ValidatingAdmissionPolicyBinding",
    plural: "validatingadmissionpolicybindings",
    scope: "Cluster",
    type: "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding",
  };
export const validatingWebhookConfigurations: Resource<admissionregistrationV1.ValidatingWebhookConfiguration> =
  {
    group: "admissionregistration.k8s.io",
    version: "v1",
    kind: "ValidatingWebhookConfiguration",
    plural: "validatingwebhookconfigurations",
    scope: "Cluster",
    type: "io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration",
  };
export const volumeAttachments: Resource<storageV1.VolumeAttachment> = {
  group: "storage.k8s.io",
  version: "v1",
  kind: "VolumeAttachment",
  plural: "volumeattachments",
  scope: "Cluster",
  type: "io.k8s.api.storage.v1.VolumeAttachment",
};
export const volumeAttributesClasses: Resource<storageV1.VolumeAttributesClass> = {
  group: "storage.k8s.io",
  version: "v1",
  kind: "VolumeAttributesClass",
  plural: "volumeattributesclasses",
  scope: "Cluster",
  type: "io.k8s.api.storage.v1.VolumeAttributesClass",
};
export const workloads: Resource<schedulingV1beta1.Workload> = {
  group: "scheduling.k8s.io",
  version: "v1beta1",
  kind: "Workload",
  plural: "workloads",
  scope: "Namespaced",
  type: "io.k8s.api.scheduling.v1beta1.Workload",
};
export const workloadsV1alpha3: Resource<schedulingV1alpha3.Workload> = {
  group: "scheduling.k8s.io",
  version: "v1alpha3",
  kind: "Workload",
  plural: "workloads",
  scope: "Namespaced",
  type: "io.k8s.api.scheduling.v1alpha3.Workload",
};
