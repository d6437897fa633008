// Asking in another's name: first by the modes that allow it for one kind of user and one action only, then by the
// plain verb `impersonate`. The names of verbs, resources and headers are upstream's.
import type { Identity } from "../../schema/api-request.ts";
import { checkDnsSubdomain } from "../../schema/names.ts";
import { badRequest, type StatusError } from "../../schema/status-error.ts";
import type { Attributes, Authorizer } from "../context.ts";
import { refusal } from "./authorize.ts";
import { accountGroups, splitAccount } from "./service-account.ts";

type Headers = Readonly<Record<string, string | undefined>>;

/** The identity to go on with. Throws StatusError(403) when `asker` may not be the one he asks for. */
export function impersonated(
  headers: Headers,
  asker: Identity,
  attributes: Attributes,
  authorize: Authorizer,
): Identity {
  const wanted = wantedFrom(headers);
  if (wanted === undefined) return asker;
  let first: StatusError | undefined;
  for (const mode of modes) {
    if (!mode.applies(wanted, asker)) continue;
    const refused = mode.refusal({ asker, wanted, attributes, authorize });
    if (refused === undefined) return completed(wanted, mode.constrained);
    first ??= refused;
  }
  throw first ?? refusal(asker, attributes, "");
}

type Wanted = {
  readonly user: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
};

const extraPrefix = "impersonate-extra-";

function wantedFrom(headers: Headers): Wanted | undefined {
  const user = headers["impersonate-user"] ?? "";
  const uid = headers["impersonate-uid"] ?? "";
  const groups = listed(headers["impersonate-group"]);
  let extra: Record<string, string[]> | undefined;
  for (const name in headers) {
    if (!name.startsWith(extraPrefix)) continue;
    extra ??= Object.create(null) as Record<string, string[]>;
    extra[extraKey(name.slice(extraPrefix.length))] = listed(headers[name]);
  }
  if (user !== "") return { user, uid, groups, extra: extra ?? {} };
  if (uid === "" && groups.length === 0 && extra === undefined) return undefined;
  throw badRequest(
    `requested ${JSON.stringify({ uid, groups, extra: extra ?? {} })} without impersonating a user name`,
  );
}

/** The values of a header that may come several times. */
export const listed = (value: string | undefined): string[] =>
  value === undefined ? [] : value.split(", ");

/** Names of headers hold few characters, so keys are percent-encoded. */
export function extraKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch (error) {
    if (error instanceof URIError) return encoded;
    throw error;
  }
}

type Question = {
  readonly asker: Identity;
  readonly wanted: Wanted;
  readonly attributes: Attributes;
  readonly authorize: Authorizer;
};

type Mode = {
  readonly constrained: boolean;
  readonly applies: (wanted: Wanted, asker: Identity) => boolean;
  /** Undefined when it is allowed. */
  readonly refusal: (question: Question) => StatusError | undefined;
};

function constrainedMode(name: string, applies: Mode["applies"]): Mode {
  return {
    constrained: true,
    applies,
    refusal(question) {
      const verb = `impersonate-on:${name}:${question.attributes.verb}`;
      const { asker, attributes, authorize } = question;
      return (
        denied(authorize, asker, { ...attributes, verb }) ??
        refusedParts(question, `impersonate:${name}`, "authentication.k8s.io")
      );
    },
  };
}

const modes: readonly Mode[] = [
  constrainedMode("associated-node", (wanted, asker) => {
    const node = nodeOf(wanted.user);
    const own = asker.extra?.["authentication.kubernetes.io/node-name"];
    const account = splitAccount(asker.user) !== undefined;
    return (
      onlyUser(wanted) && account && node !== undefined && own?.length === 1 && own[0] === node
    );
  }),
  constrainedMode("arbitrary-node", (w) => onlyUser(w) && nodeOf(w.user) !== undefined),
  constrainedMode("serviceaccount", (w) => onlyUser(w) && splitAccount(w.user) !== undefined),
  constrainedMode(
    "user-info",
    (w) => nodeOf(w.user) === undefined && splitAccount(w.user) === undefined,
  ),
  {
    constrained: false,
    applies: () => true,
    refusal: (question) => refusedParts(question, "impersonate", ""),
  },
];

const onlyUser = ({ uid, groups, extra }: Wanted): boolean =>
  uid === "" && groups.length === 0 && Object.keys(extra).length === 0;

function nodeOf(user: string): string | undefined {
  const name = user.startsWith("system:node:") ? user.slice("system:node:".length) : "";
  return checkDnsSubdomain(name).length === 0 ? name : undefined;
}

/** Asks for each part of the identity: name, UID, groups, extra values. */
function refusedParts(
  { asker, wanted, authorize }: Question,
  verb: string,
  group: string,
): StatusError | undefined {
  const constrained = group !== "";
  const ask = (
    g: string,
    plural: string,
    name: string,
    rest: Partial<Attributes> = {},
  ): Attributes => ({
    ...impersonation,
    verb,
    group: g,
    plural,
    name,
    ...rest,
  });
  const checks = [userQuestion(wanted.user, constrained, verb, group, ask)];
  if (wanted.uid !== "") checks.push(ask("authentication.k8s.io", "uids", wanted.uid));
  for (const name of wanted.groups) {
    const question = ask(group, "groups", name);
    const why = constrained ? groupNever(name) : undefined;
    if (why !== undefined) return refusal(asker, question, why);
    checks.push(question);
  }
  for (const [subresource, values] of Object.entries(wanted.extra)) {
    for (const value of values) {
      const question = ask("authentication.k8s.io", "userextras", value, { subresource });
      if (constrained && (value === "" || subresource === "")) {
        return refusal(asker, question, "impersonating the empty string in extra is not allowed");
      }
      checks.push(question);
    }
  }
  for (const check of checks) {
    const refused = denied(authorize, asker, check);
    if (refused !== undefined) return refused;
  }
  return undefined;
}

type Ask = (group: string, plural: string, name: string, rest?: Partial<Attributes>) => Attributes;

function userQuestion(
  user: string,
  constrained: boolean,
  verb: string,
  group: string,
  ask: Ask,
): Attributes {
  const account = splitAccount(user);
  if (account !== undefined) {
    return ask(group, "serviceaccounts", account.name, { namespace: account.namespace });
  }
  const node = constrained ? nodeOf(user) : undefined;
  if (node === undefined) return ask(group, "users", user);
  // One answer holds for all nodes on which the asker may run.
  return ask(group, "nodes", verb === "impersonate:associated-node" ? "*" : node);
}

function groupNever(name: string): string | undefined {
  if (name === "") return "impersonating the empty string group is not allowed";
  return name === "system:masters"
    ? "impersonating the system:masters group is not allowed"
    : undefined;
}

const impersonation: Attributes = {
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

function denied(
  authorize: Authorizer,
  asker: Identity,
  attributes: Attributes,
): StatusError | undefined {
  const { says, reason } = authorize(asker, attributes);
  return says === "allow" ? undefined : refusal(asker, attributes, reason);
}

/** Groups that follow from the name are added; those that were asked for stay as they are. */
function completed({ user, uid, groups, extra }: Wanted, constrained: boolean): Identity {
  const account = splitAccount(user);
  const all = [...groups];
  if (groups.length === 0 && account !== undefined) all.push(...accountGroups(account.namespace));
  if (constrained && nodeOf(user) !== undefined) all.push("system:nodes");
  const anonymous = user === "system:anonymous";
  const group = anonymous ? "system:unauthenticated" : "system:authenticated";
  if (!all.includes(group) && !all.includes("system:unauthenticated")) all.push(group);
  return {
    user,
    groups: all,
    ...(uid === "" ? {} : { uid }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}
