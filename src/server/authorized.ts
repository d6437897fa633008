import type { Identity } from "../schema/api-request.ts";
import { firstOpinion, refusal } from "./auth/authorize.ts";
import type { AnyAuthorizer, Attributes, Decision } from "./context.ts";
import type { Parts } from "./scope.ts";

/**
 * The decision of the authorizer that allows it; a promise only where another program is asked. Throws
 * StatusError(403) unless one allows.
 */
export function authorized(
  parts: Parts,
  identity: Identity,
  attributes: Attributes,
): Decision | Promise<Decision> {
  const decision = decide(parts, identity, attributes);
  return decision instanceof Promise
    ? decision.then((found) => allowed(found, identity, attributes))
    : allowed(decision, identity, attributes);
}

/** What the authorizers say; a promise only where another program is asked. */
export const decide = (
  { edge }: Parts,
  identity: Identity,
  attributes: Attributes,
): Decision | Promise<Decision> => chainOf(edge.authorizers)(identity, attributes);

/** Throws StatusError(403) unless it allows. */
export function allowed(decision: Decision, identity: Identity, attributes: Attributes): Decision {
  if (decision.says === "allow") return decision;
  throw refusal(identity, attributes, decision.reason);
}

const chains = new WeakMap<readonly AnyAuthorizer[], AnyAuthorizer>();

function chainOf(authorizers: readonly AnyAuthorizer[]): AnyAuthorizer {
  let chain = chains.get(authorizers);
  if (chain === undefined) {
    chain = firstOpinion(authorizers);
    chains.set(authorizers, chain);
  }
  return chain;
}
