// Tokens of another issuer (OpenID Connect): checked with the keys that it publishes, and read by a plan's mappings.

import { Lru } from "../../lib/lru.ts";
import type { Identity } from "../../schema/api-request.ts";
import type { Program } from "../../schema/cel/evaluate.ts";
import { type CelValue, isList } from "../../schema/cel/values.ts";
import { celOf, evaluated } from "../config/expression.ts";
import type { IssuerPlan, Mapping, Rule } from "./authentication-config.ts";
import { claimSource } from "./distributed-claims.ts";
import {
  type Claims,
  type IssuerOptions,
  issuerKeys,
  unverifiedIssuer,
  verified,
} from "./issuer-keys.ts";
import type { TokenCheck, TokenOwner } from "./tokens.ts";

/** Tokens whose owner is remembered, for as long as upstream does. */
const knownMax = 4096;
const knownMs = 10_000;

type Known = { readonly owner: TokenOwner; readonly untilMs: number; readonly endsMs: number };

export function jwtIssuer(plan: IssuerPlan, options: IssuerOptions): TokenCheck {
  const keys = issuerKeys(plan, options);
  const expanded =
    plan.groups.is === "claim" ? claimSource(plan.groups.claim, plan, options) : undefined;
  const known = new Lru<string, Known>(knownMax);
  return async (token, now) => {
    if (unverifiedIssuer(token) !== plan.url) return undefined;
    const found = known.get(token);
    if (found !== undefined && found.untilMs > options.monotonic() && now < found.endsMs)
      return found.owner;
    const own = await verified(token, plan, keys, now);
    if (typeof own === "string") return `oidc: verify token: ${own}`;
    const claims = expanded === undefined ? own : await expanded(own, now);
    if (typeof claims === "string") {
      return `oidc: could not expand distributed claims: ${claims}`;
    }
    const identity = identityFrom(claims, plan);
    if (typeof identity === "string") return identity;
    const endsMs = Number(claims["exp"]) * 1000;
    known.set(token, { owner: { identity }, untilMs: options.monotonic() + knownMs, endsMs });
    return { identity };
  };
}

function identityFrom(claims: Claims, plan: IssuerPlan): Identity | string {
  const values = celOf(claims);
  const user = usernameFrom(plan.username, claims, values);
  if ("why" in user) return user.why;
  const groups = textsFrom(plan.groups, claims, values, "group");
  if (typeof groups === "string") return groups;
  const uid = uidFrom(plan.uid, claims, values);
  if ("why" in uid) return uid.why;
  const extra = extraFrom(plan, values);
  if (typeof extra === "string") return extra;
  const wrong =
    requiredProblem(plan, claims) ??
    ruleProblem(plan.claimRules, { claims: values }, "claim validation expression");
  if (wrong !== undefined) return wrong;
  const identity: Identity = {
    user: user.text,
    groups,
    ...(uid.text === "" ? {} : { uid: uid.text }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
  const value = celOf({ username: user.text, uid: uid.text, groups, extra });
  return ruleProblem(plan.userRules, { user: value }, "user info validation rule") ?? identity;
}

type Text = { readonly text: string } | { readonly why: string };

function usernameFrom(mapping: Mapping, claims: Claims, values: CelValue): Text {
  if (mapping.is === "expression") {
    const found = textOf(mapping.program, values, "username");
    if ("why" in found || found.text !== "") return found;
    return { why: "oidc: empty username via CEL expression is not allowed" };
  }
  if (mapping.is === "none") return { why: "oidc: no username" };
  const { claim, prefix } = mapping;
  const value = claims[claim];
  if (typeof value !== "string") {
    const why = value === undefined ? "claim not present" : "it is not a text";
    return { why: `oidc: parse username claims ${JSON.stringify(claim)}: ${why}` };
  }
  const verified = claims["email_verified"];
  if (claim === "email" && verified !== undefined && verified !== true)
    return { why: "oidc: email not verified" };
  return { text: prefix + value };
}

function uidFrom(mapping: Mapping, claims: Claims, values: CelValue): Text {
  if (mapping.is === "expression") return textOf(mapping.program, values, "uid");
  if (mapping.is === "none") return { text: "" };
  const value = claims[mapping.claim];
  if (typeof value === "string") return { text: value };
  const why = value === undefined ? "claim not present" : "it is not a text";
  return { why: `oidc: parse uid claim ${JSON.stringify(mapping.claim)}: ${why}` };
}

function textOf(program: Program, claims: CelValue, what: string): Text {
  const found = evaluated(program, { claims });
  const failed = (why: string): Text => ({
    why: `oidc: error evaluating ${what} claim expression: ${why}`,
  });
  if (typeof found === "string") return failed(found);
  return typeof found.value === "string"
    ? { text: found.value }
    : failed(`${what} claim expression must return a string`);
}

/** One text or several; none when the claim is not there. */
function textsFrom(
  mapping: Mapping,
  claims: Claims,
  values: CelValue,
  what: string,
): readonly string[] | string {
  if (mapping.is === "none") return [];
  if (mapping.is === "expression") return textList(mapping.program, values, what);
  const value = claims[mapping.claim];
  if (value === undefined) return [];
  const list = Array.isArray(value) ? value : [value];
  if (list.every((item) => typeof item === "string"))
    return list.map((item) => mapping.prefix + item);
  const claim = JSON.stringify(mapping.claim);
  return `oidc: parse groups claim ${claim}: it is neither a text nor a list of texts`;
}

function textList(program: Program, claims: CelValue, what: string): readonly string[] | string {
  const found = evaluated(program, { claims });
  const failed = `oidc: error evaluating ${what} claim expression`;
  if (typeof found === "string") return `${failed}: ${found}`;
  const { value } = found;
  if (value === null || value === "") return [];
  if (typeof value === "string") return [value];
  if (isList(value) && value.every((item) => typeof item === "string"))
    return value.filter((item) => item !== "") as string[];
  return `${failed}: expression must return a string or a list of strings`;
}

function extraFrom({ extra }: IssuerPlan, values: CelValue): Record<string, string[]> | string {
  const read: Record<string, string[]> = {};
  for (const { key, program } of extra) {
    const texts = textList(program, values, "extra");
    if (typeof texts === "string") return texts;
    if (texts.length > 0) read[key] = [...texts];
  }
  return read;
}

function requiredProblem({ required }: IssuerPlan, claims: Claims): string | undefined {
  for (const [claim, wanted] of Object.entries(required)) {
    const value = claims[claim];
    if (value === undefined) return `oidc: required claim ${claim} not present in ID token`;
    if (value !== wanted)
      return `oidc: required claim ${claim} value does not match. Got = ${value}, want = ${wanted}`;
  }
  return undefined;
}

function ruleProblem(
  rules: readonly Rule[],
  variables: Readonly<Record<string, CelValue>>,
  what: string,
): string | undefined {
  for (const { program, expression, message } of rules) {
    const found = evaluated(program, variables);
    const failed = `oidc: error evaluating ${what}`;
    if (typeof found === "string") return `${failed}: ${found}`;
    if (typeof found.value !== "boolean")
      return `${failed}: validation expression must return a boolean`;
    if (!found.value) return `${failed}: validation expression '${expression}' failed: ${message}`;
  }
  return undefined;
}
