// Which plug-ins are on, and what those that take settings are told.
import type { EventLimit } from "./event-rate-limit.ts";
import type { ImagePolicy } from "./image-policy.ts";
import type { NodeSelectors } from "./pod-node-selector.ts";
import type { PodSecuritySettings } from "./pod-security/settings.ts";
import type { TolerationRules } from "./pod-toleration-restriction.ts";
import type { LimitedResource } from "./quota/limited.ts";

export type AdmissionSettings = {
  /** Besides those that are on by default. */
  readonly enabled: ReadonlySet<string>;
  readonly disabled: ReadonlySet<string>;
  readonly podSecurity?: PodSecuritySettings;
  readonly eventLimits?: readonly EventLimit[];
  readonly nodeSelectors?: NodeSelectors;
  readonly tolerations?: TolerationRules;
  readonly imagePolicy?: ImagePolicy;
  readonly limitedResources?: readonly LimitedResource[];
};

export const defaultSettings: AdmissionSettings = Object.freeze({
  enabled: new Set<string>(),
  disabled: new Set<string>(),
});

/** Every plug-in by upstream's name, in upstream's order. */
export const pluginNames = Object.freeze([
  "AlwaysAdmit",
  "NamespaceAutoProvision",
  "NamespaceLifecycle",
  "NamespaceExists",
  "LimitPodHardAntiAffinityTopology",
  "LimitRanger",
  "ServiceAccount",
  "NodeRestriction",
  "TaintNodesByCondition",
  "AlwaysPullImages",
  "ImagePolicyWebhook",
  "PodSecurity",
  "PodNodeSelector",
  "Priority",
  "DefaultTolerationSeconds",
  "PodTolerationRestriction",
  "EventRateLimit",
  "ExtendedResourceToleration",
  "DefaultStorageClass",
  "StorageObjectInUseProtection",
  "PodGroupProtection",
  "OwnerReferencesPermissionEnforcement",
  "PersistentVolumeClaimResize",
  "RuntimeClass",
  "CertificateApproval",
  "CertificateSigning",
  "ClusterTrustBundleAttest",
  "CertificateSubjectRestriction",
  "DefaultIngressClass",
  "DenyServiceExternalIPs",
  "PodTopologyLabels",
  "NodeDeclaredFeatureValidator",
  "PodResizeValidator",
  "MutatingAdmissionPolicy",
  "MutatingAdmissionWebhook",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionWebhook",
  "ResourceQuota",
  "AlwaysDeny",
] as const);

/** Those that are off unless a flag says otherwise. NodeRestriction is on here: nodes join over the network. */
export const offByDefault: ReadonlySet<string> = new Set([
  "AlwaysAdmit",
  "NamespaceAutoProvision",
  "NamespaceExists",
  "LimitPodHardAntiAffinityTopology",
  "AlwaysPullImages",
  "ImagePolicyWebhook",
  "PodNodeSelector",
  "PodTolerationRestriction",
  "EventRateLimit",
  "ExtendedResourceToleration",
  "OwnerReferencesPermissionEnforcement",
  "DenyServiceExternalIPs",
  "AlwaysDeny",
]);
