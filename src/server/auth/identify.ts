// Who asks: front proxy, client certificate, bearer token, or nobody in particular; then whom he asks for.
import type { ApiRequest, Identity, Peer } from "../../schema/api-request.ts";
import { StatusError } from "../../schema/status-error.ts";
import type { AnyAuthorizer, Attributes, Edge, Notes } from "../context.ts";
import type { CertificateCheck } from "./certificate.ts";
import { frontProxied } from "./front-proxy.ts";
import { impersonation } from "./impersonate.ts";
import { bearerToken, type TokenCheck, type TokenOwner } from "./tokens.ts";

export type IdentifyOptions = {
  readonly certificates: CertificateCheck;
  /** Checks certificates of proxies that may say for whom they ask; absent: nobody may. */
  readonly frontProxies?: CertificateCheck;
  readonly tokens: readonly TokenCheck[];
  /** Names under which the API itself is meant by a token. */
  readonly audiences: readonly string[];
  /** Says who may ask in another's name. */
  readonly authorize: AnyAuthorizer;
  /** Whether a path may be asked for without credentials. */
  readonly anonymous: (path: string) => boolean;
  /** Wall clock, ms. */
  readonly now: () => number;
};

export function identifier(options: IdentifyOptions): Edge["identify"] {
  const known = new WeakMap<Peer, Identity>();
  const impersonate = impersonation(options.authorize);
  const asked = (request: ApiRequest, attributes: Attributes, who: Identity) =>
    impersonate(request.headers, who, attributes);
  return (request, attributes, notes) => {
    const proxied = frontProxied(request, options);
    if (proxied !== undefined) return asked(request, attributes, authenticated(proxied));
    const certified = certifiedIdentity(request, options, known);
    if (certified.is === "known") return asked(request, attributes, certified.identity);
    const token = bearerToken(request.headers["authorization"]);
    if (token !== undefined) {
      return tokenIdentity(token, options, notes).then((who) => asked(request, attributes, who));
    }
    if (certified.is === "refused" || !options.anonymous(attributes.path)) throw unauthorized();
    return asked(request, attributes, anonymous);
  };
}

type Certified = { is: "known"; identity: Identity } | { is: "absent" } | { is: "refused" };

/** A connection proves the same to each of its requests, as long as the certificate lasts. */
function certifiedIdentity(
  { peer }: ApiRequest,
  { certificates, now }: IdentifyOptions,
  known: WeakMap<Peer, Identity>,
): Certified {
  if (peer.certificate === undefined) return { is: "absent" };
  const found = certificates(peer.certificate, now());
  if (!found.valid) return { is: "refused" };
  let identity = known.get(peer);
  if (identity === undefined) {
    identity = authenticated(found.identity);
    known.set(peer, identity);
  }
  return { is: "known", identity };
}

/** Throws StatusError(401) when no kind of token knows it, or it was made for somebody else. */
async function tokenIdentity(
  token: string,
  options: IdentifyOptions,
  notes: Notes,
): Promise<Identity> {
  const owner = await tokenOwner(token, options.tokens, options.now(), notes);
  if (typeof owner === "string" || !isFor(owner, options.audiences)) throw unauthorized();
  return owner.identity;
}

/** The first kind of token that knows it; else the reasons why none does. */
export async function tokenOwner(
  token: string,
  checks: readonly TokenCheck[],
  now: number,
  notes?: Notes,
): Promise<TokenOwner | string> {
  const reasons: string[] = [];
  for (const check of checks) {
    const found = await check(token, now, notes);
    if (typeof found === "string") reasons.push(found);
    else if (found !== undefined) return { ...found, identity: authenticated(found.identity) };
  }
  return reasons.length === 0
    ? "invalid bearer token"
    : `[invalid bearer token, ${reasons.join(", ")}]`;
}

const isFor = ({ audiences }: TokenOwner, wanted: readonly string[]): boolean =>
  audiences === undefined || audiences.some((a) => wanted.includes(a));

/** Everybody who is known is in `system:authenticated`. */
const withGroup = new WeakMap<Identity, Identity>();

/** Gives the same object for the same one, so that what is remembered by identity is found again. */
export function authenticated(identity: Identity): Identity {
  if (identity.groups.includes("system:authenticated")) return identity;
  const found = withGroup.get(identity);
  if (found !== undefined) return found;
  const made = { ...identity, groups: [...identity.groups, "system:authenticated"] };
  withGroup.set(identity, made);
  return made;
}

const anonymous: Identity = Object.freeze({
  user: "system:anonymous",
  groups: Object.freeze(["system:unauthenticated"]),
});

export const unauthorized = (): StatusError => new StatusError(401, "Unauthorized", "Unauthorized");
