// A claim that a token does not hold itself: it says where it can be had, as a token of its own (OpenID Connect Core,
// 5.6.2). Upstream asks so for the groups alone.
//
//   {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "https://…", "access_token": "…"}}}
import { Lru } from "../../lib/lru.ts";
import { isRecord } from "../config/record.ts";
import {
  askMsMax,
  type Claims,
  type Issuer,
  type IssuerOptions,
  issuerKeys,
  type Keys,
  unverifiedIssuer,
  verified,
} from "./issuer-keys.ts";

/** Issuers of such claims whose keys are remembered. */
const issuersMax = 16;

/** The claims with the one that was fetched; a text says why it cannot be had. */
export type ClaimSource = (claims: Claims, now: number) => Promise<Claims | string> | Claims;

export function claimSource(claim: string, issuer: Issuer, options: IssuerOptions): ClaimSource {
  const keysOf = new Lru<string, Keys>(issuersMax);
  const fetched = async (claims: Claims, { url, token }: Place, now: number) => {
    const jwt = await answerOf({ url, token }, issuer, options);
    if ("why" in jwt) return `while getting distributed claim ${JSON.stringify(claim)}: ${jwt.why}`;
    const named = unverifiedIssuer(jwt.text);
    if (typeof named !== "string" || !named.startsWith("https://")) {
      return `getting untrusted issuer from endpoint ${url} failed for claim ${JSON.stringify(claim)}`;
    }
    // It may be another issuer than the token's; its own certificate says who it is.
    const { discoveryUrl: _, ...common } = issuer;
    const other = named === issuer.url ? issuer : { ...common, url: named };
    const keys = keysOf.get(named) ?? issuerKeys(other, options);
    keysOf.set(named, keys);
    const found = await verified(jwt.text, other, keys, now);
    if (typeof found === "string") return `verify distributed claim token: ${found}`;
    if (!Object.hasOwn(found, claim)) {
      return `jwt returned by distributed claim endpoint ${JSON.stringify(url)} did not contain claim: ${claim}`;
    }
    return { ...claims, [claim]: found[claim] };
  };
  return (claims, now) => {
    const place = placeOf(claim, claims);
    if (place === undefined) return claims;
    return typeof place === "string" ? Promise.resolve(place) : fetched(claims, place, now);
  };
}

type Place = { readonly url: string; readonly token: string };

/** Where the claim is to be had; undefined: nowhere else. A text: the token cannot be read. */
function placeOf(claim: string, claims: Claims): Place | string | undefined {
  const names = claims["_claim_names"];
  if (Object.hasOwn(claims, claim) || names === undefined) return undefined;
  if (!isRecord(names) || Object.values(names).some((name) => typeof name !== "string")) {
    return "oidc: error parsing distributed claim names: they are no texts by name";
  }
  const sources = claims["_claim_sources"];
  if (sources === undefined) return "oidc: no claim sources";
  if (!isRecord(sources)) return "oidc: could not parse claim sources: they are no object";
  if (!Object.hasOwn(names, claim)) return undefined;
  const name = String(names[claim]);
  const source = Object.hasOwn(sources, name) ? sources[name] : undefined;
  if (source === undefined) {
    return `id token _claim_names contained a source ${name} missing in _claims_sources`;
  }
  const { endpoint = "", access_token: token = "" } = isRecord(source) ? source : {};
  if (typeof endpoint !== "string" || typeof token !== "string") {
    return `oidc: could not parse claim sources: ${name} has no texts`;
  }
  // A claim that is included some other way is not asked for.
  return endpoint === "" ? undefined : { url: endpoint, token };
}

/** Upstream takes each of these for an answer. */
const statusMax = 226;

async function answerOf(
  { url, token }: Place,
  { authorities }: Issuer,
  { remote }: IssuerOptions,
): Promise<{ text: string } | { why: string }> {
  const target = {
    url,
    ...(authorities === undefined ? {} : { authorities }),
    ...(token === "" ? {} : { token }),
  };
  try {
    const { status, body } = await remote(target, { timeoutMs: askMsMax });
    if (status < 200 || status > statusMax) {
      return { why: `error while getting distributed claim JWT: ${status}` };
    }
    return { text: new TextDecoder().decode(body).trim() };
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  }
}
