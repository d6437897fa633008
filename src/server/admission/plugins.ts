// The admission plug-ins that are on, in upstream's order.
import type { Log } from "../../lib/log.ts";
import type { Rbac } from "../auth/rbac.ts";
import type { Admission, AnyAuthorizer, Core } from "../context.ts";
import { callsOf } from "../outbound-target.ts";
import {
  certificateApproval,
  certificateSigning,
  certificateSubjectRestriction,
  trustBundleAttest,
} from "./certificates.ts";
import { escalation } from "./escalation.ts";
import { limitRanger } from "./limit-ranger.ts";
import { namespaceLifecycle } from "./namespace-lifecycle.ts";
import { nodeRestriction } from "./node-restriction.ts";
import { taintNewNodes } from "./node-taint.ts";
import { defaultTolerations, podTopologyLabels, priority, runtimeClass } from "./pod-defaults.ts";
import { podSecurity } from "./pod-security/pod-security.ts";
import { validatingPolicies } from "./policy/validating.ts";
import { resourceQuota } from "./quota/resource-quota.ts";
import { serviceAccount } from "./service-account.ts";
import {
  claimResize,
  defaultIngressClass,
  defaultStorageClass,
  storageProtection,
} from "./storage.ts";
import { mutatingWebhooks } from "./webhook/mutating.ts";
import { validatingWebhooks } from "./webhook/validating.ts";

export function admissionPlugins(
  core: Core,
  { authorize, rules, log }: { authorize: AnyAuthorizer; rules: Rbac; log: Log },
): Admission[] {
  const calls = callsOf(core);
  return [
    namespaceLifecycle(core),
    limitRanger(core),
    serviceAccount(core),
    nodeRestriction(core, authorize),
    taintNewNodes,
    podSecurity(core),
    priority(core),
    defaultTolerations,
    defaultStorageClass(core),
    storageProtection,
    claimResize(core),
    runtimeClass(core),
    certificateApproval(authorize),
    certificateSigning(authorize),
    trustBundleAttest(authorize),
    certificateSubjectRestriction,
    defaultIngressClass(core),
    podTopologyLabels(core),
    mutatingWebhooks(core, calls, log),
    validatingPolicies(core),
    validatingWebhooks(core, calls, log),
    resourceQuota(core, log),
    escalation(rules, authorize),
  ];
}
