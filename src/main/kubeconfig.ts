// Kubeconfig files: the cluster's own, and the context merged into the user's.
import { existsSync, mkdirSync, readFileSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { writePrivate } from "./data-dir.ts";
import type { Issued } from "./pki/keys.ts";
import { Refusal } from "./refusal.ts";

type Named = { name: string };
export type Kubeconfig = {
  apiVersion: "v1";
  kind: "Config";
  clusters: (Named & { cluster: Record<string, unknown> })[];
  users: (Named & { user: Record<string, unknown> })[];
  contexts: (Named & { context: Record<string, unknown> })[];
  "current-context": string;
};

export type Access = {
  name: string;
  server: string;
  authority: string;
  client: Issued;
  /** A person beside the cluster's administrator. */
  user?: string;
};

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/**
 * The config of one cluster; context, cluster and user are called `coxswain-<name>`. A person's user and context have
 * names of their own, so that kubectl can merge the file with the administrator's.
 */
export function makeKubeconfig({ name, server, authority, client, user }: Access): Kubeconfig {
  const id = `coxswain-${name}`;
  const who = user === undefined ? id : `${user}@${id}`;
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: id, cluster: { server, "certificate-authority-data": base64(authority) } }],
    users: [
      {
        name: who,
        user: {
          "client-certificate-data": base64(client.certificate),
          "client-key-data": base64(client.key),
        },
      },
    ],
    contexts: [{ name: who, context: { cluster: id, user: who } }],
    "current-context": who,
  };
}

/** JSON is YAML, so the cluster's own file needs no YAML writer at start. */
export const kubeconfigText = (config: Kubeconfig): string =>
  `${JSON.stringify(config, null, 2)}\n`;

/** The file that kubectl writes to: the first of `$KUBECONFIG`, else `~/.kube/config`. */
export function userKubeconfig(environment: NodeJS.ProcessEnv): string {
  const [first] = (environment["KUBECONFIG"] ?? "").split(delimiter).filter((f) => f !== "");
  return first ?? join(environment["HOME"] ?? homedir(), ".kube", "config");
}

/** Puts `config`'s entries into `file`, keeps all others, and makes its context the current one. */
export async function mergeKubeconfig(file: string, config: Kubeconfig): Promise<void> {
  await writeConfig(file, mergedKubeconfig(await readConfig(file), config));
}

export const mergedKubeconfig = (found: Kubeconfig, config: Kubeconfig): Kubeconfig => ({
  ...found,
  clusters: replaced(found.clusters, config.clusters),
  users: replaced(found.users, config.users),
  contexts: replaced(found.contexts, config.contexts.map(withNamespaceOf(found.contexts))),
  "current-context": config["current-context"],
});

/** The namespace that the person has chosen for a context stays. */
const withNamespaceOf =
  (old: Kubeconfig["contexts"] | undefined) =>
  (fresh: Kubeconfig["contexts"][number]): Kubeconfig["contexts"][number] => {
    const namespace = old?.find(({ name }) => name === fresh.name)?.context["namespace"];
    return namespace === undefined ? fresh : { ...fresh, context: { ...fresh.context, namespace } };
  };

/** Takes the entries of one cluster out again. */
export async function unmergeKubeconfig(file: string, name: string): Promise<void> {
  if (!existsSync(file)) return;
  const id = `coxswain-${name}`;
  const found = await readConfig(file);
  const without = <T extends Named>(list: T[] | undefined) =>
    (list ?? []).filter((e) => e.name !== id);
  await writeConfig(file, {
    ...found,
    clusters: without(found.clusters),
    users: without(found.users),
    contexts: without(found.contexts),
    "current-context": found["current-context"] === id ? "" : found["current-context"],
  });
}

const replaced = <T extends Named>(old: T[] | undefined, fresh: T[]): T[] => [
  ...(old ?? []).filter((e) => !fresh.some((f) => f.name === e.name)),
  ...fresh,
];

async function readConfig(file: string): Promise<Kubeconfig> {
  const empty: Kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [],
    users: [],
    contexts: [],
    "current-context": "",
  };
  if (!existsSync(file)) return empty;
  const { parse } = await import("yaml");
  let found: unknown;
  try {
    found = parse(readFileSync(file, "utf8"));
  } catch (error) {
    const [why = ""] = (error as Error).message.split(":\n");
    throw unusable(file, `cannot be read: ${why}`, error);
  }
  if (found === null) return empty;
  if (typeof found === "object") return { ...empty, ...found };
  throw unusable(file, "is no kubeconfig");
}

const unusable = (file: string, why: string, cause?: unknown): Refusal =>
  new Refusal(
    5,
    `kubeconfig ${file} ${why}; mend it, name another with KUBECONFIG, or use --no-kubeconfig`,
    { cause },
  );

async function writeConfig(file: string, config: Kubeconfig): Promise<void> {
  const { stringify } = await import("yaml");
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // A link stays one.
    writePrivate(existsSync(file) ? realpathSync(file) : file, stringify(config));
  } catch (error) {
    throw unusable(file, `cannot be written: ${(error as Error).message}`, error);
  }
}
