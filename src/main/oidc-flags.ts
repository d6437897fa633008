// One issuer of tokens by upstream's older flags, without a file.
import {
  type AuthenticationPlan,
  allAlgorithms,
  type Mapping,
} from "../server/auth/authentication-config.ts";
import type { FlagReader } from "./api-flags.ts";

/** Throws a `Refusal`. */
export function planOfOidcFlags(
  flags: FlagReader,
  readText: (path: string) => string,
): AuthenticationPlan {
  const url = flags.text("oidc-issuer-url") ?? "";
  const client = flags.text("oidc-client-id") ?? "";
  if (!URL.canParse(url) || new URL(url).protocol !== "https:")
    flags.refuse("oidc-issuer-url", "an address that begins with https://");
  if (client === "") flags.refuse("oidc-issuer-url", "--oidc-client-id is needed, too");
  const ca = flags.text("oidc-ca-file");
  const groups = flags.text("oidc-groups-claim");
  const listed = flags.list("oidc-signing-algs");
  const algorithms = listed.length === 0 ? ["RS256"] : listed;
  if (!algorithms.every((algorithm) => allAlgorithms.includes(algorithm)))
    flags.refuse("oidc-signing-algs", allAlgorithms.join(", "));
  const required: Record<string, string> = {};
  for (const pair of flags.all("oidc-required-claim")) {
    const cut = pair.indexOf("=");
    if (cut < 1) flags.refuse("oidc-required-claim", "claim=value");
    required[pair.slice(0, cut)] = pair.slice(cut + 1);
  }
  const none: Mapping = { is: "none" };
  const issuer = {
    url,
    ...(ca === undefined ? {} : { authorities: readText(ca) }),
    audiences: [client],
    algorithms,
    required,
    claimRules: [],
    userRules: [],
    username: usernameOf(flags, url),
    groups:
      groups === undefined
        ? none
        : ({
            is: "claim",
            claim: groups,
            prefix: flags.text("oidc-groups-prefix") ?? "",
          } as const),
    uid: none,
    extra: [],
  };
  return { issuers: [issuer] };
}

/** Names of another issuer than an address are told apart by it, unless a prefix is given. */
function usernameOf(flags: FlagReader, url: string): Mapping {
  const claim = flags.text("oidc-username-claim") ?? "sub";
  const given = flags.text("oidc-username-prefix");
  const prefix = given ?? (claim === "email" ? "" : `${url}#`);
  return { is: "claim", claim, prefix: prefix === "-" ? "" : prefix };
}
