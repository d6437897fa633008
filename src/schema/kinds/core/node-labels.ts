// Labels of nodes that have a newer name.
import type { LabelSelector } from "../../types/meta-v1.ts";

const replaced: Readonly<Record<string, string>> = {
  "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
  "failure-domain.beta.kubernetes.io/region":
    'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  "failure-domain.beta.kubernetes.io/zone":
    'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  "beta.kubernetes.io/instance-type":
    'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  "app.kubernetes.io/created-by": "deprecated since v1.9",
  "scheduler.alpha.kubernetes.io/preferAvoidPods":
    "deprecated since v1.22; use Taints and Tolerations instead",
  "node-role.kubernetes.io/master": 'use "node-role.kubernetes.io/control-plane" instead',
};

/** Why not to use the label; undefined when nothing is wrong with it. */
export const labelAdvice = (key: string): string | undefined =>
  Object.hasOwn(replaced, key) ? replaced[key] : undefined;

/** Old labels of nodes in a selector of nodes. */
export function nodeSelectorWarnings(at: string, selector: LabelSelector | undefined): string[] {
  const out: string[] = [];
  for (const [i, { key }] of (selector?.matchExpressions ?? []).entries()) {
    const advice = labelAdvice(key);
    if (advice) out.push(`${at}.matchExpressions[${i}].key: ${key} is ${advice}`);
  }
  for (const key of Object.keys(selector?.matchLabels ?? {})) {
    const advice = labelAdvice(key);
    if (advice) out.push(`${at}.matchLabels.${key}: ${advice}`);
  }
  return out;
}
