// Who decides, and in which order.
import type { Program } from "../../schema/cel/evaluate.ts";
import type { RemoteTarget } from "../remote.ts";

export type AuthorizerMode = "Node" | "RBAC" | "AlwaysAllow" | "AlwaysDeny";

export type WebhookPlan = {
  readonly target: RemoteTarget;
  readonly timeoutMs: number;
  readonly version: "v1" | "v1beta1";
  readonly allowedMs: number;
  readonly refusedMs: number;
  readonly onFailure: "deny" | "no opinion";
  readonly conditions: readonly Program[];
};

export type AuthorizerPlan =
  | { readonly mode: AuthorizerMode; readonly name: string }
  | { readonly mode: "Webhook"; readonly name: string; readonly webhook: WebhookPlan };

export const defaultPlan: readonly AuthorizerPlan[] = Object.freeze([
  { mode: "Node", name: "node" },
  { mode: "RBAC", name: "rbac" },
] as const);
