// An authorizer outside: the question goes as a SubjectAccessReview to another program, its answer is kept for a time.

import { Lru } from "../../lib/lru.ts";
import type { Identity } from "../../schema/api-request.ts";
import type { Program } from "../../schema/cel/evaluate.ts";
import type { CelValue } from "../../schema/cel/values.ts";
import { parseFieldSelector } from "../../schema/field-selectors.ts";
import { parseLabelSelector } from "../../schema/selectors.ts";
import { StatusError } from "../../schema/status-error.ts";
import type {
  ResourceAttributes,
  SubjectAccessReviewSpec,
} from "../../schema/types/authorization-v1.ts";
import { celOf, evaluated } from "../config/expression.ts";
import { isRecord } from "../config/record.ts";
import type { AnyAuthorizer, Attributes, Decision } from "../context.ts";
import { jsonAnswer, type Remote, type RemoteTarget } from "../remote.ts";

export type WebhookAuthorizerOptions = {
  readonly name: string;
  readonly target: RemoteTarget;
  readonly remote: Remote;
  readonly timeoutMs: number;
  readonly version: "v1" | "v1beta1";
  /** 0: not kept. */
  readonly allowedMs: number;
  readonly refusedMs: number;
  /** What counts when no answer comes. */
  readonly onFailure: "deny" | "no opinion";
  /** All must hold, or the program is not asked. */
  readonly conditions: readonly Program[];
  /** Durations are measured with it, ms. */
  readonly monotonic: () => number;
  readonly report: (message: string, error: unknown) => void;
};

type Kept = { readonly decision: Decision; readonly untilMs: number };

/** Answers that are kept, as upstream. */
const keptMax = 8192;
/** Questions whose texts the asker chose so long are not kept. */
const keptLettersMax = 10_000;
/** Times that the program is asked before its silence counts. */
const attempts = 2;

export function webhookAuthorizer(options: WebhookAuthorizerOptions): AnyAuthorizer {
  const kept = new Lru<string, Kept>(keptMax);
  return (identity, attributes) => {
    const spec = specOf(identity, attributes);
    const applies = conditionsHold(options.conditions, spec);
    if (applies === "unknown") return failure(options);
    if (applies === "no") return none;
    const key = JSON.stringify(spec);
    const known = kept.get(key);
    if (known !== undefined && known.untilMs > options.monotonic()) return known.decision;
    return ask(options, spec).then((decision) => {
      if (decision === undefined) return failure(options);
      const ms = decision.says === "allow" ? options.allowedMs : options.refusedMs;
      if (ms > 0 && lettersOf(attributes) < keptLettersMax)
        kept.set(key, { decision, untilMs: options.monotonic() + ms });
      return decision;
    });
  };
}

const none: Decision = Object.freeze({ says: "no opinion", reason: "" });
const failure = ({ onFailure }: WebhookAuthorizerOptions): Decision => ({
  says: onFailure,
  reason: "",
});

/** One that is false decides, even beside one that cannot be told. */
function conditionsHold(
  conditions: readonly Program[],
  spec: SubjectAccessReviewSpec,
): "yes" | "no" | "unknown" {
  if (conditions.length === 0) return "yes";
  const request = requestValue(spec);
  let unknown = false;
  for (const condition of conditions) {
    const result = evaluated(condition, { request });
    if (typeof result === "string") unknown = true;
    else if (result.value !== true) return "no";
  }
  return unknown ? "unknown" : "yes";
}

/** Every text is there, also those that are empty: conditions compare them. */
function requestValue(spec: SubjectAccessReviewSpec): CelValue {
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec;
  const texts = { namespace: "", verb: "", group: "", version: "" };
  return celOf({
    user: spec.user ?? "",
    groups: spec.groups ?? [],
    uid: spec.uid ?? "",
    extra: spec.extra ?? {},
    ...(resource === undefined
      ? {}
      : {
          resourceAttributes: { ...texts, resource: "", subresource: "", name: "", ...resource },
        }),
    ...(path === undefined ? {} : { nonResourceAttributes: { path: "", verb: "", ...path } }),
  });
}

/** Undefined when it gives no answer. */
async function ask(
  options: WebhookAuthorizerOptions,
  spec: SubjectAccessReviewSpec,
): Promise<Decision | undefined> {
  const { target, remote, timeoutMs, version } = options;
  const { groups, ...rest } = spec;
  // The older version calls them by the singular.
  const sent = version === "v1" ? spec : { ...rest, group: groups };
  const apiVersion = `authorization.k8s.io/${version}`;
  const body = JSON.stringify({
    apiVersion,
    kind: "SubjectAccessReview",
    metadata: {},
    spec: sent,
    status: { allowed: false },
  });
  for (let attempt = 1; ; attempt++) {
    try {
      return decisionOf(jsonAnswer(await remote(target, { body, timeoutMs })));
    } catch (error) {
      if (attempt < attempts) continue;
      options.report(`authorization webhook "${options.name}" gave no answer`, error);
      return undefined;
    }
  }
}

function decisionOf(answer: unknown): Decision {
  const status = isRecord(answer) ? answer["status"] : undefined;
  if (!isRecord(status)) throw new Error("answered without a status");
  const reason = typeof status["reason"] === "string" ? status["reason"] : "";
  if (status["denied"] === true) return { says: "deny", reason };
  return { says: status["allowed"] === true ? "allow" : "no opinion", reason };
}

const lettersOf = (a: Attributes): number =>
  [a.namespace, a.verb, a.group, a.version, a.plural, a.subresource, a.name, a.path].join("")
    .length;

function specOf(identity: Identity, asked: Attributes): SubjectAccessReviewSpec {
  const { user, uid, groups, extra } = identity;
  return {
    ...(asked.isResource
      ? { resourceAttributes: resourceOf(asked) }
      : { nonResourceAttributes: { path: asked.path, verb: asked.verb } }),
    user,
    groups: [...groups],
    ...(extra === undefined ? {} : { extra: extra as Record<string, string[]> }),
    ...(uid === undefined || uid === "" ? {} : { uid }),
  };
}

function resourceOf(asked: Attributes): ResourceAttributes {
  const { namespace, verb, group, version, plural: resource, subresource, name } = asked;
  const given = { namespace, verb, group, version, resource, subresource, name };
  const fields = fieldRequirements(asked.fieldSelector);
  const labels = labelRequirements(asked.labelSelector);
  return {
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== "")),
    ...(fields.length === 0 ? {} : { fieldSelector: { requirements: fields } }),
    ...(labels.length === 0 ? {} : { labelSelector: { requirements: labels } }),
  };
}

type Requirement = { key: string; operator: string; values?: string[] };

/** A selector that cannot be read is left out, which can only ask for more. */
function readable<T>(parse: () => readonly T[]): readonly T[] {
  try {
    return parse();
  } catch (error) {
    if (error instanceof StatusError) return [];
    throw error;
  }
}

const fieldRequirements = (selector: string | undefined): Requirement[] =>
  selector === undefined
    ? []
    : readable(() => parseFieldSelector(selector)).map(({ field, operator, value }) => ({
        key: field,
        operator: operator === "=" ? "In" : "NotIn",
        values: [value],
      }));

const labelOperators: Readonly<Record<string, string>> = {
  "=": "In",
  "==": "In",
  in: "In",
  "!=": "NotIn",
  notin: "NotIn",
  exists: "Exists",
  "!": "DoesNotExist",
};

function labelRequirements(selector: string | undefined): Requirement[] {
  if (selector === undefined) return [];
  return readable(() => parseLabelSelector(selector)).flatMap(({ key, operator, values }) => {
    const known = labelOperators[operator];
    // What cannot be said is left out.
    if (known === undefined) return [];
    return [{ key, operator: known, ...(values.length === 0 ? {} : { values: [...values] }) }];
  });
}
