// Where the server is and as whom to speak: from the files that every pod is given, or from a kubeconfig.
import { existsSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import type { Target } from "../main/https-api.ts";

export type Connection = {
  readonly target: Target;
  /** The bearer token of now, where there is one. */
  readonly token: (() => string) | undefined;
  /** That of the pod, or of the context. */
  readonly namespace: string;
  readonly inCluster: boolean;
};

/** Where a pod finds its service account. */
const accountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

type Chosen = {
  kubeconfig?: string;
  context?: string;
  environment?: Readonly<Record<string, string | undefined>>;
  /** Instead of `accountFolder`. */
  account?: string;
};

/** Throws when there is neither a service account nor a readable kubeconfig, and says which were looked for. */
export async function findConnection(chosen: Chosen = {}): Promise<Connection> {
  const { environment = process.env, account = accountFolder } = chosen;
  const host = environment["KUBERNETES_SERVICE_HOST"];
  if (chosen.kubeconfig === undefined && host && existsSync(join(account, "token")))
    return inCluster(host, environment["KUBERNETES_SERVICE_PORT"] ?? "443", account);
  const [first] = (environment["KUBECONFIG"] ?? "").split(delimiter).filter((f) => f !== "");
  const file = chosen.kubeconfig ?? first ?? join(homedir(), ".kube", "config");
  if (!existsSync(file))
    throw new Error(`no API server: not in a pod (no ${account}/token), and no kubeconfig ${file}`);
  return fromKubeconfig(file, chosen.context);
}

function inCluster(host: string, port: string, account: string): Connection {
  const address = host.includes(":") ? `[${host}]` : host;
  const text = (name: string): string => readFileSync(join(account, name), "utf8");
  const namespaceFile = join(account, "namespace");
  return {
    target: { server: `https://${address}:${port}`, authority: text("ca.crt") },
    token: freshFile(join(account, "token")),
    namespace: existsSync(namespaceFile) ? text("namespace").trim() : "default",
    inCluster: true,
  };
}

/** The file's text; read again when it has changed. */
function freshFile(file: string): () => string {
  let readMs = Number.NaN;
  let text = "";
  return () => {
    const { mtimeMs } = statSync(file);
    if (mtimeMs !== readMs) text = readFileSync(file, "utf8").trim();
    readMs = mtimeMs;
    return text;
  };
}

type Entry = Readonly<Record<string, unknown>>;
type Config = {
  clusters?: readonly { name: string; cluster?: Entry }[];
  users?: readonly { name: string; user?: Entry }[];
  contexts?: readonly { name: string; context?: Entry }[];
  "current-context"?: string;
};

async function fromKubeconfig(file: string, wanted: string | undefined): Promise<Connection> {
  const { parse } = await import("yaml");
  const config = (parse(readFileSync(file, "utf8")) ?? {}) as Config;
  const name = wanted ?? config["current-context"] ?? "";
  const found = config.contexts?.find((one) => one.name === name)?.context;
  if (found === undefined) throw new Error(`${file} has no context "${name}"`);
  const cluster = config.clusters?.find((one) => one.name === found["cluster"])?.cluster;
  if (cluster === undefined)
    throw new Error(`${file} has no cluster "${String(found["cluster"])}"`);
  const user = config.users?.find((one) => one.name === found["user"])?.user ?? {};
  for (const way of ["exec", "auth-provider"]) {
    if (user[way] !== undefined)
      throw new Error(
        `${file}: users of the kind "${way}" are not supported; use a token or a certificate`,
      );
  }
  const part = (entry: Entry, field: string): string | undefined => {
    const data = entry[`${field}-data`];
    if (typeof data === "string" && data !== "") return Buffer.from(data, "base64").toString();
    const path = entry[field];
    return typeof path === "string" && path !== ""
      ? readFileSync(resolve(dirname(file), path), "utf8")
      : undefined;
  };
  const certificate = part(user, "client-certificate");
  const key = part(user, "client-key");
  const serverName = cluster["tls-server-name"];
  const { token, tokenFile } = user;
  return {
    target: {
      server: String(cluster["server"] ?? ""),
      authority: part(cluster, "certificate-authority") ?? "",
      ...(certificate && key ? { certificate, key } : {}),
      ...(typeof serverName === "string" && { serverName }),
    },
    token:
      typeof tokenFile === "string"
        ? freshFile(resolve(dirname(file), tokenFile))
        : typeof token === "string"
          ? () => token
          : undefined,
    namespace: String(found["namespace"] ?? "default"),
    inCluster: false,
  };
}
