// The keys that issuers of tokens publish, and tokens that are checked with them.
import { isRecord } from "../config/record.ts";
import { jsonAnswer, type Remote } from "../remote.ts";

export type IssuerOptions = {
  readonly remote: Remote;
  /** Durations are measured with it, ms. */
  readonly monotonic: () => number;
};

/** Longest wait for the issuer. */
export const askMsMax = 10_000;
/** An issuer is asked anew for a key that is not known, but not more often. */
const askAgainMs = 10_000;

export type Claims = Readonly<Record<string, unknown>>;

/** An issuer as far as the check of its tokens needs it. */
export type Issuer = {
  readonly url: string;
  readonly discoveryUrl?: string;
  /** PEM of the authorities that its certificate may come from; the system's when absent. */
  readonly authorities?: string;
  readonly audiences: readonly string[];
  readonly algorithms: readonly string[];
};

/** What the token claims, not yet believed. */
export function unverifiedIssuer(token: string): unknown {
  const parts = token.split(".");
  if (parts.length !== 3) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(parts[1]!, "base64url").toString("utf8"));
    return isRecord(claims) ? claims["iss"] : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export type Keys = { get(anew: boolean): Promise<unknown> };

export function issuerKeys(plan: Issuer, { remote, monotonic }: IssuerOptions): Keys {
  const url =
    plan.discoveryUrl ?? `${plan.url.replace(/\/+$/, "")}/.well-known/openid-configuration`;
  const trust = plan.authorities === undefined ? {} : { authorities: plan.authorities };
  const ask = async (target: string): Promise<Record<string, unknown>> => {
    const answer = jsonAnswer(await remote({ url: target, ...trust }, { timeoutMs: askMsMax }));
    if (!isRecord(answer)) throw new Error(`${target} answered with no JSON object`);
    return answer;
  };
  const fetchKeys = async (): Promise<unknown> => {
    const document = await ask(url);
    if (document["issuer"] !== plan.url)
      throw new Error(`${url} is about the issuer ${JSON.stringify(document["issuer"])}`);
    return ask(String(document["jwks_uri"]));
  };
  let current: Promise<unknown> | undefined;
  let askedAt = 0;
  return {
    get(anew) {
      if (current === undefined || (anew && monotonic() - askedAt >= askAgainMs)) {
        askedAt = monotonic();
        const asked = fetchKeys();
        current = asked;
        // The next token tries again.
        asked.catch(() => {
          if (current === asked) current = undefined;
        });
      }
      return current;
    },
  };
}

/** The claims; a text says why they are not believed. */
export async function verified(
  token: string,
  plan: Issuer,
  keys: Keys,
  now: number,
): Promise<Claims | string> {
  const { createLocalJWKSet, errors, jwtVerify } = await import("jose");
  const check = async (anew: boolean): Promise<Claims> => {
    const set = createLocalJWKSet((await keys.get(anew)) as never);
    const { payload } = await jwtVerify(token, set, {
      issuer: plan.url,
      audience: [...plan.audiences],
      algorithms: [...plan.algorithms],
      currentDate: new Date(now),
      requiredClaims: ["exp"],
    });
    return payload;
  };
  try {
    return await check(false).catch((error: unknown) => {
      // The issuer may have a new key.
      if (error instanceof errors.JWKSNoMatchingKey) return check(true);
      throw error;
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
