// The authorizers of a plan, put together. Another plan may take its place while the server runs.
import type { Clock } from "../../lib/clock.ts";
import type { Log } from "../../lib/log.ts";
import type { AnyAuthorizer, Authorizer } from "../context.ts";
import type { Remote } from "../remote.ts";
import { firstOpinion, named, superusers } from "./authorize.ts";
import type { AuthorizerMode, AuthorizerPlan } from "./authorizer-plan.ts";
import { webhookAuthorizer } from "./webhook-authorizer.ts";

export type AuthorizerParts = {
  readonly node: Authorizer;
  readonly rbac: Authorizer;
  readonly remote: Remote;
  readonly clock: Clock;
  readonly log: Log;
};

export function authorizerOf(
  plan: readonly AuthorizerPlan[],
  parts: AuthorizerParts,
): AnyAuthorizer {
  const built: Record<AuthorizerMode, Authorizer> = {
    Node: named("node", parts.node),
    RBAC: named("rbac", parts.rbac),
    AlwaysAllow: () => ({ says: "allow", reason: "" }),
    AlwaysDeny: () => ({ says: "no opinion", reason: "Everything is forbidden." }),
  };
  const all = plan.map((one): AnyAuthorizer => {
    if (one.mode !== "Webhook") return built[one.mode];
    return webhookAuthorizer({
      name: one.name,
      ...one.webhook,
      remote: parts.remote,
      monotonic: () => parts.clock.monotonic(),
      report: (message, error) => parts.log.warn(message, { error }),
    });
  });
  return firstOpinion([superusers, ...all]);
}
