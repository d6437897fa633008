// The admission plug-ins that are on, in upstream's order.
import type { Log } from "../../lib/log.ts";
import type { Rbac } from "../auth/rbac.ts";
import type { Admission, AnyAuthorizer, Core } from "../context.ts";
import { callsOf } from "../outbound-target.ts";
import type { Remote } from "../remote.ts";
import {
  certificateApproval,
  certificateSigning,
  certificateSubjectRestriction,
  trustBundleAttest,
} from "./certificates.ts";
import { deviceAdminAccess } from "./device-admin.ts";
import { escalation } from "./escalation.ts";
import { eventRateLimit } from "./event-rate-limit.ts";
import { imagePolicyWebhook } from "./image-policy.ts";
import { limitRanger } from "./limit-ranger.ts";
import { namespaceLifecycle } from "./namespace-lifecycle.ts";
import { nodeFeatureValidator } from "./node-features.ts";
import { nodeRestriction } from "./node-restriction.ts";
import { taintNewNodes } from "./node-taint.ts";
import {
  alwaysAdmit,
  alwaysDeny,
  denyExternalIps,
  namespaceAutoProvision,
  namespaceExists,
  ownerPermission,
} from "./optional-objects.ts";
import {
  alwaysPullImages,
  extendedResourceToleration,
  limitAntiAffinity,
} from "./optional-pods.ts";
import { podCertificates } from "./pod-certificates.ts";
import { defaultTolerations, podTopologyLabels, priority, runtimeClass } from "./pod-defaults.ts";
import { podNodeSelector } from "./pod-node-selector.ts";
import { podResizeValidator } from "./pod-resize.ts";
import { podSecurity } from "./pod-security/pod-security.ts";
import { podTolerationRestriction } from "./pod-toleration-restriction.ts";
import { mutatingPolicies } from "./policy/mutating.ts";
import { validatingPolicies } from "./policy/validating.ts";
import { resourceQuota } from "./quota/resource-quota.ts";
import { serviceAccount } from "./service-account.ts";
import { type AdmissionSettings, defaultSettings, offByDefault } from "./settings.ts";
import {
  claimResize,
  defaultIngressClass,
  defaultStorageClass,
  storageProtection,
} from "./storage.ts";
import { mutatingWebhooks } from "./webhook/mutating.ts";
import { validatingWebhooks } from "./webhook/validating.ts";

export type PluginParts = {
  readonly authorize: AnyAuthorizer;
  readonly rules: Rbac;
  readonly log: Log;
  readonly remote: Remote;
  readonly settings?: AdmissionSettings;
};

export function admissionPlugins(core: Core, parts: PluginParts): Admission[] {
  const { settings = defaultSettings } = parts;
  const { enabled, disabled } = settings;
  const isOn = (name: string): boolean =>
    enabled.has(name) || (!offByDefault.has(name) && !disabled.has(name));
  const made = allPlugins(core, parts, settings).flatMap(([name, make]) =>
    isOn(name) ? [make()] : [],
  );
  // No plug-ins of upstream, whose storage of roles, claims and certificates asks this.
  return [
    ...made,
    deviceAdminAccess(core),
    podCertificates(parts.authorize),
    escalation(parts.rules, parts.authorize),
  ];
}

type Made = readonly [name: string, make: () => Admission];

/** Every plug-in by its name, in order; only those that are on are made. */
function allPlugins(core: Core, parts: PluginParts, settings: AdmissionSettings): readonly Made[] {
  const { authorize, log, remote } = parts;
  const { clock } = core;
  const calls = callsOf(core);
  const looking = { core, authorize };
  const tolerations = settings.tolerations ?? { default: [], whitelist: [] };
  return [
    ["AlwaysAdmit", () => alwaysAdmit],
    ["NamespaceAutoProvision", () => namespaceAutoProvision(core)],
    ["NamespaceLifecycle", () => namespaceLifecycle(core)],
    ["NamespaceExists", () => namespaceExists(core)],
    ["LimitPodHardAntiAffinityTopology", () => limitAntiAffinity],
    ["LimitRanger", () => limitRanger(core)],
    ["ServiceAccount", () => serviceAccount(core)],
    ["NodeRestriction", () => nodeRestriction(core, authorize)],
    ["TaintNodesByCondition", () => taintNewNodes],
    ["AlwaysPullImages", () => alwaysPullImages],
    ["ImagePolicyWebhook", () => imagePolicyWebhook(settings.imagePolicy!, { clock, remote, log })],
    ["PodSecurity", () => podSecurity(core, settings.podSecurity)],
    ["PodNodeSelector", () => podNodeSelector(core, settings.nodeSelectors ?? {})],
    ["Priority", () => priority(core)],
    ["DefaultTolerationSeconds", () => defaultTolerations],
    ["PodTolerationRestriction", () => podTolerationRestriction(core, tolerations)],
    ["EventRateLimit", () => eventRateLimit(clock, settings.eventLimits ?? [])],
    ["ExtendedResourceToleration", () => extendedResourceToleration],
    ["DefaultStorageClass", () => defaultStorageClass(core)],
    ["StorageObjectInUseProtection", () => storageProtection],
    ["OwnerReferencesPermissionEnforcement", () => ownerPermission(core, authorize)],
    ["PersistentVolumeClaimResize", () => claimResize(core)],
    ["RuntimeClass", () => runtimeClass(core)],
    ["CertificateApproval", () => certificateApproval(authorize)],
    ["CertificateSigning", () => certificateSigning(authorize)],
    ["ClusterTrustBundleAttest", () => trustBundleAttest(authorize)],
    ["CertificateSubjectRestriction", () => certificateSubjectRestriction],
    ["DefaultIngressClass", () => defaultIngressClass(core)],
    ["DenyServiceExternalIPs", () => denyExternalIps],
    ["PodTopologyLabels", () => podTopologyLabels(core)],
    ["NodeDeclaredFeatureValidator", () => nodeFeatureValidator(core)],
    ["PodResizeValidator", () => podResizeValidator(core)],
    ["MutatingAdmissionPolicy", () => mutatingPolicies(looking)],
    ["MutatingAdmissionWebhook", () => mutatingWebhooks(looking, calls, log)],
    ["ValidatingAdmissionPolicy", () => validatingPolicies(looking)],
    ["ValidatingAdmissionWebhook", () => validatingWebhooks(looking, calls, log)],
    ["ResourceQuota", () => resourceQuota(core, log, settings.limitedResources)],
    ["AlwaysDeny", () => alwaysDeny],
  ];
}
