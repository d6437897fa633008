// "May he?" asked through the API: the access reviews, and the rules that one has.
import type { Identity } from "../../schema/api-request.ts";
import { invalidValue } from "../../schema/field-error.ts";
import type { ApiObject } from "../../schema/kind.ts";
import { badRequest, type Cause, invalid } from "../../schema/status-error.ts";
import type {
  LocalSubjectAccessReview,
  NonResourceAttributes,
  ResourceAttributes,
  SelfSubjectAccessReview,
  SelfSubjectAccessReviewSpec,
  SelfSubjectRulesReview,
  SubjectAccessReview,
  SubjectAccessReviewSpec,
  SubjectAccessReviewStatus,
} from "../../schema/types/authorization-v1.ts";
import type { AnyAuthorizer, Attributes, Compute, Context } from "../context.ts";
import { type AskedSelectors, askedSelectors, selectorProblems } from "./access-selectors.ts";
import type { Rbac } from "./rbac.ts";

export function accessReviews(authorize: AnyAuthorizer, rules: Rbac): Record<string, Compute> {
  const answer = (identity: Identity, spec: SelfSubjectAccessReviewSpec) =>
    statusFor(authorize, identity, spec);
  return {
    "subjectaccessreviews.authorization.k8s.io": async (_context, body) => {
      const review = body as SubjectAccessReview;
      refuse([...subjectProblems(review.spec), ...metadataProblems(review, "must be empty")]);
      return { ...review, status: await answer(subjectOf(review.spec), review.spec) };
    },
    "localsubjectaccessreviews.authorization.k8s.io": async (context, body) => {
      const review = body as LocalSubjectAccessReview;
      refuse(localProblems(review, context));
      return { ...review, status: await answer(subjectOf(review.spec), review.spec) };
    },
    "selfsubjectaccessreviews.authorization.k8s.io": async (context, body) => {
      const review = body as SelfSubjectAccessReview;
      refuse([...questionProblems(review.spec), ...metadataProblems(review, "must be empty")]);
      return { ...review, status: await answer(context.identity, review.spec) };
    },
    "selfsubjectrulesreviews.authorization.k8s.io": (context, body) =>
      rulesReview(body as SelfSubjectRulesReview, context, rules),
  };
}

async function statusFor(
  authorize: AnyAuthorizer,
  identity: Identity,
  spec: SelfSubjectAccessReviewSpec,
): Promise<SubjectAccessReviewStatus> {
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec;
  const selectors = askedSelectors(resource ?? {});
  const asked =
    resource === undefined ? pathQuestion(path!) : resourceQuestion(resource, selectors);
  const { says, reason } = await authorize(identity, asked);
  return {
    allowed: says === "allow",
    ...(says === "deny" ? { denied: true } : {}),
    ...(reason === "" ? {} : { reason }),
    ...(selectors.problem === "" ? {} : { evaluationError: selectors.problem }),
  };
}

const nothing: Attributes = {
  verb: "",
  isResource: false,
  path: "",
  group: "",
  version: "",
  plural: "",
  subresource: "",
  namespace: "",
  name: "",
};

const pathQuestion = ({ path = "", verb = "" }: NonResourceAttributes): Attributes => ({
  ...nothing,
  path,
  verb,
});

function resourceQuestion(asked: ResourceAttributes, selectors: AskedSelectors): Attributes {
  const { fieldSelector, labelSelector } = selectors;
  return {
    ...nothing,
    isResource: true,
    verb: asked.verb ?? "",
    group: asked.group ?? "",
    version: asked.version || "*",
    plural: asked.resource ?? "",
    subresource: asked.subresource ?? "",
    namespace: asked.namespace ?? "",
    name: asked.name ?? "",
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
    ...(labelSelector === undefined ? {} : { labelSelector }),
  };
}

const subjectOf = ({ user = "", groups = [], uid, extra }: SubjectAccessReviewSpec): Identity => ({
  user,
  groups,
  ...(uid === undefined ? {} : { uid }),
  ...(extra === undefined ? {} : { extra }),
});

function rulesReview(review: SelfSubjectRulesReview, context: Context, rules: Rbac): ApiObject {
  const namespace = review.spec?.namespace ?? "";
  if (namespace === "") throw badRequest("no namespace on request");
  const { granted, problems } = rules.grantsOf(context.identity, namespace);
  const status: NonNullable<SelfSubjectRulesReview["status"]> = {
    resourceRules: [],
    nonResourceRules: [],
    incomplete: isNode(context.identity),
  };
  const unknown = status.incomplete ? [notListed, ...problems] : problems;
  for (const { rule } of granted) {
    const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } = rule;
    if ((resources?.length ?? 0) > 0) {
      status.resourceRules.push({
        verbs,
        ...(apiGroups === undefined ? {} : { apiGroups }),
        ...(resources === undefined ? {} : { resources }),
        ...(resourceNames === undefined ? {} : { resourceNames }),
      });
    }
    if (nonResourceURLs !== undefined && nonResourceURLs.length > 0) {
      status.nonResourceRules.push({ verbs, nonResourceURLs });
    }
  }
  if (unknown.length > 0)
    status.evaluationError = unknown.length === 1 ? unknown[0]! : `[${unknown.join(", ")}]`;
  const { apiVersion, kind } = review;
  const answer: SelfSubjectRulesReview = { apiVersion, kind, metadata: {}, spec: {}, status };
  return answer;
}

/** What the Node authorizer allows follows from the pods of the node. */
const notListed = "node authorizer does not support user rule resolution";

const isNode = ({ user, groups }: Identity): boolean =>
  user.startsWith("system:node:") && groups.includes("system:nodes");

/** Upstream has lost the kind when it words the refusal. */
function refuse(causes: Cause[]): void {
  if (causes.length === 0) return;
  throw invalid({ group: "authorization.k8s.io", kind: "", name: "" }, causes);
}

function subjectProblems(spec: SubjectAccessReviewSpec): Cause[] {
  const [union, ...rest] = splitUnion(questionProblems(spec));
  const nobody = (spec.user ?? "") === "" && (spec.groups ?? []).length === 0;
  const who = invalidValue("spec.user", "", "at least one of user or group must be specified");
  return [...union!, ...(nobody ? [who] : []), ...rest.flat()];
}

const splitUnion = (causes: Cause[]): Cause[][] => [
  causes.filter((c) => c.field === "spec"),
  causes.filter((c) => c.field !== "spec"),
];

function questionProblems(spec: SelfSubjectAccessReviewSpec): Cause[] {
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec;
  const causes: Cause[] = [];
  if ((resource === undefined) === (path === undefined)) {
    const value = path === undefined ? undefined : { Path: path.path ?? "", Verb: path.verb ?? "" };
    const rule = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
    causes.push(invalidValue("spec", value, rule));
  }
  if (resource !== undefined) causes.push(...selectorProblems(resource));
  return causes;
}

/** What the server itself writes does not count. */
function metadataProblems({ metadata }: ApiObject, rule: string, ...allowed: string[]): Cause[] {
  const own = ["managedFields", "creationTimestamp", ...allowed];
  const extra = Object.keys(metadata ?? {}).some((key) => !own.includes(key));
  // Messages show it in the order of its fields.
  const { name, generateName, namespace, ...others } = metadata ?? {};
  const shown = {
    ...(name === undefined ? {} : { name }),
    ...(generateName === undefined ? {} : { generateName }),
    ...(namespace === undefined ? {} : { namespace }),
    ...others,
  };
  return extra ? [invalidValue("metadata", shown, rule)] : [];
}

function localProblems(review: LocalSubjectAccessReview, context: Context): Cause[] {
  const { namespace } = context.attributes;
  const { resourceAttributes: resource, nonResourceAttributes: path } = review.spec;
  const rule = "must be empty except for namespace";
  const causes = [...subjectProblems(review.spec), ...metadataProblems(review, rule, "namespace")];
  if (resource !== undefined && (resource.namespace ?? "") !== namespace) {
    const field = "spec.resourceAttributes.namespace";
    causes.push(invalidValue(field, resource.namespace ?? "", "must match metadata.namespace"));
  }
  if (path !== undefined) {
    const value = { Path: path.path ?? "", Verb: path.verb ?? "" };
    const field = "spec.nonResourceAttributes";
    causes.push(invalidValue(field, value, "disallowed on this kind of request"));
  }
  return causes;
}
