// Tokens of service accounts: signed statements about an account, and about the object with which they end.
import { Lru } from "../../lib/lru.ts";
import { type Random, uuid } from "../../lib/random.ts";
import type { Identity } from "../../schema/api-request.ts";
import type { ApiObject } from "../../schema/kind.ts";
import type { Node, Pod, Secret, ServiceAccount } from "../../schema/types/core-v1.ts";
import type { Notes, View } from "../context.ts";
import { accountGroups, accountUser, splitAccount } from "./service-account.ts";
import type { TokenKey } from "./token-keys.ts";
import type { TokenCheck, TokenOwner } from "./tokens.ts";

export type AccountViews = {
  readonly accounts: View<ServiceAccount>;
  readonly pods: View<Pod>;
  readonly secrets: View<Secret>;
  readonly nodes: View<Node>;
};

/** An object of which the token is a part: when it goes, the token ends. */
export type Ref = { readonly name: string; readonly uid: string };

export type Statement = {
  readonly namespace: string;
  readonly account: Ref;
  readonly pod?: Ref;
  readonly secret?: Ref;
  /** Alone it binds the token; beside a pod it only tells where the pod runs. */
  readonly node?: { readonly name: string; readonly uid?: string };
  readonly audiences: readonly string[];
  /** Wall clock, whole seconds. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** From here on the use of the token is noted: a program that never reads its token anew. */
  readonly warnAfter?: number;
};

export type Signed = { readonly token: string; readonly id: string };

export type AccountTokens = {
  sign(statement: Statement): Promise<Signed>;
  readonly check: TokenCheck;
};

export type AccountTokenOptions = {
  /** The first one with a private key signs. Asked anew for each token, since keys are replaced. */
  readonly keys: () => readonly TokenKey[];
  /** The first one is written into new tokens; the others are believed as well. */
  readonly issuers: readonly string[];
  readonly random: Random;
  readonly views: AccountViews;
  /** Told of each use of a token that is kept in a Secret; the use goes on when it has resolved. */
  readonly used?: (secret: Secret, now: number) => Promise<void> | undefined;
};

export function accountTokens(options: AccountTokenOptions): AccountTokens {
  let verified = new Lru<string, Claims>(verifiedMax);
  let verifiedBy = options.keys();
  return {
    sign: (statement) => sign(statement, options),
    async check(token, now, notes) {
      const keys = options.keys();
      if (keys !== verifiedBy) {
        verified = new Lru(verifiedMax);
        verifiedBy = keys;
      }
      let claims = verified.get(token);
      if (claims === undefined) {
        if (!options.issuers.concat(legacyIssuer).includes(issuerOf(token))) return undefined;
        const read = await verify(token, keys);
        if (typeof read === "string") return read;
        claims = read;
        verified.set(token, claims);
      }
      const refusal = timeProblem(claims, now / 1000);
      if (refusal !== undefined) return refusal;
      return claims["iss"] === legacyIssuer
        ? legacyOwner({ claims, token, now, notes }, options)
        : boundOwner(claims, options.views, { now, notes });
    },
  };
}

/** Tokens whose signature is remembered; what they are bound to is looked at each time. */
const verifiedMax = 8192;

/** Written into tokens that are kept in Secrets. */
const legacyIssuer = "kubernetes/serviceaccount";

/** Upstream forgives clocks that differ by so many seconds. */
const leewaySeconds = 60;

type Claims = {
  readonly sub?: string;
  readonly aud?: string | readonly string[];
  readonly exp?: number;
  readonly nbf?: number;
  readonly iat?: number;
  readonly jti?: string;
  readonly [claim: string]: unknown;
};

async function sign(
  statement: Statement,
  { keys, issuers, random }: AccountTokenOptions,
): Promise<Signed> {
  const key = keys().find((k) => k.privateKey !== undefined);
  if (key?.privateKey === undefined) throw new Error("there is no key to sign tokens with");
  const { SignJWT } = await import("jose");
  const { namespace, account, pod, secret, node } = statement;
  const id = uuid(random);
  const token = await new SignJWT({
    aud: [...statement.audiences],
    exp: statement.expiresAt,
    iat: statement.issuedAt,
    iss: issuers[0]!,
    jti: id,
    "kubernetes.io": {
      namespace,
      ...(node === undefined ? {} : { node }),
      ...(pod === undefined ? {} : { pod }),
      ...(secret === undefined ? {} : { secret }),
      serviceaccount: account,
      ...(statement.warnAfter === undefined ? {} : { warnafter: statement.warnAfter }),
    },
    nbf: statement.issuedAt,
    sub: accountUser(namespace, account.name),
  })
    .setProtectedHeader({ alg: key.algorithm, kid: key.id })
    .sign(key.privateKey);
  return { token, id };
}

export type Kept = {
  readonly namespace: string;
  /** The Secret that holds the token. */
  readonly secret: string;
  readonly account: Ref;
};

/** A token that is kept in a Secret, and good for as long as the Secret holds it. */
export async function signKept({ namespace, secret, account }: Kept, key: TokenKey) {
  if (key.privateKey === undefined) throw new Error("there is no key to sign tokens with");
  const { SignJWT } = await import("jose");
  const claims = {
    iss: legacyIssuer,
    [`${legacyClaim}namespace`]: namespace,
    [`${legacyClaim}secret.name`]: secret,
    [`${legacyClaim}service-account.name`]: account.name,
    [`${legacyClaim}service-account.uid`]: account.uid,
    sub: accountUser(namespace, account.name),
  };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: key.algorithm, kid: key.id })
    .sign(key.privateKey);
}

/** What the token itself claims, not yet believed; "" when it is no token of this form. */
function issuerOf(token: string): string {
  const parts = token.split(".");
  if (parts.length !== 3) return "";
  try {
    const claims: unknown = JSON.parse(Buffer.from(parts[1]!, "base64url").toString("utf8"));
    // A list of one is no issuer, though it reads like one.
    const named = typeof claims === "object" && claims !== null && "iss" in claims;
    return named && typeof claims.iss === "string" ? claims.iss : "";
  } catch (error) {
    if (error instanceof SyntaxError) return "";
    throw error;
  }
}

/** The claims when one of the keys signed them; else why not. Times are checked at each use. */
async function verify(token: string, keys: readonly TokenKey[]): Promise<Claims | string> {
  const { compactVerify, decodeProtectedHeader } = await import("jose");
  let kid: string | undefined;
  try {
    kid = decodeProtectedHeader(token).kid;
  } catch {
    return "the token's header cannot be read";
  }
  const named = keys.filter((k) => k.id === kid);
  for (const key of named.length > 0 ? named : keys) {
    try {
      const { payload } = await compactVerify(token, key.publicKey, {
        algorithms: [key.algorithm],
      });
      const claims: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
      return areClaims(claims) ? claims : "the token's claims cannot be read";
    } catch {
      // The next key may be the one.
    }
  }
  return "none of the keys signed the token";
}

/** Registered claims have the types that they must have: a time that is a text would be before no other time. */
function areClaims(value: unknown): value is Claims {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const { aud, exp, nbf, iat, sub, jti } = value as Readonly<Record<string, unknown>>;
  const isText = (one: unknown): boolean => one === undefined || typeof one === "string";
  const isTime = (one: unknown): boolean => one === undefined || typeof one === "number";
  const isAudience =
    isText(aud) || (Array.isArray(aud) && aud.every((one) => typeof one === "string"));
  return isAudience && [exp, nbf, iat].every(isTime) && [sub, jti].every(isText);
}

function timeProblem(claims: Claims, seconds: number): string | undefined {
  if (claims.exp !== undefined && seconds > claims.exp + leewaySeconds) {
    return "service account token has expired";
  }
  if (claims.nbf !== undefined && seconds < claims.nbf - leewaySeconds) {
    return "service account token is not valid yet";
  }
  if (claims.iat !== undefined && seconds < claims.iat - leewaySeconds) {
    return "service account token is issued in the future";
  }
  return undefined;
}

type Bound = {
  readonly namespace?: string;
  readonly serviceaccount?: Ref;
  readonly pod?: Ref;
  readonly secret?: Ref;
  readonly node?: { readonly name: string; readonly uid?: string };
  readonly warnafter?: unknown;
};

type Use = { readonly now: number; readonly notes: Notes | undefined };

function boundOwner(claims: Claims, views: AccountViews, { now, notes }: Use): TokenOwner | string {
  const bound = (claims["kubernetes.io"] ?? {}) as Bound;
  const { namespace = "", serviceaccount, pod, secret, node } = bound;
  if (serviceaccount === undefined) return "the token names no service account";
  const account = views.accounts.get(namespace, serviceaccount.name);
  if (account === undefined) return `serviceaccount "${serviceaccount.name}" not found`;
  if (account.metadata.uid !== serviceaccount.uid) {
    return `service account UID (${account.metadata.uid}) does not match claim (${serviceaccount.uid})`;
  }
  if (isGone(account, now)) {
    return `service account ${namespace}/${serviceaccount.name} has been deleted`;
  }
  const held =
    isHeld(secret, (name) => views.secrets.get(namespace, name), now) &&
    isHeld(pod, (name) => views.pods.get(namespace, name), now) &&
    (pod !== undefined || isHeld(node, (name) => views.nodes.get("", name), now));
  if (!held) return "service account token has been invalidated";
  const audiences = typeof claims.aud === "string" ? [claims.aud] : (claims.aud ?? []);
  const lateSeconds = typeof bound.warnafter === "number" ? now / 1000 - bound.warnafter : 0;
  if (lateSeconds > 0) {
    const text = `subject: ${claims.sub}, seconds after warning threshold: ${lateSeconds.toFixed(0)}`;
    notes?.annotations.set("authentication.k8s.io/stale-token", text);
  }
  return { audiences, identity: identityOf(claims, bound, serviceaccount) };
}

/** One object for the same claims, so that decisions about it are found again. */
const identities = new WeakMap<Claims, Identity>();

function identityOf(claims: Claims, { namespace = "", pod, node }: Bound, account: Ref): Identity {
  const known = identities.get(claims);
  if (known !== undefined) return known;
  const extra: Record<string, readonly string[]> = {};
  const note = (key: string, value: string | undefined): void => {
    if (value !== undefined && value !== "") extra[`authentication.kubernetes.io/${key}`] = [value];
  };
  if (claims.jti !== undefined) note("credential-id", `JTI=${claims.jti}`);
  note("pod-name", pod?.name);
  note("pod-uid", pod?.uid);
  note("node-name", node?.name);
  note("node-uid", node?.uid);
  const identity: Identity = {
    user: accountUser(namespace, account.name),
    uid: account.uid,
    groups: accountGroups(namespace),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
  identities.set(claims, identity);
  return identity;
}

/** Without a reference nothing has to be held. */
function isHeld(
  ref: { readonly name: string; readonly uid?: string } | undefined,
  find: (name: string) => ApiObject | undefined,
  now: number,
): boolean {
  if (ref === undefined) return true;
  const object = find(ref.name);
  return object !== undefined && object.metadata.uid === ref.uid && !isGone(object, now);
}

/** Deleted longer ago than the leeway; an object that ends gracefully carries the time when it will. */
function isGone({ metadata }: ApiObject, now: number): boolean {
  const at = metadata.deletionTimestamp;
  return at !== undefined && Date.parse(at) < now - leewaySeconds * 1000;
}

const legacyClaim = "kubernetes.io/serviceaccount/";
const invalidSinceLabel = "kubernetes.io/legacy-token-invalid-since";
const autogeneratedWarning =
  "Use tokens from the TokenRequest API or manually created secret-based tokens instead of auto-generated secret-based tokens.";

type LegacyUse = Use & { readonly claims: Claims; readonly token: string };

/** A token that is kept in a Secret lasts as long as the Secret holds it, and nobody has marked it as unused. */
async function legacyOwner(
  { claims, token, now, notes }: LegacyUse,
  { views, used }: AccountTokenOptions,
): Promise<TokenOwner | string> {
  const claim = (name: string): string => String(claims[legacyClaim + name] ?? "");
  const namespace = claim("namespace");
  const name = claim("service-account.name");
  const uid = claim("service-account.uid");
  const subject = splitAccount(claims.sub ?? "");
  if (subject?.namespace !== namespace || subject.name !== name) return "sub claim is invalid";
  const secret = views.secrets.get(namespace, claim("secret.name"));
  if (secret === undefined || secret.metadata.deletionTimestamp !== undefined) {
    return "Token has been invalidated";
  }
  if (Buffer.from(secret.data?.["token"] ?? "", "base64").toString("utf8") !== token) {
    return "Token does not match server's copy";
  }
  const account = views.accounts.get(namespace, name);
  if (account === undefined || account.metadata.deletionTimestamp !== undefined) {
    return `ServiceAccount ${namespace}/${name} has been deleted`;
  }
  if (account.metadata.uid !== uid) {
    return `ServiceAccount UID (${account.metadata.uid}) does not match claim (${uid})`;
  }
  const secretName = secret.metadata.name!;
  const note = (key: string, text: string): void =>
    void notes?.annotations.set(`authentication.k8s.io/legacy-token-${key}`, text);
  await used?.(secret, now);
  if (secret.metadata.labels?.[invalidSinceLabel]) {
    note("invalidated", `${secretName}/${namespace}`);
    return `the token in secret ${namespace}/${secretName} for service account ${namespace}/${name} has been marked invalid. Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the '${invalidSinceLabel}' label from the secret to temporarily allow use of this token`;
  }
  if (account.secrets?.some((ref) => ref.name === secretName)) {
    notes?.warnings.add(autogeneratedWarning);
    note("autogenerated-secret", secretName);
  } else note("manual-secret", secretName);
  return {
    identity: { user: accountUser(namespace, name), uid, groups: accountGroups(namespace) },
  };
}
