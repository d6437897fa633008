// For whom one may ask: each part of the wanted identity is a question of its own.
import type { Identity } from "../../schema/api-request.ts";
import { checkDnsSubdomain, patternProblem } from "../../schema/names.ts";
import { quoted } from "../../schema/quoted.ts";
import type { StatusError } from "../../schema/status-error.ts";
import type { AnyAuthorizer, Attributes } from "../context.ts";
import { mastersGroup, refusal } from "./authorize.ts";
import { splitAccount } from "./service-account.ts";

export type Wanted = {
  readonly user: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
};

export type Question = {
  readonly asker: Identity;
  readonly wanted: Wanted;
  readonly attributes: Attributes;
  readonly authorize: AnyAuthorizer;
};

/** Undefined when `asker` may. */
export async function denied(
  authorize: AnyAuthorizer,
  asker: Identity,
  attributes: Attributes,
): Promise<StatusError | undefined> {
  const { says, reason } = await authorize(asker, attributes);
  return says === "allow" ? undefined : refusal(asker, attributes, reason);
}

export function nodeOf(user: string): string | undefined {
  const name = user.startsWith("system:node:") ? user.slice("system:node:".length) : "";
  return checkDnsSubdomain(name).length === 0 ? name : undefined;
}

/** One thing to ask for. */
type Part = {
  readonly asked: Attributes;
  /** Nobody may, whatever his rights are. */
  readonly never?: string;
  /** Leave for this spares asking for the `count` parts that follow. */
  readonly spares?: number;
};

/** The plain verb asks with less care than those of the modes, as it always did. */
export async function refusedPart(
  { asker, wanted, authorize }: Question,
  verb: string,
): Promise<StatusError | undefined> {
  let spared = 0;
  for (const { asked, never, spares } of partsOf(wanted, verb)) {
    if (spared-- > 0) continue;
    if (never !== undefined) return refusal(asker, asked, never);
    const refused = await denied(authorize, asker, asked);
    if (spares === undefined) {
      if (refused !== undefined) return refused;
    } else if (refused === undefined) spared = spares;
  }
  return undefined;
}

function* partsOf({ user, uid, groups, extra }: Wanted, verb: string): Iterable<Part> {
  const constrained = verb !== "impersonate";
  const home = constrained ? authentication : "";
  const ask = (group: string, plural: string, name: string, rest?: Partial<Attributes>) => ({
    ...anyPart,
    verb,
    group,
    plural,
    name,
    ...rest,
  });
  yield { asked: userAsked(user, constrained, verb, (...rest) => ask(home, ...rest)) };
  if (uid !== "") yield { asked: ask(authentication, "uids", uid) };
  const never = constrained ? forbiddenGroup(groups) : undefined;
  if (never !== undefined) yield { asked: ask(home, "groups", never.name), never: never.why };
  if (constrained && groups.length >= many) {
    yield { asked: ask(home, "groups", "*"), spares: groups.length };
  }
  for (const name of groups) yield { asked: ask(home, "groups", name) };
  const why = constrained ? extraProblem(extra) : undefined;
  if (why !== undefined) yield { asked: ask(authentication, "userextras", ""), never: why };
  const values = Object.entries(extra).flatMap(([subresource, all]) =>
    all.map((value) => ask(authentication, "userextras", value, { subresource })),
  );
  const large = values.length >= many || Object.keys(extra).length >= many;
  if (constrained && large) {
    const asked = ask(authentication, "userextras", "*", { subresource: "*" });
    yield { asked, spares: values.length };
  }
  for (const asked of values) yield { asked };
}

const authentication = "authentication.k8s.io";

/** From so many on, it is worth asking first whether all are allowed. */
const many = 4;

const anyPart: Attributes = {
  verb: "impersonate",
  isResource: true,
  path: "",
  group: "",
  version: "v1",
  plural: "",
  subresource: "",
  namespace: "",
  name: "",
};

type Ask = (plural: string, name: string, rest?: Partial<Attributes>) => Attributes;

function userAsked(user: string, constrained: boolean, verb: string, ask: Ask): Attributes {
  const account = splitAccount(user);
  if (account !== undefined) {
    return ask("serviceaccounts", account.name, { namespace: account.namespace });
  }
  const node = constrained ? nodeOf(user) : undefined;
  if (node === undefined) return ask("users", user);
  // One answer holds for all nodes on which the asker may run.
  return ask("nodes", verb === "impersonate:associated-node" ? "*" : node);
}

function forbiddenGroup(groups: readonly string[]): { name: string; why: string } | undefined {
  if (groups.includes("")) {
    return { name: "", why: "impersonating the empty string group is not allowed" };
  }
  return groups.includes(mastersGroup)
    ? { name: mastersGroup, why: `impersonating the ${mastersGroup} group is not allowed` }
    : undefined;
}

function extraProblem(extra: Wanted["extra"]): string | undefined {
  for (const [key, values] of Object.entries(extra)) {
    if (key === "") return "impersonating the empty string key in extra is not allowed";
    const problem = prefixedPathProblem(key);
    if (problem !== undefined) {
      return `impersonating an invalid key in extra is not allowed: ${problem}`;
    }
    if (key !== key.toLowerCase()) {
      return `impersonating a non-lowercase key in extra is not allowed: ${quoted(key)}`;
    }
    if (values.length === 0) return "impersonating empty values in extra is not allowed";
    if (values.includes("")) {
      return "impersonating the empty string value in extra is not allowed";
    }
  }
  return undefined;
}

const pathPattern = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const pathRegExp = /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;

/** Of `acme.io/foo`. */
function prefixedPathProblem(key: string): string | undefined {
  const slash = key.indexOf("/");
  const told = (value: string, detail: string): string =>
    `extra.key: Invalid value: ${quoted(value)}: ${detail}`;
  if (slash <= 0 || slash === key.length - 1) {
    return told(key, 'must be a domain-prefixed path (such as "acme.io/foo")');
  }
  const host = key.slice(0, slash);
  const path = key.slice(slash + 1);
  const problems = checkDnsSubdomain(host).map((detail) => told(host, detail));
  if (!pathRegExp.test(path))
    problems.push(told(path, patternProblem("Invalid path", pathPattern)));
  if (problems.length < 2) return problems[0];
  return `[${problems.join(", ")}]`;
}
