// Where a cluster's certificates and keys are: in its data directory, or in the store that its servers share.
import type { Log } from "../lib/log.ts";
import type { Store } from "../store/store.ts";
import { clusterFiles } from "./backup.ts";
import type { DataDir } from "./data-dir.ts";
import { folderVault, rotateTokenKey, type Vault } from "./pki/cluster-pki.ts";
import {
  clusterKey,
  type Secret,
  sharedFiles,
  sharedVault,
  withSharedKeys,
} from "./shared-keys.ts";

export type ClusterKeys = {
  readonly vault: Vault;
  /** All that a backup takes, by the name that it has there: `pki/ca.crt`. */
  files(): ReadonlyMap<string, Uint8Array>;
  /** Another key signs the tokens of service accounts; resolves when it is kept. */
  rotateTokenKey(): Promise<void>;
  /** Calls `run` when any server has changed what all share, until `signal` is aborted. */
  follow(run: () => void, signal: AbortSignal): void;
};

export function ownKeys(dir: DataDir): ClusterKeys {
  const vault = folderVault(dir.pki);
  return {
    vault,
    files: () => clusterFiles(dir),
    rotateTokenKey: async () => rotateTokenKey(vault),
    follow: () => {},
  };
}

type Place = { store: Store; secret: Secret; dir: DataDir; log: Log };

/** `fill` finds or makes everything in the vault. Throws a `Refusal` when the secret does not open what is there. */
export async function sharedKeys(
  { store, secret, dir, log }: Place,
  fill: (vault: Vault) => void,
): Promise<ClusterKeys> {
  const vault = await sharedVault(store, secret, {
    own: folderVault(dir.pki),
    fill,
    onFailure: (error) => log.error("a renewed certificate is not stored", { error }),
  });
  return {
    vault,
    files: () => sharedFiles(store, secret),
    rotateTokenKey: () => withSharedKeys(store, secret, rotateTokenKey),
    follow: (run, signal) => {
      followRecord(store, run, signal).catch((error) => {
        if (!signal.aborted) log.error("keys that other servers change are seen late", { error });
      });
    },
  };
}

async function followRecord(store: Store, run: () => void, signal: AbortSignal): Promise<void> {
  for (;;) {
    const from = { prefix: clusterKey, exact: true, afterRevision: store.revision() };
    const watch = store.watch(from);
    // What came before the watch, where the one before it had lost its place.
    run();
    for (;;) {
      const read = await watch.next({ signal });
      if (!read.ok && read.why === "closed") return;
      if (!read.ok) break;
      run();
    }
  }
}
