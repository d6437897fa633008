// A pod as the scheduler needs it: parsed once, when it is first seen.
import { keyOf } from "../client/key.ts";
import { type Amounts, requestsOf, scoredRequestsOf } from "../schema/pod-requests.ts";
import type { Pod, PodAffinityTerm, WeightedPodAffinityTerm } from "../schema/types/core-v1.ts";
import { type LabelMatch, labelMatch } from "./labels.ts";

export type HostPort = { ip: string; protocol: string; port: number };

/** A pod (anti-)affinity term whose selector is compiled. */
export type Term = {
  topologyKey: string;
  namespaces: ReadonlySet<string>;
  /** Selects by the labels of namespaces; undefined: only `namespaces` count. */
  namespaceMatch: LabelMatch | undefined;
  match: LabelMatch;
  weight: number;
};

export type PodAsk = {
  readonly key: string;
  readonly uid: string;
  readonly namespace: string;
  readonly pod: Pod;
  readonly labels: Readonly<Record<string, string>>;
  readonly priority: number;
  readonly requests: Amounts;
  readonly scored: Amounts;
  readonly hostPorts: readonly HostPort[];
  /** uid of the controller that owns the pod; "" when none does. */
  readonly owner: string;
  readonly affinity: readonly Term[];
  readonly antiAffinity: readonly Term[];
  readonly preferredAffinity: readonly Term[];
  readonly preferredAntiAffinity: readonly Term[];
};

const asks = new WeakMap<Pod, PodAsk>();

/** The same object for the same version of a pod. */
export function askOf(pod: Pod): PodAsk {
  const known = asks.get(pod);
  if (known) return known;
  const made = makeAsk(pod);
  asks.set(pod, made);
  return made;
}

function makeAsk(pod: Pod): PodAsk {
  const { metadata, spec } = pod;
  const labels = metadata.labels ?? {};
  const namespace = metadata.namespace ?? "";
  const own = { namespace, labels };
  const near = spec.affinity?.podAffinity;
  const apart = spec.affinity?.podAntiAffinity;
  const required = (terms: PodAffinityTerm[] | undefined) =>
    (terms ?? []).map((t) => makeTerm(t, 0, own));
  const preferred = (terms: WeightedPodAffinityTerm[] | undefined) =>
    (terms ?? []).map((t) => makeTerm(t.podAffinityTerm, t.weight, own));
  return {
    key: keyOf(pod),
    uid: metadata.uid ?? "",
    namespace,
    pod,
    labels,
    priority: spec.priority ?? 0,
    requests: requestsOf(pod),
    scored: scoredRequestsOf(pod),
    hostPorts: hostPortsOf(pod),
    owner: metadata.ownerReferences?.find((o) => o.controller)?.uid ?? "",
    affinity: required(near?.requiredDuringSchedulingIgnoredDuringExecution),
    antiAffinity: required(apart?.requiredDuringSchedulingIgnoredDuringExecution),
    preferredAffinity: preferred(near?.preferredDuringSchedulingIgnoredDuringExecution),
    preferredAntiAffinity: preferred(apart?.preferredDuringSchedulingIgnoredDuringExecution),
  };
}

function makeTerm(
  term: PodAffinityTerm,
  weight: number,
  own: { namespace: string; labels: Readonly<Record<string, string>> },
): Term {
  const named = term.namespaces ?? [];
  const alone = named.length === 0 && term.namespaceSelector === undefined;
  return {
    topologyKey: term.topologyKey,
    namespaces: new Set(alone ? [own.namespace] : named),
    namespaceMatch: term.namespaceSelector ? labelMatch(term.namespaceSelector) : undefined,
    match: labelMatch(withOwnLabels(term, own.labels)),
    weight,
  };
}

/** `matchLabelKeys` and `mismatchLabelKeys` stand for the incoming pod's own values. */
function withOwnLabels(term: PodAffinityTerm, labels: Readonly<Record<string, string>>) {
  const selector = term.labelSelector;
  if (!selector) return undefined;
  const extra = (keys: string[] | undefined, operator: "In" | "NotIn") =>
    (keys ?? []).flatMap((key) => {
      const value = labels[key];
      return value === undefined ? [] : [{ key, operator, values: [value] }];
    });
  const more = [...extra(term.matchLabelKeys, "In"), ...extra(term.mismatchLabelKeys, "NotIn")];
  if (more.length === 0) return selector;
  return { ...selector, matchExpressions: [...(selector.matchExpressions ?? []), ...more] };
}

/** Whether `term` speaks of `other`. `labelsOf` gives the labels of a namespace. */
export function termMatches(
  term: Term,
  other: PodAsk,
  labelsOf: (namespace: string) => Readonly<Record<string, string>>,
): boolean {
  const inNamespace =
    term.namespaces.has(other.namespace) ||
    (term.namespaceMatch?.(labelsOf(other.namespace)) ?? false);
  return inNamespace && term.match(other.labels);
}

function hostPortsOf({ spec }: Pod): HostPort[] {
  const sidecars = (spec.initContainers ?? []).filter((c) => c.restartPolicy === "Always");
  return [...spec.containers, ...sidecars].flatMap((c) =>
    (c.ports ?? [])
      .filter((p) => (p.hostPort ?? 0) > 0)
      .map((p) => ({
        ip: p.hostIP || "0.0.0.0",
        protocol: p.protocol ?? "TCP",
        port: p.hostPort ?? 0,
      })),
  );
}
