// URLs as Go's `url.ParseRequestURI` takes them: absolute, or a path from the root.

export type Url = {
  readonly scheme: string;
  /** With port, without user. */
  readonly host: string;
  /** Escaped. */
  readonly path: string;
  readonly query: string;
};

/** A text says why it is none. */
export function parseUrl(text: string): Url | string {
  const fail = (why: string): string => `parse ${JSON.stringify(text)}: ${why}`;
  if (/[\x00-\x1f\x7f]/.test(text)) return fail("net/url: invalid control character in URL");
  if (text === "") return fail("empty url");
  const found = /^([a-zA-Z][a-zA-Z0-9+.-]*):(.*)$/.exec(text);
  if (text.startsWith(":")) return fail("missing protocol scheme");
  if (found === null && !text.startsWith("/")) return fail("invalid URI for request");
  const scheme = found?.[1]?.toLowerCase() ?? "";
  const rest = found?.[2] ?? text;
  if (found !== null && !rest.startsWith("/")) return fail("invalid URI for request");
  const [beforeQuery = "", ...queries] = (rest.split("#")[0] ?? "").split("?");
  const query = queries.join("?");
  const hasAuthority =
    beforeQuery.startsWith("//") && (scheme !== "" || !beforeQuery.startsWith("///"));
  if (!hasAuthority) return checked({ scheme, host: "", path: beforeQuery, query }, fail);
  const slash = beforeQuery.indexOf("/", 2);
  const authority = slash < 0 ? beforeQuery.slice(2) : beforeQuery.slice(2, slash);
  const path = slash < 0 ? "" : beforeQuery.slice(slash);
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  const why = hostProblem(host);
  if (why !== undefined) return fail(why);
  return checked({ scheme, host, path, query }, fail);
}

function hostProblem(host: string): string | undefined {
  if (host.startsWith("[")) {
    const end = host.lastIndexOf("]");
    if (end < 0) return "missing ']' in host";
    const port = host.slice(end + 1);
    return /^(?::\d*)?$/.test(port) ? undefined : `invalid port ${JSON.stringify(port)} after host`;
  }
  const colon = host.indexOf(":");
  if (colon >= 0 && !/^:\d*$/.test(host.slice(colon)))
    return `invalid port ${JSON.stringify(host.slice(colon))} after host`;
  const bad = /[ "<>^`{|}\\]/.exec(host);
  return bad ? `invalid character ${JSON.stringify(bad[0])} in host name` : undefined;
}

function checked(url: Url, fail: (why: string) => string): Url | string {
  const bad = /%(?![0-9a-fA-F]{2})(.{0,2})/.exec(url.path);
  if (bad) return fail(`invalid URL escape ${JSON.stringify(bad[0])}`);
  return { ...url, path: url.path.replace(/[ "<>^`{|}\\]/g, encodeURIComponent) };
}
