import type { Identity } from "../schema/api-request.ts";
import { refusal } from "./auth/authorize.ts";
import type { Attributes } from "./context.ts";
import type { Parts } from "./scope.ts";

/** Throws StatusError(403) unless an authorizer allows it. */
export function authorized(parts: Parts, identity: Identity, attributes: Attributes): void {
  let reasons = "";
  for (const authorizer of parts.edge.authorizers) {
    const { says, reason } = authorizer(identity, attributes);
    if (says === "allow") return;
    if (reason !== "") reasons += reasons === "" ? reason : `\n${reason}`;
    if (says === "deny") throw refusal(identity, attributes, reason);
  }
  throw refusal(identity, attributes, reasons);
}
