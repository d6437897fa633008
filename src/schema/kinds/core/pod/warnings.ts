// What is allowed in a pod, but hardly meant.
import { ipWarnings } from "../../../ip.ts";
import { checkLabelValue } from "../../../names.ts";
import { milliValue } from "../../../quantity.ts";
import { semanticEqual } from "../../../semantic-equal.ts";
import type {
  Container,
  NodeSelectorTerm,
  PersistentVolumeClaimSpec,
  PodAffinity,
  PodSpec,
  PodTemplateSpec,
  Volume,
} from "../../../types/core-v1.ts";
import type { ObjectMeta } from "../../../types/meta-v1.ts";
import { labelAdvice } from "../node-labels.ts";
import { quantityOf } from "../resource-names.ts";
import { appArmorPrefix, seccompContainerPrefix, seccompPodAnnotation } from "./annotations.ts";
import { profileOf } from "./app-armor.ts";
import { eachContainer } from "./each-container.ts";
import { portWarnings } from "./port-warnings.ts";
import { pathWarnings } from "./volume-warnings.ts";

/** `at`: "" for a pod, `spec.template.` for a template. */
export function podWarnings(spec: PodSpec, metadata: ObjectMeta | undefined, at = ""): string[] {
  const out: string[] = [];
  const specAt = `${at}spec`;
  placementWarnings(out, specAt, spec);
  annotationWarnings(out, `${at}metadata.annotations`, metadata);
  volumeWarnings(out, `${specAt}.volumes`, spec.volumes);
  listWarnings(out, specAt, spec);
  for (const name of ["memory", "ephemeral-storage"]) {
    fractionWarning(out, `${specAt}.overhead[${name}]`, spec.overhead?.[name]);
  }
  profileWarnings(out, { at, spec, metadata });
  eachContainer(specAt, spec, (field, container) => containerWarnings(out, field, container));
  portWarnings(out, specAt, spec);
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) {
    const why = "must be >= 0; negative values are invalid and will be treated as 1";
    out.push(`${specAt}.terminationGracePeriodSeconds: ${why}`);
  }
  podAffinityWarnings(out, `${specAt}.affinity.podAffinity`, spec.affinity?.podAffinity);
  podAffinityWarnings(out, `${specAt}.affinity.podAntiAffinity`, spec.affinity?.podAntiAffinity);
  for (const [i, address] of (spec.dnsConfig?.nameservers ?? []).entries()) {
    out.push(...ipWarnings(`${specAt}.dnsConfig.nameservers[${i}]`, address));
  }
  for (const [i, { ip }] of (spec.hostAliases ?? []).entries()) {
    out.push(...ipWarnings(`${specAt}.hostAliases[${i}].ip`, ip));
  }
  return out;
}

export const templateWarnings = (at: string, template: PodTemplateSpec | undefined): string[] =>
  template?.spec ? podWarnings(template.spec, template.metadata, `${at}.`) : [];

const hard = "requiredDuringSchedulingIgnoredDuringExecution";
const soft = "preferredDuringSchedulingIgnoredDuringExecution";
const matchesNone = "a null labelSelector results in matching no pod";

function placementWarnings(out: string[], at: string, spec: PodSpec): void {
  for (const key in spec.nodeSelector) {
    const advice = labelAdvice(key);
    if (advice) out.push(`${at}.nodeSelector[${key}]: ${advice}`);
  }
  const nodes = spec.affinity?.nodeAffinity;
  const nodesAt = `${at}.affinity.nodeAffinity`;
  for (const [i, term] of (nodes?.[hard]?.nodeSelectorTerms ?? []).entries()) {
    nodeTermWarnings(out, `${nodesAt}.${hard}.nodeSelectorTerms[${i}]`, term, false);
  }
  for (const [i, { preference }] of (nodes?.[soft] ?? []).entries()) {
    nodeTermWarnings(out, `${nodesAt}.${soft}[${i}].preference`, preference, true);
  }
  for (const [i, one] of (spec.topologySpreadConstraints ?? []).entries()) {
    const field = `${at}.topologySpreadConstraints[${i}]`;
    const advice = labelAdvice(one.topologyKey);
    if (advice) out.push(`${field}.topologyKey: ${one.topologyKey} is ${advice}`);
    if (!one.labelSelector) out.push(`${field}.labelSelector: ${matchesNone}`);
  }
}

export function nodeTermWarnings(
  out: string[],
  at: string,
  { matchExpressions }: NodeSelectorTerm,
  checkValues: boolean,
): void {
  for (const [i, { key, values }] of (matchExpressions ?? []).entries()) {
    const field = `${at}.matchExpressions[${i}]`;
    const advice = labelAdvice(key);
    if (advice) out.push(`${field}.key: ${key} is ${advice}`);
    if (!checkValues) continue;
    for (const [j, value] of (values ?? []).entries()) {
      for (const problem of checkLabelValue(value)) {
        out.push(`${field}.values[${j}]: ${value} is invalid, ${problem}`);
      }
    }
  }
}

function podAffinityWarnings(out: string[], at: string, affinity: PodAffinity | undefined): void {
  for (const [i, { labelSelector }] of (affinity?.[hard] ?? []).entries()) {
    if (!labelSelector) out.push(`${at}.${hard}[${i}].labelSelector: ${matchesNone}`);
  }
  for (const [i, { podAffinityTerm }] of (affinity?.[soft] ?? []).entries()) {
    if (podAffinityTerm.labelSelector) continue;
    out.push(`${at}.${soft}[${i}].podAffinityTerm.labelSelector: ${matchesNone}`);
  }
}

const goneAnnotations: readonly (readonly [string, string])[] = [
  [
    "scheduler.alpha.kubernetes.io/critical-pod",
    'non-functional in v1.16+; use the "priorityClassName" field instead',
  ],
  [
    "security.alpha.kubernetes.io/sysctls",
    'non-functional in v1.11+; use the "sysctls" field instead',
  ],
  [
    "security.alpha.kubernetes.io/unsafe-sysctls",
    'non-functional in v1.11+; use the "sysctls" field instead',
  ],
];

function annotationWarnings(out: string[], at: string, metadata: ObjectMeta | undefined): void {
  const annotations = metadata?.annotations;
  if (annotations === undefined) return;
  for (const [key, why] of goneAnnotations) {
    if (annotations[key] !== undefined) out.push(`${at}[${key}]: ${why}`);
  }
}

const goneVolumes: readonly (readonly [keyof Volume, string, string])[] = [
  ["photonPersistentDisk", "photonPersistentDisk", "v1.11, non-functional in v1.16+"],
  ["gitRepo", "gitRepo", "v1.11, and disabled by default in v1.33+"],
  ["scaleIO", "scaleIO", "v1.16, non-functional in v1.22+"],
  ["flocker", "flocker", "v1.22, non-functional in v1.25+"],
  ["storageos", "storageOS", "v1.22, non-functional in v1.25+"],
  ["quobyte", "quobyte", "v1.22, non-functional in v1.25+"],
  ["glusterfs", "glusterfs", "v1.25, non-functional in v1.26+"],
  ["cephfs", "cephfs", "v1.28, non-functional in v1.31+"],
  ["rbd", "rbd", "v1.28, non-functional in v1.31+"],
];

function volumeWarnings(out: string[], at: string, volumes: readonly Volume[] | undefined): void {
  if (volumes === undefined) return;
  for (const [i, volume] of volumes.entries()) {
    for (const [name, spelled, since] of goneVolumes) {
      if (volume[name] !== undefined) out.push(`${at}[${i}].${spelled}: deprecated in ${since}`);
    }
    const claim = volume.ephemeral?.volumeClaimTemplate?.spec;
    if (claim)
      out.push(...claimSpecWarnings(`${at}[${i}].ephemeral.volumeClaimTemplate.spec`, claim));
  }
  pathWarnings(out, volumes);
}

/** Storage comes in whole bytes. */
export function claimSpecWarnings(at: string, { resources }: PersistentVolumeClaimSpec): string[] {
  const out: string[] = [];
  for (const side of ["requests", "limits"] as const) {
    fractionWarning(out, `${at}.resources.${side}[storage]`, resources?.[side]?.["storage"]);
  }
  return out;
}

function listWarnings(out: string[], at: string, spec: PodSpec): void {
  const ips = new Set<string>();
  for (const [i, { ip }] of (spec.hostAliases ?? []).entries()) {
    if (ips.has(ip)) out.push(`${at}.hostAliases[${i}].ip: duplicate ip ${JSON.stringify(ip)}`);
    ips.add(ip);
  }
  const secrets = (spec.imagePullSecrets ?? []).map(({ name = "" }) => name);
  for (const [i, name] of secrets.entries()) {
    if (secrets.indexOf(name) === i) continue;
    out.push(`${at}.imagePullSecrets[${i}].name: duplicate name ${JSON.stringify(name)}`);
  }
  for (const [i, name] of secrets.entries()) {
    if (name === "") out.push(`${at}.imagePullSecrets[${i}].name: invalid empty name ""`);
  }
}

/** Most amounts are seen to be whole without any arithmetic. */
const wholeAmount = /^\d{1,15}(Ki|Mi|Gi|k|M|G)?$/;

function fractionWarning(out: string[], at: string, amount: string | undefined): void {
  if (amount === undefined || wholeAmount.test(amount)) return;
  if (milliValue(quantityOf(amount)) % 1000 === 0) return;
  const value = JSON.stringify(amount);
  out.push(`${at}: fractional byte value ${value} is invalid, must be an integer`);
}

const seccompGone = 'non-functional in v1.27+; use the "seccompProfile" field instead';
const appArmorGone = 'deprecated since v1.30; use the "appArmorProfile" field instead';

type Whole = { readonly at: string; readonly spec: PodSpec; readonly metadata?: ObjectMeta };

function profileWarnings(out: string[], { at, spec, metadata }: Whole): void {
  const annotations = metadata?.annotations;
  if (annotations === undefined) return;
  const annotationsAt = `${at}metadata.annotations`;
  if (!spec.securityContext?.seccompProfile && annotations[seccompPodAnnotation] !== undefined) {
    out.push(`${annotationsAt}[${seccompPodAnnotation}]: ${seccompGone}`);
  }
  const isPod = at === "";
  eachContainer("", spec, (_field, { name, securityContext }) => {
    const seccomp = seccompContainerPrefix + name;
    if (!securityContext?.seccompProfile && annotations[seccomp] !== undefined) {
      out.push(`${annotationsAt}[${seccomp}]: ${seccompGone}`);
    }
    const text = annotations[appArmorPrefix + name];
    // A pod's field was filled in from its annotation, so that it says nothing here.
    if (text === undefined || (!isPod && securityContext?.appArmorProfile)) return;
    const ofPod = spec.securityContext?.appArmorProfile;
    const profile = profileOf(text);
    const isSame = profile !== undefined && semanticEqual(profile, ofPod);
    if (!isSame) out.push(`${annotationsAt}[${appArmorPrefix + name}]: ${appArmorGone}`);
  });
}

function containerWarnings(out: string[], at: string, { resources, env }: Container): void {
  for (const name of ["memory", "ephemeral-storage"]) {
    for (const side of ["limits", "requests"] as const) {
      fractionWarning(out, `${at}.resources.${side}[${name}]`, resources?.[side]?.[name]);
    }
  }
  if ((env ?? []).length < 2) return;
  const names = new Set<string>();
  for (const [i, { name, value = "", valueFrom }] of env!.entries()) {
    const reference = `$(${name})`;
    const goesOn = !valueFrom && value !== reference && value.includes(reference);
    if (names.has(name) && !goesOn) {
      const what = `hides previous definition of ${JSON.stringify(name)}`;
      out.push(`${at}.env[${i}]: ${what}, which may be dropped when using apply`);
    }
    names.add(name);
  }
}
