// The store that `--store` names.
import { readFileSync } from "node:fs";
import type { Log } from "../lib/log.ts";
import { systemClock, systemRandom } from "../lib/system.ts";
import { stampOffset } from "../server/codec.ts";
import { openEmbeddedStore } from "../store/embedded.ts";
import type { EtcdTls } from "../store/etcd/members.ts";
import type { EtcdOptions } from "../store/etcd/open.ts";
import { openMemoryStore } from "../store/memory.ts";
import { openNodeDisk } from "../store/node-disk.ts";
import type { Seal } from "../store/seal.ts";
import { type Store, StoreError } from "../store/store.ts";
import type { ServeOptions } from "./options.ts";
import { Refusal } from "./refusal.ts";
import { clusterKey } from "./shared-keys.ts";
import { storeAddress } from "./store-address.ts";
import { version } from "./version.ts";

export type OpenParts = {
  log: Log;
  /** Of an embedded store. */
  seal?: Seal | undefined;
  /** Of a store on etcd: made from the record of the cluster's keys. */
  sealOf?: EtcdOptions["sealOf"] | undefined;
};

/** `folder`: where an embedded store lives. Throws a `Refusal` that names the way out. */
export async function openStore(
  options: Pick<ServeOptions, "store" | "storeCert" | "storeKey" | "storeCa">,
  folder: string,
  { log, seal, sealOf }: OpenParts,
): Promise<Store> {
  const address = storeAddress(options.store);
  const fatal = (error: StoreError): void => {
    // What is stored decides at the next start; nothing that is in memory may be acknowledged any more.
    log.error("the store has failed, the process ends", { error });
    process.exit(1);
  };
  if (address.is === "memory") return openMemoryStore({ clock: systemClock, stamp: stampOffset });
  if (address.is === "etcd") return onEtcd(options, address.endpoints, { log, fatal, sealOf });
  try {
    return await openEmbeddedStore({
      disk: await openNodeDisk(folder),
      clock: systemClock,
      random: systemRandom,
      program: version,
      stamp: stampOffset,
      turnEnd: (run) => void setImmediate(run),
      fatal,
      ...(seal ? { seal } : {}),
    });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new Refusal(5, `the store in ${folder} cannot be opened: ${error.message}`, {
      cause: error,
    });
  }
}

type EtcdFiles = Pick<ServeOptions, "store" | "storeCert" | "storeKey" | "storeCa">;

async function onEtcd(
  options: EtcdFiles,
  endpoints: readonly string[],
  { log, fatal, sealOf }: OpenParts & { fatal: (error: StoreError) => void },
): Promise<Store> {
  const tls = etcdTls(options);
  const { openEtcd } = await import("../store/etcd/open.ts");
  try {
    return await openEtcd({
      endpoints,
      tls,
      marker: clusterKey,
      clock: systemClock,
      log,
      stamp: stampOffset,
      fatal,
      ...(sealOf ? { sealOf } : {}),
    });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const message = `the store ${options.store} cannot be opened: ${error.message}`;
    throw new Refusal(5, message, { cause: error });
  }
}

/** The texts of the files. Throws a `Refusal` for what cannot be read or is none. */
function etcdTls({ storeCert, storeKey, storeCa }: EtcdFiles): EtcdTls {
  if ((storeCert === undefined) !== (storeKey === undefined))
    throw new Refusal(2, "--store-cert and --store-key go together");
  const certificate = pem("--store-cert", storeCert, /CERTIFICATE/);
  const key = pem("--store-key", storeKey, /PRIVATE KEY/);
  const ca = pem("--store-ca", storeCa, /CERTIFICATE/);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key }),
  };
}

function pem(flag: string, file: string | undefined, kind: RegExp): string | undefined {
  if (file === undefined) return undefined;
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const message = `${flag} ${file} cannot be read: ${(error as Error).message}`;
    throw new Refusal(5, message, { cause: error });
  }
  const [, label = ""] = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(text) ?? [];
  if (kind.test(label)) return text;
  throw new Refusal(5, `${flag} ${file} holds no PEM of a ${kind.source.toLowerCase()}`);
}
