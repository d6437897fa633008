// "Who is it?" asked through the API: reviews of a token and of oneself, and tokens for service accounts.
import type { Identity } from "../../schema/api-request.ts";
import { invalidValue } from "../../schema/field-error.ts";
import type { ApiObject } from "../../schema/kind.ts";
import { quoted } from "../../schema/quoted.ts";
import { badRequest, type Cause, conflict, invalid, notFound } from "../../schema/status-error.ts";
import type {
  BoundObjectReference,
  SelfSubjectReview,
  TokenRequest,
  TokenReview,
  UserInfo,
} from "../../schema/types/authentication-v1.ts";
import type { ServiceAccount } from "../../schema/types/core-v1.ts";
import { tokenSeconds } from "../body-kind.ts";
import type { Compute, Context } from "../context.ts";
import { timeText } from "../scope.ts";
import type { AccountTokens, AccountViews, Statement } from "./account-token.ts";
import { tokenOwner } from "./identify.ts";
import type { TokenCheck } from "./tokens.ts";

export type IdentityReviewOptions = {
  readonly tokens: readonly TokenCheck[];
  readonly accounts: AccountTokens;
  readonly views: AccountViews;
  /** Names under which the API itself is meant by a token. */
  readonly audiences: readonly string[];
};

export function identityReviews(options: IdentityReviewOptions): Record<string, Compute> {
  return {
    "tokenreviews.authentication.k8s.io": (context, body) =>
      tokenReview(body as TokenReview, context, options),
    "selfsubjectreviews.authentication.k8s.io": ({ identity, now }, { apiVersion, kind }) => {
      const status = { userInfo: userInfo(identity) };
      const metadata = { creationTimestamp: timeText(now) };
      return { apiVersion, kind, metadata, status } as SelfSubjectReview;
    },
    "serviceaccounts/token": (context, body, old) =>
      tokenRequest(body as TokenRequest, context, old as ServiceAccount, options),
  };
}

const userInfo = ({ user, uid, groups, extra }: Identity): UserInfo => ({
  username: user,
  ...(uid === undefined ? {} : { uid }),
  groups: [...groups],
  ...(extra === undefined
    ? {}
    : { extra: Object.fromEntries(Object.entries(extra).map(([k, v]) => [k, [...v]])) }),
});

async function tokenReview(
  review: TokenReview,
  context: Context,
  { tokens, audiences: own }: IdentityReviewOptions,
): Promise<ApiObject> {
  const token = review.spec?.token ?? "";
  if (token === "") throw badRequest("token is required for TokenReview in authentication");
  const wanted = review.spec.audiences?.length ? review.spec.audiences : own;
  const owner = await tokenOwner(token, tokens, context.now, context);
  const refused = (error: string): ApiObject =>
    ({ ...review, status: { user: {}, error } }) as ApiObject;
  if (typeof owner === "string") return refused(owner);
  // A token that names no audience is for the API alone.
  const audiences = (owner.audiences ?? own).filter((a) => wanted.includes(a));
  if (audiences.length === 0) return refused(audienceProblem(owner.audiences, wanted));
  const status = { authenticated: true, user: userInfo(owner.identity), audiences };
  return { ...review, status } as ApiObject;
}

const audienceProblem = (
  named: readonly string[] | undefined,
  wanted: readonly string[],
): string =>
  named === undefined
    ? "invalid bearer token"
    : "[invalid bearer token, token audiences " +
      `${quotedList(named)} is invalid for the target audiences ${quotedList(wanted)}]`;

const quotedList = (texts: readonly string[]): string => `[${texts.map(quoted).join(" ")}]`;

const tokenRequestKind = { group: "authentication.k8s.io", kind: "TokenRequest" };

/** Programs that ask for this life get a year, and a note when they still use the token after it. */
const warnOnlySeconds = 3607;
const extendedSeconds = 365 * 24 * 3600;
const secondsMin = 600;
const secondsMax = 2 ** 32;

async function tokenRequest(
  request: TokenRequest,
  context: Context,
  account: ServiceAccount | undefined,
  options: IdentityReviewOptions,
): Promise<ApiObject> {
  const { name, namespace } = context.attributes;
  if (account === undefined) throw notFound({ group: "", plural: "serviceaccounts", name });
  const { uid = "" } = account.metadata;
  checkMetadata(request, { name, namespace, uid });
  const audiences = request.spec?.audiences?.length ? request.spec.audiences : options.audiences;
  const seconds = request.spec?.expirationSeconds ?? tokenSeconds;
  const causes = durationProblems(seconds);
  if (causes.length > 0) throw invalid({ ...tokenRequestKind, name: "" }, causes);
  const ref = request.spec?.boundObjectRef ?? undefined;
  const bound = ref === undefined ? {} : boundTo(ref, name, namespace, options.views);
  const issuedAt = Math.floor(context.now / 1000);
  const forUs = audiences.every((a) => options.audiences.includes(a));
  const extend = bound.pod !== undefined && seconds === warnOnlySeconds && forUs;
  const signed = await options.accounts.sign({
    namespace,
    account: { name, uid },
    ...bound,
    audiences,
    issuedAt,
    expiresAt: issuedAt + (extend ? extendedSeconds : seconds),
    ...(extend ? { warnAfter: issuedAt + seconds } : {}),
  });
  context.annotations.set("authentication.kubernetes.io/issued-credential-id", `JTI=${signed.id}`);
  const answer: TokenRequest = {
    apiVersion: request.apiVersion,
    kind: request.kind,
    metadata: {
      ...request.metadata,
      name,
      namespace,
      uid,
      creationTimestamp: timeText(context.now),
    },
    spec: {
      ...request.spec,
      audiences: [...audiences],
      expirationSeconds: seconds,
      boundObjectRef: ref ?? (null as unknown as undefined),
    },
    status: {
      token: signed.token,
      expirationTimestamp: timeText(context.now + seconds * 1000),
    },
  };
  return answer;
}

type Owner = { readonly name: string; readonly namespace: string; readonly uid: string };

function checkMetadata({ metadata }: TokenRequest, { name, namespace, uid }: Owner): void {
  const refuse = (field: string, value: string, rule: string): never => {
    throw invalid({ ...tokenRequestKind, name }, [invalidValue(field, value, rule)]);
  };
  if (metadata?.name && metadata.name !== name) {
    refuse("metadata.name", metadata.name, "must match the service account name if specified");
  }
  if (metadata?.namespace && metadata.namespace !== namespace) {
    const rule = "must match the service account namespace if specified";
    refuse("metadata.namespace", metadata.namespace, rule);
  }
  if (metadata?.uid && metadata.uid !== uid) {
    throw conflict(
      { group: tokenRequestKind.group, plural: tokenRequestKind.kind, name },
      `the UID in the token request (${metadata.uid}) does not match the UID of the service account (${uid})`,
    );
  }
}

function durationProblems(seconds: number): Cause[] {
  const problem = (rule: string): Cause[] => [
    invalidValue("spec.expirationSeconds", seconds, rule),
  ];
  if (seconds < secondsMin) return problem("may not specify a duration less than 10 minutes");
  return seconds > secondsMax ? problem("may not specify a duration larger than 2^32 seconds") : [];
}

/** The part of the token that says with which object it ends. */
function boundTo(
  ref: BoundObjectReference,
  account: string,
  namespace: string,
  views: AccountViews,
): Pick<Statement, "pod" | "secret" | "node"> {
  const { kind = "", apiVersion = "", name = "", uid } = ref;
  // Upstream takes what is no version for none.
  const parts = apiVersion.split("/");
  const [group, version] = parts.length === 2 ? parts : ["", parts.length > 2 ? "" : apiVersion];
  const found = <T extends ApiObject>(plural: string, object: T | undefined): T => {
    if (name === "") throw badRequest("Name parameter required.");
    if (object === undefined) throw notFound({ group: "", plural, name });
    const current = object.metadata.uid ?? "";
    if (uid === undefined || uid === "" || uid === current) return object;
    throw conflict(
      { group: "", plural: kind, name },
      `the UID in the bound object reference (${uid}) does not match the UID in record. ` +
        "The object might have been deleted and then recreated",
    );
  };
  const refOf = ({ metadata }: ApiObject) => ({ name: metadata.name!, uid: metadata.uid! });
  switch (`${group}/${kind}`) {
    case "/Pod": {
      const pod = views.pods.get(namespace, name);
      if (pod !== undefined && pod.spec?.serviceAccountName !== account) {
        throw badRequest(
          `cannot bind token for serviceaccount ${JSON.stringify(account)} to pod running with different serviceaccount name.`,
        );
      }
      const { spec } = found("pods", pod);
      return { pod: refOf(pod!), ...nodeOf(spec?.nodeName, views) };
    }
    case "/Node":
      return { node: refOf(found("nodes", views.nodes.get("", name))) };
    case "/Secret":
      return { secret: refOf(found("secrets", views.secrets.get(namespace, name))) };
    default:
      throw badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${kind}`);
  }
}

/** Where the pod runs; a node that is not there (any more) has no UID. */
function nodeOf(name: string | undefined, views: AccountViews): Pick<Statement, "node"> {
  if (name === undefined || name === "") return {};
  const uid = views.nodes.get("", name)?.metadata.uid;
  return { node: { name, ...(uid === undefined ? {} : { uid }) } };
}
