// The Pod Security Standards: each namespace says which level it enforces, audits and warns about.

import { namespaces, pods } from "../../../schema/resources.ts";
import { forbidden, invalid } from "../../../schema/status-error.ts";
import type { CronJob } from "../../../schema/types/batch-v1.ts";
import type { Namespace, Pod, PodSpec, PodTemplateSpec } from "../../../schema/types/core-v1.ts";
import type { ObjectMeta } from "../../../schema/types/meta-v1.ts";
import type { Admission, AdmissionWrite, Context, Core } from "../../context.ts";
import { nameOf } from "../refused.ts";
import { type LevelVersion, levelText, violations } from "./levels.ts";
import { podView, type Violation } from "./pod-view.ts";
import { type Policy, policyOf, rank } from "./policy.ts";
import { openSettings, type PodSecuritySettings } from "./settings.ts";

export function podSecurity(core: Core, settings: PodSecuritySettings = openSettings): Admission {
  const read = new WeakMap<object, ReturnType<typeof policyOf>>();
  /** Of the namespace as it stands, whose labels never change. */
  const policyIn = (namespace: string): ReturnType<typeof policyOf> => {
    const labels = core.view(namespaces).get("", namespace)?.metadata.labels;
    const known = labels && read.get(labels);
    if (known !== undefined) return known;
    const found = policyOf(labels, settings.defaults);
    if (labels !== undefined) read.set(labels, found);
    return found;
  };
  return {
    name: "PodSecurity",
    handles: ({ plural, group, subresource }, { operation, object }) => {
      if (operation !== "CREATE" && operation !== "UPDATE") return false;
      if (object === undefined) return false;
      if (plural === "pods" && group === "") return !ignoredSubresources.has(subresource);
      return subresource === "" && Object.hasOwn(subjects, `${plural}.${group}`);
    },
    validate(context, write) {
      const { plural, group, namespace } = context.attributes;
      if (plural === "namespaces") return checkNamespace(core, settings, context, write);
      const exempt = exemption(settings, context);
      if (exempt !== undefined) return note(context, "exempt", exempt);
      const { policy, problems } = policyIn(namespace);
      const lenient = problems.length === 0 && rank(policy.warn) + rank(policy.audit) === 0;
      const isPod = plural === "pods";
      if (lenient && (!isPod || rank(policy.enforce) === 0)) {
        if (isPod) note(context, "enforce-policy", "privileged:latest");
        return;
      }
      if (isPod && write.old !== undefined && !changesImages(write)) return;
      const subject = isPod
        ? podOf(write.object as Pod)
        : subjects[`${plural}.${group}`]!(write.object!);
      if (subject === undefined) return;
      const { runtimeClassName } = subject.spec;
      if (runtimeClassName && settings.exempt.runtimeClasses.includes(runtimeClassName))
        return note(context, "exempt", "runtimeClass");
      if (problems.length > 0) {
        const texts = problems.map((p) => `${p.field}: ${p.message}`).join(", ");
        note(context, "error", `Failed to parse policy: ${texts}`);
      }
      judge(context, write, policy, subject, isPod);
    },
  };
}

/** Who or what is not looked at; undefined: the write is. */
function exemption(
  { exempt }: PodSecuritySettings,
  { identity, attributes }: Context,
): string | undefined {
  if (exempt.namespaces.includes(attributes.namespace)) return "namespace";
  return exempt.usernames.includes(identity.user) ? "user" : undefined;
}

const ignoredSubresources = new Set([
  "exec",
  "attach",
  "binding",
  "eviction",
  "log",
  "portforward",
  "proxy",
  "status",
]);

type Subject = { readonly metadata: ObjectMeta | undefined; readonly spec: PodSpec };

const podOf = ({ metadata, spec }: Pod): Subject | undefined => spec && { metadata, spec };
const inTemplate = (object: object): Subject | undefined => {
  const { template, spec } = object as {
    template?: PodTemplateSpec;
    spec?: { template?: PodTemplateSpec };
  };
  const found = template ?? spec?.template;
  return found?.spec && { metadata: found.metadata, spec: found.spec };
};

/** Where kinds that make pods keep what they make them from. */
const subjects: Readonly<Record<string, (object: object) => Subject | undefined>> = {
  "namespaces.": () => undefined,
  "replicationcontrollers.": inTemplate,
  "podtemplates.": inTemplate,
  "replicasets.apps": inTemplate,
  "deployments.apps": inTemplate,
  "statefulsets.apps": inTemplate,
  "daemonsets.apps": inTemplate,
  "jobs.batch": inTemplate,
  "cronjobs.batch": (object) => inTemplate((object as CronJob).spec?.jobTemplate ?? {}),
};

const note = (context: Context, key: string, text: string): void =>
  void context.annotations.set(`pod-security.kubernetes.io/${key}`, text);

/** Only pods are refused: what makes them is warned about, so that somebody reads why no pods come. */
function judge(
  context: Context,
  write: AdmissionWrite,
  policy: Policy,
  subject: Subject,
  enforces: boolean,
): void {
  const view = podView(subject.metadata, subject.spec);
  const known = new Map<string, Violation[]>();
  const broken = (level: LevelVersion): Violation[] => {
    const key = levelText(level);
    const found = known.get(key) ?? violations(level, view);
    known.set(key, found);
    return found;
  };
  if (enforces) note(context, "enforce-policy", levelText(policy.enforce));
  const enforced = enforces ? broken(policy.enforce) : [];
  const audited = broken(policy.audit);
  if (audited.length > 0) {
    const text = `would violate PodSecurity "${levelText(policy.audit)}": ${detailText(audited)}`;
    note(context, "audit-violations", text);
  }
  if (enforced.length > 0) {
    const { group, plural, name } = context.attributes;
    const why = `violates PodSecurity "${levelText(policy.enforce)}": ${detailText(enforced)}`;
    throw forbidden({ group, plural, name: name || (write.object?.metadata.name ?? "") }, why);
  }
  const warned = broken(policy.warn);
  if (warned.length > 0) {
    context.warnings.add(
      `would violate PodSecurity "${levelText(policy.warn)}": ${detailText(warned)}`,
    );
  }
}

const detailText = (found: readonly Violation[]): string =>
  found.map(({ reason, detail }) => `${reason} (${detail})`).join(", ");

/** Of what can change in a running pod, only images and new containers matter here. */
function changesImages({ object, old }: AdmissionWrite): boolean {
  const next = (object as Pod).spec;
  const before = (old as Pod).spec;
  for (const list of ["containers", "initContainers"] as const) {
    const now = next?.[list] ?? [];
    const then = before?.[list] ?? [];
    if (now.length !== then.length) return true;
    if (now.some((c, index) => c.image !== then[index]!.image)) return true;
  }
  const known = new Map((before?.ephemeralContainers ?? []).map((c) => [c.name, c.image]));
  return (next?.ephemeralContainers ?? []).some(
    (c) => !known.has(c.name) || known.get(c.name) !== c.image,
  );
}

function checkNamespace(
  core: Core,
  settings: PodSecuritySettings,
  context: Context,
  write: AdmissionWrite,
): void {
  const next = write.object as Namespace;
  const old = write.old as Namespace | undefined;
  const { policy, problems } = policyOf(next.metadata.labels, settings.defaults);
  const before = policyOf(old?.metadata.labels, settings.defaults);
  if (problems.length > 0 && JSON.stringify(problems) !== JSON.stringify(before.problems)) {
    throw invalid({ group: "", kind: "Namespace", name: nameOf(context, write) }, problems);
  }
  const name = next.metadata.name ?? "";
  const exempt = settings.exempt.namespaces.includes(name);
  const warnExempt = (): void => {
    const text = exemptWarning(name, policy, settings.defaults, next.metadata.labels ?? {});
    if (text !== undefined) context.warnings.add(text);
  };
  if (old === undefined) return exempt ? warnExempt() : undefined;
  if (policy.enforce.level === "privileged") return;
  const { enforce } = policy;
  const held = before.policy.enforce;
  if (enforce.version === held.version && rank(enforce) <= rank(held)) return;
  if (exempt) return warnExempt();
  for (const text of existingViolations(core, name, settings, enforce)) {
    context.warnings.add(text);
  }
}

const isOpen = (level: LevelVersion): boolean => level.level === "privileged";

/** That labels have no effect here; undefined when they say nothing of their own. */
function exemptWarning(
  namespace: string,
  policy: Policy,
  defaults: Policy,
  labels: Readonly<Record<string, string>>,
): string | undefined {
  const modes = ["enforce", "audit", "warn"] as const;
  if (modes.every((mode) => isOpen(policy[mode]))) return undefined;
  if (modes.every((mode) => levelText(policy[mode]) === levelText(defaults[mode])))
    return undefined;
  const prefix = "pod-security.kubernetes.io/";
  const said = (mode: string): boolean =>
    labels[prefix + mode] !== undefined || labels[`${prefix}${mode}-version`] !== undefined;
  const texts = modes
    .filter((mode) => !isOpen(policy[mode]) && said(mode))
    .map((mode) => `${mode}=${levelText(policy[mode])}`);
  return (
    `namespace ${JSON.stringify(namespace)} is exempt from Pod Security, ` +
    `and the policy (${texts.join(", ")}) will be ignored`
  );
}

/** Pods of one namespace that are looked at when its level rises; the write must not wait for all. */
const podsMax = 3000;

/** Warnings about pods that run already and would not be let in any more. */
function existingViolations(
  core: Core,
  namespace: string,
  { exempt }: PodSecuritySettings,
  enforce: LevelVersion,
): string[] {
  const all = core.view<Pod>(pods).list(namespace);
  const checked = onePerOwnerFirst(all).slice(0, podsMax);
  const found = new Map<string, { name: string; count: number }>();
  for (const { metadata, spec } of checked) {
    if (spec === undefined) continue;
    if (spec.runtimeClassName && exempt.runtimeClasses.includes(spec.runtimeClassName)) continue;
    const broken = violations(enforce, podView(metadata, spec));
    if (broken.length === 0) continue;
    const reason = broken.map((v) => v.reason).join(", ");
    const name = metadata.name ?? "";
    const known = found.get(reason) ?? { name, count: 0 };
    const first = [name, known.name].sort()[0]!;
    found.set(reason, { name: first, count: known.count + 1 });
  }
  const texts: string[] = [];
  if (checked.length < all.length) {
    texts.push(
      `new PodSecurity enforce level only checked against the first ${checked.length} of ${all.length} existing pods`,
    );
  }
  if (found.size > 0) {
    texts.push(
      `existing pods in namespace "${namespace}" violate the new PodSecurity enforce level "${levelText(enforce)}"`,
    );
  }
  return [...texts, ...[...found].map(([reason, f]) => `${whoText(f)}: ${reason}`).sort()];
}

function whoText({ name, count }: { name: string; count: number }): string {
  if (count === 1) return name;
  return count === 2 ? `${name} (and 1 other pod)` : `${name} (and ${count - 1} other pods)`;
}

/** Pods of one owner are alike: the first of each comes before all the others. */
function onePerOwnerFirst(all: readonly Pod[]): Pod[] {
  const seen = new Set<string>();
  const later: Pod[] = [];
  const first = all.filter((pod) => {
    const owner = pod.metadata.ownerReferences?.find((o) => o.controller === true)?.uid;
    if (owner === undefined || !seen.has(owner)) {
      if (owner !== undefined) seen.add(owner);
      return true;
    }
    later.push(pod);
    return false;
  });
  return [...first, ...later];
}
