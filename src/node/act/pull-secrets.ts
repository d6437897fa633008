// Credentials for registries out of a pod's pull secrets. Pure; the rules are upstream's (pkg/credentialprovider).
import type { Secret } from "../../schema/types/core-v1.ts";
import type { ImageReference } from "../pod/image-reference.ts";
import type { Auth } from "../runtime.ts";

type Entry = { username?: string; password?: string; auth?: string; identitytoken?: string };

/** Those that fit the image, the most specific first. Secrets that cannot be read are passed over. */
export function authsFor(image: ImageReference, secrets: readonly Secret[]): Auth[] {
  const found: { key: string; auth: Auth }[] = [];
  for (const secret of secrets) {
    for (const [key, entry] of Object.entries(entriesOf(secret))) {
      if (matches(key, image)) found.push({ key, auth: authOf(entry) });
    }
  }
  return found.sort((a, b) => b.key.length - a.key.length).map((f) => f.auth);
}

function entriesOf({ type, data }: Secret): Record<string, Entry> {
  const config = type === "kubernetes.io/dockerconfigjson";
  const text = data?.[config ? ".dockerconfigjson" : ".dockercfg"];
  if (text === undefined) return {};
  try {
    const parsed = JSON.parse(Buffer.from(text, "base64").toString("utf8")) as Record<
      string,
      unknown
    >;
    return ((config ? parsed["auths"] : parsed) ?? {}) as Record<string, Entry>;
  } catch {
    // The API checks secrets of these types; what it let pass and we cannot read gives no credentials.
    return {};
  }
}

/** `host`, `host:port`, `*.host`, with a path before which the image's must begin; a scheme is ignored. */
function matches(key: string, { registry, path }: ImageReference): boolean {
  const bare = key
    .replace(/^https?:\/\//, "")
    .replace(/\/v[12]\/?$/, "")
    .replace(/\/$/, "");
  const slash = bare.indexOf("/");
  const host = slash < 0 ? bare : bare.slice(0, slash);
  const prefix = slash < 0 ? "" : bare.slice(slash + 1);
  const wanted = registry === "docker.io" ? ["docker.io", "index.docker.io"] : [registry];
  return wanted.some((name) => hostMatches(host, name)) && path.startsWith(prefix);
}

function hostMatches(pattern: string, host: string): boolean {
  const a = pattern.split(".");
  const b = host.split(".");
  return a.length === b.length && a.every((part, i) => part === "*" || part === b[i]);
}

/**
 * Without the server's address, as upstream: the runtime reads one as a URL, and refuses `10.0.0.1:5000`, which
 * has no scheme.
 */
function authOf(entry: Entry): Auth {
  const pair = entry.auth ? Buffer.from(entry.auth, "base64").toString("utf8") : "";
  const colon = pair.indexOf(":");
  return {
    username: entry.username ?? (colon < 0 ? "" : pair.slice(0, colon)),
    password: entry.password ?? (colon < 0 ? "" : pair.slice(colon + 1)),
    ...(entry.identitytoken ? { identityToken: entry.identitytoken } : {}),
  };
}
