// Bearer tokens: what a token proves, asked of several kinds of tokens in turn.
import { createHash } from "node:crypto";
import type { Identity } from "../../schema/api-request.ts";
import type { Secret } from "../../schema/types/core-v1.ts";
import type { Notes, View } from "../context.ts";

/** Who a token is of, and for whom it was made; no audiences: for whoever asks. */
export type TokenOwner = {
  readonly identity: Identity;
  readonly audiences?: readonly string[];
};

/**
 * Undefined: the token is not of this kind. A text: it is, and is not good for that reason.
 * `now`: wall clock, ms. `notes`: takes what is to be told of the token's use.
 */
export type TokenCheck = (
  token: string,
  now: number,
  notes?: Notes,
) => TokenOwner | string | undefined | Promise<TokenOwner | string | undefined>;

/** The token of an `Authorization` header; undefined when it is none. */
export function bearerToken(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const [scheme = "", token = ""] = header.trim().split(" ", 2);
  return scheme.toLowerCase() === "bearer" && token !== "" ? token : undefined;
}

/** Several kinds of tokens as one: the first that knows it, else the reasons of those that should have. */
export function firstOwner(checks: readonly TokenCheck[]): TokenCheck {
  return async (token, now, notes) => {
    const reasons: string[] = [];
    for (const check of checks) {
      const found = await check(token, now, notes);
      if (typeof found === "string") reasons.push(found);
      else if (found !== undefined) return found;
    }
    return reasons.length === 0 ? undefined : reasons.join(", ");
  };
}

export type StaticToken = {
  readonly token: string;
  readonly user: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
};

/** Tokens of a file. Found by digest, so that the time it takes tells nothing about a token. */
export function staticTokens(tokens: readonly StaticToken[]): TokenCheck {
  const owners = new Map(
    tokens.map(({ token, user, uid, groups = [] }): [string, TokenOwner] => [
      digest(token),
      { identity: { user, groups, ...(uid === undefined || uid === "" ? {} : { uid }) } },
    ]),
  );
  // A digest costs as much as the rest of a look at a token.
  return owners.size === 0 ? () => undefined : (token) => owners.get(digest(token));
}

const digest = (text: string): string => createHash("sha256").update(text).digest("base64");

/** Tokens with which a new node asks for its certificate; each is a Secret in kube-system. */
export function bootstrapTokens(secrets: View<Secret>): TokenCheck {
  return (token, now) => {
    const match = /^([a-z0-9]{6})\.([a-z0-9]{16})$/.exec(token);
    if (match === null) return undefined;
    const secret = secrets.get("kube-system", `bootstrap-token-${match[1]}`);
    if (secret === undefined || secret.metadata.deletionTimestamp !== undefined) return undefined;
    return bootstrapOwner(secret, match[1]!, match[2]!, now);
  };
}

function bootstrapOwner(
  secret: Secret,
  id: string,
  word: string,
  now: number,
): TokenOwner | undefined {
  const text = (key: string): string =>
    Buffer.from(secret.data?.[key] ?? "", "base64").toString("utf8");
  if (secret.type !== "bootstrap.kubernetes.io/token") return undefined;
  if (digest(text("token-secret")) !== digest(word) || text("token-id") !== id) return undefined;
  const expiration = text("expiration");
  if (expiration !== "" && !(Date.parse(expiration) > now)) return undefined;
  if (text("usage-bootstrap-authentication") !== "true") return undefined;
  const extra = text("auth-extra-groups");
  const groups = extra === "" ? [] : extra.split(",");
  if (!groups.every((g) => bootstrapGroup.test(g))) return undefined;
  return {
    identity: { user: `system:bootstrap:${id}`, groups: ["system:bootstrappers", ...groups] },
  };
}

const bootstrapGroup = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;
