// Encryption at rest: upstream's EncryptionConfiguration from a file, or from the keys that servers on one etcd share.
import { readFileSync } from "node:fs";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { systemClock } from "../lib/system.ts";
import type { ConfigFile } from "../server/config/shape.ts";
import { type ResourceConfig, readEncryption } from "../store/encryption/configuration.ts";
import type { Kms } from "../store/encryption/kms.ts";
import { Encryption, type ResourceOf } from "../store/encryption/seal.ts";
import { type Followed, followFile } from "./followed-file.ts";
import type { Vault } from "./pki/cluster-pki.ts";
import { Refusal } from "./refusal.ts";

/** The name under which servers on one etcd share the configuration. */
export const sharedName = "encryption-config.yaml";

export type EncryptionAtRest = {
  readonly seal: Encryption;
  /** Puts the configuration where the other servers find it, now and when it changes. */
  share(vault: Vault): void;
  stop(): void;
};

type Source = {
  /** What messages call it. */
  path: string;
  readFile: (path: string) => Uint8Array;
};

/** Throws a `Refusal` that names file, field and reason; later changes that cannot be used are told in the log. */
export async function openEncryption(
  source: Source,
  log: Log,
  clock: Clock = systemClock,
): Promise<EncryptionAtRest> {
  // It reads YAML, whose library no start without such a file should wait for.
  const { readValue } = await import("../server/config/shape.ts");
  const seal = new Encryption(resourceOfKey);
  const plugins = new Map<string, Kms>();
  let vaults: readonly Vault[] = [];
  const share = (): void => {
    const text = Buffer.from(source.readFile(source.path)).toString();
    for (const vault of vaults) if (vault.read(sharedName) !== text) vault.write(sharedName, text);
  };
  const take = async (configs: readonly ResourceConfig[]): Promise<void> => {
    await connectPlugins(configs, plugins, log);
    seal.use(configs, (name) => plugins.get(name)!);
  };
  const followed = followOrRefuse(source, { log, clock }, readValue);
  try {
    await take(followed.value);
  } catch (error) {
    followed.stop();
    throw new Refusal(5, `${source.path}: ${(error as Error).message}`, { cause: error });
  }
  followed.onChange((configs) => {
    take(configs).then(share, (error) =>
      log.error("a configuration file cannot be used; the old one stays", {
        path: source.path,
        error,
      }),
    );
  });
  return {
    seal,
    share(vault) {
      vaults = [vault];
      share();
    },
    stop() {
      followed.stop();
      for (const plugin of plugins.values()) plugin.stop();
    },
  };
}

export const encryptionFile = (path: string): Source => ({
  path,
  readFile: (file) => readFileSync(file),
});

type ReadValue = (file: ConfigFile) => unknown;

function followOrRefuse(
  source: Source,
  world: { log: Log; clock: Clock },
  readValue: ReadValue,
): Followed<ResourceConfig[]> {
  try {
    return followFile(source.path, (file) => configOf(file, readValue(file)), {
      ...source,
      ...world,
    });
  } catch (error) {
    const { message } = error as Error;
    const told = message.includes(source.path) ? message : `${source.path}: ${message}`;
    throw new Refusal(5, `--encryption-provider-config ${told}`, { cause: error });
  }
}

function configOf(file: ConfigFile, value: unknown): ResourceConfig[] {
  const config = readEncryption(value);
  if (!("problems" in config)) return config;
  throw new Error(`${file.path}: ${config.problems.join("; ")}`);
}

/** A plug-in that stays is asked on, with the key that it has made; those that are new are asked for one. */
async function connectPlugins(
  configs: readonly ResourceConfig[],
  plugins: Map<string, Kms>,
  log: Log,
): Promise<void> {
  for (const provider of configs.flatMap(({ providers }) => providers)) {
    if (provider.is !== "kms" || plugins.has(provider.name)) continue;
    const { openKms } = await import("../store/encryption/kms.ts");
    plugins.set(provider.name, await openKms({ ...provider, clock: systemClock, log }));
  }
}

/** `/registry/GROUP/PLURAL/…`, see `server/keys.ts`. */
const resourceOfKey: ResourceOf = (key) => {
  const [, root, group = "", plural = ""] = key.split("/", 4);
  return root === "registry" ? { group: group === "core" ? "" : group, plural } : undefined;
};
