// The store of a server with what encrypts it: a file of its own, or what the servers of one etcd share.
import type { Log } from "../lib/log.ts";
import type { Seal } from "../store/seal.ts";
import type { Store } from "../store/store.ts";
import { type EncryptionAtRest, encryptionFile, openEncryption, sharedName } from "./encryption.ts";
import { openStore } from "./open-store.ts";
import type { ServeOptions } from "./options.ts";
import { clusterKey, openRecord, type Secret } from "./shared-keys.ts";

export type SealedStore = {
  store: Store;
  /** Set when this server was given a file: what the others are to know. */
  encryption: EncryptionAtRest | undefined;
  stopEncryption(): void;
};

type Place = { folder: string; secret: Secret | undefined; log: Log };

/** Throws a `Refusal`; then nothing was changed and nothing is left open. */
export async function openSealedStore(
  options: ServeOptions,
  { folder, secret, log }: Place,
): Promise<SealedStore> {
  const { encryptionConfig } = options;
  const own =
    encryptionConfig === undefined
      ? undefined
      : await openEncryption(encryptionFile(encryptionConfig), log);
  let used = own;
  let store: Store | undefined;
  const sealOf = async (marked: Uint8Array | undefined): Promise<Seal | undefined> => {
    if (used || !marked || !secret || sharedText(marked, secret) === undefined) return used?.seal;
    const readFile = (): Uint8Array =>
      Buffer.from(sharedText(store?.get(clusterKey)?.value ?? marked, secret) ?? "");
    used = await openEncryption({ path: `${clusterKey} of the store`, readFile }, log);
    return used.seal;
  };
  try {
    store = await openStore(options, folder, { log, seal: own?.seal, sealOf });
    // All that is stored was opened just now.
    const unused = used?.seal.unused() ?? [];
    if (unused.length > 0)
      log.info("no stored value needs these encryption keys: those that were retired may go", {
        keys: unused,
      });
    return { store, encryption: own, stopEncryption: () => used?.stop() };
  } catch (error) {
    used?.stop();
    throw error;
  }
}

const sharedText = (record: Uint8Array, secret: Secret): string | undefined =>
  openRecord(record, secret).texts.get(sharedName);
