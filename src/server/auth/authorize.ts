// May they: several authorizers as one, and upstream's words for a refusal.
import type { Identity } from "../../schema/api-request.ts";
import { StatusError } from "../../schema/status-error.ts";
import type { AnyAuthorizer, Attributes, Authorizer, Decision } from "../context.ts";

/** The group that may do everything, whatever the rules say. */
export const mastersGroup = "system:masters";

export const superusers: Authorizer = ({ groups }) =>
  groups.includes(mastersGroup) ? yes : silent;

const yes: Decision = Object.freeze({ says: "allow", reason: "" });
const silent: Decision = Object.freeze({ says: "no opinion", reason: "" });

/** The same authorizer, whose reasons are told with its name when it has no opinion. */
export const named =
  (name: string, authorizer: Authorizer): Authorizer =>
  (identity, attributes) => {
    const decision = authorizer(identity, attributes);
    if (decision.says !== "no opinion" || decision.reason === "") return decision;
    return { says: "no opinion", reason: `${name}: ${decision.reason}` };
  };

/** Asks in order until one allows or denies; otherwise what all of them had to say. */
export function firstOpinion(authorizers: readonly Authorizer[]): Authorizer;
export function firstOpinion(authorizers: readonly AnyAuthorizer[]): AnyAuthorizer;
export function firstOpinion(authorizers: readonly AnyAuthorizer[]): AnyAuthorizer {
  return (identity, attributes) => askFrom(authorizers, 0, "", { identity, attributes });
}

type Question = { readonly identity: Identity; readonly attributes: Attributes };

/** Goes on without a promise for as long as nobody gives one. */
function askFrom(
  authorizers: readonly AnyAuthorizer[],
  start: number,
  reasons: string,
  question: Question,
): Decision | Promise<Decision> {
  for (let at = start; at < authorizers.length; at++) {
    const decision = authorizers[at]!(question.identity, question.attributes);
    if (decision instanceof Promise) {
      return decision.then((found) =>
        found.says === "no opinion"
          ? askFrom(authorizers, at + 1, joined(reasons, found.reason), question)
          : found,
      );
    }
    if (decision.says !== "no opinion") return decision;
    reasons = joined(reasons, decision.reason);
  }
  return reasons === "" ? silent : { says: "no opinion", reason: reasons };
}

const joined = (reasons: string, reason: string): string =>
  reason === "" ? reasons : reasons === "" ? reason : `${reasons}\n${reason}`;

/** Upstream writes it by hand, with a header that says so. */
export class Refusal extends StatusError {}

/** The answer 403 to a request that nobody allowed. */
export function refusal(identity: Identity, asked: Attributes, reason: string): StatusError {
  const why = escaped(denied(identity, asked)) + (reason === "" ? "" : `: ${reason}`);
  const resource = asked.group === "" ? asked.plural : `${asked.plural}.${asked.group}`;
  const details = {
    ...(asked.name === "" ? {} : { name: asked.name }),
    ...(asked.group === "" ? {} : { group: asked.group }),
    ...(asked.plural === "" ? {} : { kind: asked.plural }),
  };
  const subject =
    asked.plural === "" ? "forbidden" : `${resource}${quotedName(asked.name)} is forbidden`;
  return new Refusal(403, "Forbidden", `${subject}: ${why}`, details);
}

const quotedName = (name: string): string => (name === "" ? "" : ` ${JSON.stringify(name)}`);

function denied({ user }: Identity, asked: Attributes): string {
  const who = `User ${JSON.stringify(user)} cannot ${asked.verb}`;
  if (!asked.isResource) return `${who} path ${JSON.stringify(asked.path)}`;
  const resource = asked.subresource === "" ? asked.plural : `${asked.plural}/${asked.subresource}`;
  const what = `${who} resource ${JSON.stringify(resource)} in API group ${JSON.stringify(asked.group)}`;
  return asked.namespace === ""
    ? `${what} at the cluster scope`
    : `${what} in the namespace ${JSON.stringify(asked.namespace)}`;
}

/** So that a browser never takes an answer for a page. */
const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
