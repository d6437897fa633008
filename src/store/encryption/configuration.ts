// Upstream's EncryptionConfiguration: which providers close the values of which resources. The first provider of a
// resource closes, all of them open.
import type { LocalName } from "./ciphers.ts";

export type LocalKey = { name: string; secret: Uint8Array };

export type ProviderConfig =
  | { is: "identity" }
  | { is: LocalName; keys: readonly LocalKey[] }
  | { is: "kms"; name: string; endpoint: string; timeoutMs: number };

export type ResourceConfig = {
  /** `secrets`, `pods.example.com`, `*.apps`, `*.`, `*.*`. */
  resources: readonly string[];
  providers: readonly ProviderConfig[];
};

/** What is wrong, as `FIELD: reason`, all of it. */
export type ConfigProblems = { problems: string[] };

type Fields = Record<string, unknown>;

const apiVersions = ["apiserver.config.k8s.io/v1", "v1"];

/** Bytes that a key may have. */
const keyBytes: Record<LocalName, readonly number[]> = {
  aesgcm: [16, 24, 32],
  aescbc: [32],
  secretbox: [32],
};

const kmsTimeoutMsDefault = 3000;

/** Reads the parsed file. Messages never hold a key. */
export function readEncryption(file: unknown): ResourceConfig[] | ConfigProblems {
  const problems: string[] = [];
  const bad = (field: string, why: string): void => void problems.push(`${field}: ${why}`);
  const root = fieldsOf(file);
  if (!root) return { problems: ["the file must hold an EncryptionConfiguration"] };
  if (root["kind"] !== "EncryptionConfiguration")
    bad("kind", `must be EncryptionConfiguration, not ${JSON.stringify(root["kind"])}`);
  if (!apiVersions.includes(`${root["apiVersion"]}`))
    bad("apiVersion", `must be ${apiVersions[0]}, not ${JSON.stringify(root["apiVersion"])}`);
  noOthers(root, ["kind", "apiVersion", "resources"], "", bad);
  const rows = listOf(root["resources"]);
  if (rows.length === 0) bad("resources", "must have at least one entry");
  const seen = new Set<string>();
  const configs = rows.map((row, i) => resourceConfig(row, `resources[${i}]`, seen, bad));
  return problems.length > 0 ? { problems } : configs;
}

type Bad = (field: string, why: string) => void;

function resourceConfig(row: unknown, at: string, seen: Set<string>, bad: Bad): ResourceConfig {
  const fields = fieldsOf(row) ?? {};
  noOthers(fields, ["resources", "providers"], `${at}.`, bad);
  const resources = listOf(fields["resources"]).map((each) => `${each}`);
  if (resources.length === 0) bad(`${at}.resources`, "must name at least one resource");
  for (const [i, resource] of resources.entries()) {
    const problem = resourceProblem(resource, seen);
    if (problem) bad(`${at}.resources[${i}]`, problem);
    seen.add(resource);
  }
  const rows = listOf(fields["providers"]);
  if (rows.length === 0) bad(`${at}.providers`, "must have at least one provider");
  const names = new Set<string>();
  const providers = rows.map((each, i) => provider(each, `${at}.providers[${i}]`, names, bad));
  return { resources, providers };
}

function resourceProblem(resource: string, seen: ReadonlySet<string>): string | undefined {
  if (seen.has(resource)) return `${resource} is named twice`;
  if (/[A-Z]/.test(resource)) return `${resource} must be in lower case`;
  if (["*.*", "*."].includes(resource)) return undefined;
  if (resource.startsWith("*") && !/^\*\.[a-z0-9.-]+$/.test(resource))
    return `${resource}: a wildcard is *.* (all), *. (the core group) or *.GROUP`;
  if (!/^(\*|[a-z0-9-]+)(\.[a-z0-9.-]+)?$/.test(resource)) return `${resource} is no resource`;
  return undefined;
}

const kinds = ["identity", "aesgcm", "aescbc", "secretbox", "kms"] as const;

function provider(row: unknown, at: string, names: Set<string>, bad: Bad): ProviderConfig {
  const fields = fieldsOf(row) ?? {};
  const given = Object.keys(fields);
  const is = kinds.find((kind) => given.includes(kind));
  if (!is || given.length !== 1) {
    bad(at, `must be exactly one of ${kinds.join(", ")}, not ${given.join(", ") || "nothing"}`);
    return { is: "identity" };
  }
  if (is === "identity") return { is };
  const inner = fieldsOf(fields[is]) ?? {};
  if (is === "kms") return kmsProvider(inner, `${at}.kms`, names, bad);
  noOthers(inner, ["keys"], `${at}.${is}.`, bad);
  const rows = listOf(inner["keys"]);
  if (rows.length === 0) bad(`${at}.${is}.keys`, "must have at least one key");
  const own = new Set<string>();
  const keys = rows.map((each, i) => localKey(each, `${at}.${is}.keys[${i}]`, is, own, bad));
  return { is, keys };
}

function localKey(row: unknown, at: string, is: LocalName, own: Set<string>, bad: Bad): LocalKey {
  const fields = fieldsOf(row) ?? {};
  noOthers(fields, ["name", "secret"], `${at}.`, bad);
  const name = `${fields["name"] ?? ""}`;
  if (name === "") bad(`${at}.name`, "is needed");
  if (name.includes(":")) bad(`${at}.name`, "must not hold a colon");
  if (own.has(name)) bad(`${at}.name`, `${name} is there twice`);
  own.add(name);
  const text = `${fields["secret"] ?? ""}`;
  const secret = Buffer.from(text, "base64");
  if (text === "") bad(`${at}.secret`, "is needed");
  else if (secret.toString("base64").replace(/=+$/, "") !== text.trim().replace(/=+$/, ""))
    bad(`${at}.secret`, "must be base64");
  else if (!keyBytes[is].includes(secret.length))
    bad(`${at}.secret`, `has ${secret.length} bytes, but ${is} takes ${keyBytes[is].join(", ")}`);
  return { name, secret };
}

function kmsProvider(fields: Fields, at: string, names: Set<string>, bad: Bad): ProviderConfig {
  noOthers(fields, ["apiVersion", "name", "endpoint", "timeout", "cachesize"], `${at}.`, bad);
  if (fields["apiVersion"] !== "v2")
    bad(`${at}.apiVersion`, `must be v2, not ${JSON.stringify(fields["apiVersion"] ?? "v1")}`);
  const name = `${fields["name"] ?? ""}`;
  if (!/^[^:]+$/.test(name)) bad(`${at}.name`, "is needed and must not hold a colon");
  if (names.has(name)) bad(`${at}.name`, `${name} is there twice`);
  names.add(name);
  const endpoint = `${fields["endpoint"] ?? ""}`;
  if (!/^unix:\/\/\/?[^/]/.test(endpoint))
    bad(`${at}.endpoint`, `must be unix:///PATH, not ${JSON.stringify(endpoint)}`);
  if (fields["cachesize"] !== undefined) bad(`${at}.cachesize`, "is not for apiVersion v2");
  const [, count = "", unit = ""] = /^(\d+)(ms|s|m)$/.exec(`${fields["timeout"] ?? "3s"}`) ?? [];
  const timeoutMs = Number(count) * ({ ms: 1, s: 1000, m: 60_000 }[unit] ?? Number.NaN);
  if (!(timeoutMs > 0)) bad(`${at}.timeout`, "must be a time such as 3s");
  return { is: "kms", name, endpoint, timeoutMs: timeoutMs || kmsTimeoutMsDefault };
}

function noOthers(fields: Fields, known: readonly string[], at: string, bad: Bad): void {
  for (const name of Object.keys(fields))
    if (!known.includes(name)) bad(`${at}${name}`, "is not known");
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const fieldsOf = (value: unknown): Fields | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : undefined;

/** True when a row of the configuration is for `plural` of `group` ("" the core group). */
export function covers(row: string, group: string, plural: string): boolean {
  if (row === "*.*") return true;
  const dot = row.indexOf(".");
  const [rowPlural, rowGroup] = dot < 0 ? [row, ""] : [row.slice(0, dot), row.slice(dot + 1)];
  return rowGroup === group && (rowPlural === "*" || rowPlural === plural);
}
