// The kubeconfig files in which upstream's flags name the programs that the server asks (webhooks).
import { dirname, resolve } from "node:path";
import type { RemoteTarget } from "../remote.ts";
import { isRecord } from "./record.ts";
import { ConfigError, fields, flag, list, type Problem, readBody, text } from "./shape.ts";

/** Throws when the file cannot be read. */
export type ReadFile = (path: string) => Uint8Array;

const cluster = fields({
  server: text,
  "certificate-authority": text,
  "certificate-authority-data": text,
  "insecure-skip-tls-verify": flag,
  "tls-server-name": text,
});
const user = fields({
  "client-certificate": text,
  "client-certificate-data": text,
  "client-key": text,
  "client-key-data": text,
  token: text,
  tokenFile: text,
});
const shape = fields({
  apiVersion: text,
  kind: text,
  preferences: () => undefined,
  clusters: list(fields({ name: text, cluster })),
  users: list(fields({ name: text, user })),
  contexts: list(fields({ name: text, context: fields({ cluster: text, user: text }) })),
  "current-context": text,
});

/** The target of the file's current context. Throws a ConfigError. */
export function readKubeconfig(path: string, readFile: ReadFile): RemoteTarget {
  const bytes = read(path, path, "", readFile);
  const config = readBody({ path, bytes }, shape);
  const name = config["current-context"];
  const context = config.contexts.find((c) => c.name === name) ?? config.contexts[0];
  const fail = (field: string, reason: string): never => {
    throw new ConfigError(path, [{ field, reason }]);
  };
  if (context === undefined || (name !== "" && context.name !== name))
    return fail("current-context", `there is no context ${JSON.stringify(name)}`);
  const found = config.clusters.find((c) => c.name === context.context.cluster)?.cluster;
  if (found === undefined)
    return fail("clusters", `there is no cluster ${JSON.stringify(context.context.cluster)}`);
  if (!URL.canParse(found.server))
    return fail("clusters", `${JSON.stringify(found.server)} is not a URL`);
  const who = config.users.find((u) => u.name === context.context.user)?.user;
  const value = (given: Record<string, unknown>, key: string): string | undefined => {
    const data = given[`${key}-data`];
    if (typeof data === "string" && data !== "") return Buffer.from(data, "base64").toString();
    const file = given[key];
    if (typeof file !== "string" || file === "") return undefined;
    return Buffer.from(read(resolve(dirname(path), file), path, key, readFile)).toString();
  };
  const secrets = isRecord(who) ? who : {};
  const token = tokenOf(secrets, path, readFile);
  return withoutAbsent({
    url: found.server,
    authorities: value(found, "certificate-authority"),
    insecure: found["insecure-skip-tls-verify"] || undefined,
    serverName: found["tls-server-name"] || undefined,
    certificate: value(secrets, "client-certificate"),
    key: value(secrets, "client-key"),
    token,
  });
}

function tokenOf(
  user: Record<string, unknown>,
  path: string,
  readFile: ReadFile,
): string | undefined {
  const { token, tokenFile } = user;
  if (typeof token === "string" && token !== "") return token;
  if (typeof tokenFile !== "string" || tokenFile === "") return undefined;
  const bytes = read(resolve(dirname(path), tokenFile), path, "tokenFile", readFile);
  return Buffer.from(bytes).toString().trim();
}

/** A file that another one names. Throws a ConfigError of the one that names it. */
function read(file: string, namedIn: string, field: string, readFile: ReadFile): Uint8Array {
  try {
    return readFile(file);
  } catch (error) {
    const reason = `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    const problem: Problem = { field, reason };
    throw new ConfigError(namedIn, [problem], error);
  }
}

type Loose<T> = { readonly [K in keyof T]: T[K] | undefined };

const withoutAbsent = (target: Loose<RemoteTarget>): RemoteTarget =>
  Object.fromEntries(Object.entries(target).filter(([, v]) => v !== undefined)) as RemoteTarget;
