// Fills in what containers ask for, and refuses what is outside of a namespace's LimitRanges.

import { containersTotal } from "../../schema/kinds/core/pod/pod-resources.ts";
import type { ResourceList } from "../../schema/kinds/core/pod/resource-list.ts";
import {
  compareQuantities,
  milliValue,
  parseQuantity,
  type Quantity,
  zeroQuantity,
} from "../../schema/quantity.ts";
import { limitRanges } from "../../schema/resources.ts";
import type {
  Container,
  LimitRange,
  LimitRangeItem,
  PersistentVolumeClaim,
  Pod,
} from "../../schema/types/core-v1.ts";
import type { Admission, AdmissionWrite, Context, Core } from "../context.ts";
import { about, aggregated, refused } from "./refused.ts";

const isPod = about("pods");
const isResize = about("pods/resize");
const isClaim = about("persistentvolumeclaims");

export function limitRanger(core: Core): Admission {
  const view = core.view(limitRanges);
  const ranges = ({ attributes }: Context, { old }: AdmissionWrite): readonly LimitRange[] =>
    old?.metadata.deletionTimestamp === undefined ? view.list(attributes.namespace) : [];
  return {
    name: "LimitRanger",
    handles: (a, { operation }) =>
      (operation === "CREATE" && (isPod(a) || isClaim(a))) ||
      (operation === "UPDATE" && (isResize(a) || isClaim(a))),
    mutate(context, write) {
      if (context.attributes.plural !== "pods") return;
      for (const range of ranges(context, write)) fillIn(write.object as Pod, range);
    },
    validate(context, write) {
      for (const { spec } of ranges(context, write)) {
        const errors = (spec?.limits ?? []).flatMap((limit) =>
          context.attributes.plural === "pods"
            ? podProblems(write.object as Pod, limit)
            : claimProblems(write.object as PersistentVolumeClaim, limit),
        );
        if (errors.length > 0) throw refused(context, write, aggregated(errors));
      }
    },
  };
}

const annotation = "kubernetes.io/limit-ranger";

function fillIn(pod: Pod, { spec }: LimitRange): void {
  const requests: ResourceList = {};
  const limits: ResourceList = {};
  for (const limit of spec?.limits ?? []) {
    if (limit.type !== "Container") continue;
    Object.assign(requests, limit.defaultRequest);
    Object.assign(limits, limit.default);
  }
  const notes: string[] = [];
  for (const [what, containers] of [
    ["container", pod.spec?.containers],
    ["init container", pod.spec?.initContainers],
  ] as const) {
    for (const container of containers ?? []) {
      const missing = (side: "requests" | "limits", defaults: ResourceList): string[] =>
        fillSide(container, side, defaults);
      const setRequests = missing("requests", requests);
      const setLimits = missing("limits", limits);
      const note = (names: string[], word: string): void => {
        if (names.length > 0)
          notes.push(`${names.join(", ")} ${word} for ${what} ${container.name}`);
      };
      note(setRequests, "request");
      note(setLimits, "limit");
    }
  }
  if (notes.length === 0) return;
  pod.metadata.annotations = {
    ...pod.metadata.annotations,
    [annotation]: `LimitRanger plugin set: ${notes.join("; ")}`,
  };
}

/** Names of what was set, sorted. */
function fillSide(
  container: Container,
  side: "requests" | "limits",
  defaults: ResourceList,
): string[] {
  const held = container.resources?.[side] ?? {};
  const names = Object.keys(defaults).filter((name) => held[name] === undefined);
  if (names.length === 0) return names;
  const added = Object.fromEntries(names.map((name) => [name, defaults[name]!]));
  container.resources = { ...container.resources, [side]: { ...held, ...added } };
  return names.sort();
}

function podProblems({ spec }: Pod, limit: LimitRangeItem): string[] {
  switch (limit.type) {
    case "Container":
      return [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].flatMap(
        ({ resources }) => problems(limit, resources?.requests ?? {}, resources?.limits ?? {}),
      );
    case "Pod": {
      if (spec === undefined) return [];
      const whole = (side: "requests" | "limits"): ResourceList => {
        const { cpu, memory } = spec.resources?.[side] ?? {};
        return {
          ...containersTotal(spec, side),
          ...(cpu === undefined ? {} : { cpu }),
          ...(memory === undefined ? {} : { memory }),
        };
      };
      return problems(limit, whole("requests"), whole("limits"));
    }
    default:
      return [];
  }
}

function problems(limit: LimitRangeItem, requests: ResourceList, limits: ResourceList): string[] {
  const check = (rule: Rule, bounds: ResourceList | undefined): (string | undefined)[] =>
    Object.entries(bounds ?? {}).map(([name, bound]) =>
      rule({ type: limit.type, name, bound, request: requests[name], limit: limits[name] }),
    );
  return [
    ...check(atLeast, limit.min),
    ...check(atMost, limit.max),
    ...check(withinRatio, limit.maxLimitRequestRatio),
  ].filter((p) => p !== undefined);
}

function claimProblems({ spec }: PersistentVolumeClaim, limit: LimitRangeItem): string[] {
  if (limit.type !== "PersistentVolumeClaim") return [];
  const requests = spec?.resources?.requests ?? {};
  const check = (rule: Rule, bounds: ResourceList | undefined): (string | undefined)[] =>
    Object.entries(bounds ?? {}).map(([name, bound]) =>
      rule({ type: limit.type, name, bound, request: requests[name], limit: undefined }),
    );
  return [...check(atLeast, limit.min), ...check(requestAtMost, limit.max)].filter(
    (p) => p !== undefined,
  );
}

type Asked = {
  readonly type: string;
  readonly name: string;
  readonly bound: string;
  readonly request: string | undefined;
  readonly limit: string | undefined;
};

/** Why it is not good enough; undefined when it is. */
type Rule = (asked: Asked) => string | undefined;

const amount = (text: string | undefined): Quantity =>
  (text === undefined ? undefined : parseQuantity(text)) ?? zeroQuantity;
const compare = (a: string, b: string): number => compareQuantities(amount(a), amount(b));

const atLeast: Rule = ({ type, name, bound, request, limit }) => {
  const rule = `minimum ${name} usage per ${type} is ${bound}`;
  if (request === undefined) return `${rule}.  No request is specified`;
  if (compare(request, bound) < 0) return `${rule}, but request is ${request}`;
  return limit !== undefined && compare(limit, bound) < 0
    ? `${rule}, but limit is ${limit}`
    : undefined;
};

const atMost: Rule = ({ type, name, bound, request, limit }) => {
  const rule = `maximum ${name} usage per ${type} is ${bound}`;
  if (limit === undefined) return `${rule}.  No limit is specified`;
  if (compare(limit, bound) > 0) return `${rule}, but limit is ${limit}`;
  return request !== undefined && compare(request, bound) > 0
    ? `${rule}, but request is ${request}`
    : undefined;
};

const requestAtMost: Rule = ({ type, name, bound, request }) => {
  const rule = `maximum ${name} usage per ${type} is ${bound}`;
  if (request === undefined) return `${rule}.  No request is specified`;
  return compare(request, bound) > 0 ? `${rule}, but request is ${request}` : undefined;
};

const withinRatio: Rule = ({ type, name, bound, request, limit }) => {
  const rule = `${name} max limit to request ratio per ${type} is ${bound}`;
  const asked = milliValue(amount(request));
  const most = milliValue(amount(limit));
  if (asked === 0) return `${rule}, but no request is specified or request is 0`;
  if (most === 0) return `${rule}, but no limit is specified or limit is 0`;
  const ratio = most / asked;
  return ratio * 1000 > milliValue(amount(bound))
    ? `${rule}, but provided ratio is ${ratio.toFixed(6)}`
    : undefined;
};
