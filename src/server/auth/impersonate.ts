// Asking in another's name: first by the modes that allow it for one kind of user and one action only, then by the
// plain verb `impersonate`. The names of verbs, resources and headers are upstream's.
import { Lru } from "../../lib/lru.ts";
import type { Identity } from "../../schema/api-request.ts";
import { quoted } from "../../schema/quoted.ts";
import { badRequest, type StatusError } from "../../schema/status-error.ts";
import type { AnyAuthorizer, Attributes } from "../context.ts";
import { refusal } from "./authorize.ts";
import { denied, nodeOf, type Question, refusedPart, type Wanted } from "./impersonate-parts.ts";
import { accountGroups, splitAccount } from "./service-account.ts";

type Headers = Readonly<Record<string, string | undefined>>;

/** Gives the identity to go on with, at once when it is the asker himself. Throws StatusError(403) when `asker` may not be the one he asks for. */
export type Impersonate = (
  headers: Headers,
  asker: Identity,
  attributes: Attributes,
) => Identity | Promise<Identity>;

export function impersonation(authorize: AnyAuthorizer): Impersonate {
  // Who asks like this goes on doing so: what was allowed last is tried first.
  const lastMode = new Lru<string, Mode>(askersMax);
  const become = async (
    wanted: Wanted,
    asker: Identity,
    attributes: Attributes,
  ): Promise<Identity> => {
    const last = lastMode.get(asker.user);
    const order = last === undefined ? modes : [last, ...modes.filter((mode) => mode !== last)];
    let first: StatusError | undefined;
    for (const mode of order) {
      if (!mode.applies(wanted, asker)) continue;
      const refused = await mode.refusal({ asker, wanted, attributes, authorize });
      if (refused === undefined) {
        if (mode !== last) lastMode.set(asker.user, mode);
        const identity = completed(wanted, mode.constrained);
        askers.set(identity, { asker, constraint: mode.constraint });
        return identity;
      }
      first ??= refused;
    }
    const refused = first ?? refusal(asker, attributes, "");
    refusals.set(refused, asker);
    throw refused;
  };
  return (headers, asker, attributes) => {
    const wanted = wantedFrom(headers);
    return wanted === undefined ? asker : become(wanted, asker, attributes);
  };
}

const askersMax = 10_000;

/** Who asks in another's name, and the verb that lets him; "" for the plain one. */
export type Impersonator = { readonly asker: Identity; readonly constraint: string };

const askers = new WeakMap<Identity, Impersonator>();
const refusals = new WeakMap<object, Identity>();

/** Who asks in the name of `identity`; undefined when it asks for itself. */
export const impersonatorOf = (identity: Identity): Impersonator | undefined =>
  askers.get(identity);

/** Who wanted to ask in another's name and was refused so; undefined for other errors. */
export const refusedAsker = (error: unknown): Identity | undefined =>
  typeof error === "object" && error !== null ? refusals.get(error) : undefined;

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
  const shown = `Name:"", UID:${quoted(uid)}, Groups:${goList(groups)}, Extra:${goLists(extra)}`;
  throw badRequest(`requested &user.DefaultInfo{${shown}} without impersonating a user name`);
}

/** As Go prints a list in its own syntax. */
const goList = (values: readonly string[]): string =>
  values.length === 0 ? "[]string(nil)" : `[]string{${values.map(quoted).join(", ")}}`;

function goLists(lists: Readonly<Record<string, readonly string[]>> | undefined): string {
  if (lists === undefined) return "map[string][]string(nil)";
  const entries = Object.keys(lists)
    .sort()
    .map((key) => `${quoted(key)}:${goList(lists[key]!)}`);
  return `map[string][]string{${entries.join(", ")}}`;
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

type Mode = {
  readonly constrained: boolean;
  /** The verb that is asked for the wanted identity; "" for the plain one. */
  readonly constraint: string;
  readonly applies: (wanted: Wanted, asker: Identity) => boolean;
  /** Undefined when it is allowed. */
  readonly refusal: (question: Question) => Promise<StatusError | undefined>;
};

function constrainedMode(name: string, applies: Mode["applies"]): Mode {
  return {
    constrained: true,
    constraint: `impersonate:${name}`,
    applies,
    async refusal(question) {
      const verb = `impersonate-on:${name}:${question.attributes.verb}`;
      const { asker, attributes, authorize } = question;
      return (
        (await denied(authorize, asker, { ...attributes, verb })) ??
        (await refusedPart(question, `impersonate:${name}`))
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
    constraint: "",
    applies: () => true,
    refusal: (question) => refusedPart(question, "impersonate"),
  },
];

const onlyUser = ({ uid, groups, extra }: Wanted): boolean =>
  uid === "" && groups.length === 0 && Object.keys(extra).length === 0;

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
