// What a cluster runs on, opened one after the other: the API's settings, the store, the keys.
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Random } from "../lib/random.ts";
import type { Store } from "../store/store.ts";
import { machineAddresses, nthAddress } from "./addresses.ts";
import { type ApiSettings, apiSettings } from "./api-settings.ts";
import { Authors } from "./authors.ts";
import { backupOf } from "./backup.ts";
import { type ClusterKeys, ownKeys, sharedKeys } from "./cluster-keys.ts";
import type { DataDir } from "./data-dir.ts";
import type { Ends } from "./ends.ts";
import type { ServeOptions } from "./options.ts";
import { openAdmin, openPki, type PkiWish } from "./pki/cluster-pki.ts";
import { keepPki, type PkiKeeper } from "./pki/keeper.ts";
import type { Issued } from "./pki/keys.ts";
import { openSealedStore } from "./sealed-store.ts";
import type { Secret } from "./shared-keys.ts";

/** What was asked for, and the world in which it happens. */
export type Asked = {
  readonly dir: DataDir;
  readonly options: ServeOptions;
  /** Opens the keys that the servers of one store share. */
  readonly secret: Secret | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
};

export type OpenCluster = Asked & {
  readonly settings: ApiSettings;
  readonly store: Store;
  readonly keys: ClusterKeys;
  readonly keeper: PkiKeeper;
  /** Who wrote which version. */
  readonly authors: Authors;
  /** The administrator's certificate, made anew when it comes near its end. */
  adminOf(): Promise<Issued>;
  /** All of the cluster as one stream. */
  backup(): AsyncIterable<Uint8Array>;
};

/** Throws a `Refusal`; what was opened by then is in `ends`. */
export async function openCluster(asked: Asked, ends: Ends): Promise<OpenCluster> {
  const { dir, options, secret, clock, random, log } = asked;
  // First of all: a file that cannot be used stops the start before anything is touched.
  const settings = await apiSettings(options.api, ownIssuer(options), { clock, random, log });
  ends.add(() => settings.close());
  const { store, encryption, stopEncryption } = await openSealedStore(options, {
    folder: dir.store,
    secret,
    log,
  });
  ends.add(async () => {
    stopEncryption();
    await store.close();
  });
  const wish = (): PkiWish => ({ ...namesOf(options), nowMs: clock.now(), random });
  const keys = secret
    ? await sharedKeys({ store, secret, dir, log }, (found) => openPki(found, wish()))
    : ownKeys(dir);
  const { vault } = keys;
  if (secret) encryption?.share(vault);
  const keeper = keepPki(() => openPki(vault, wish()), { clock, log });
  const stopping = new AbortController();
  keys.follow(keeper.look, stopping.signal);
  ends.add(() => {
    stopping.abort();
    keeper.stop();
  });
  const authors = new Authors({ store, clock, log });
  ends.add(() => authors.stop());
  return {
    ...asked,
    settings,
    store,
    keys,
    keeper,
    authors,
    adminOf: () => openAdmin(vault, keeper.pki.value.authority, wish()),
    backup: () => backupOf(store, options.name, keys.files()),
  };
}

/** Whose tokens service accounts get, unless flags say otherwise. */
export const ownIssuer = ({ clusterDomain }: ServeOptions): string =>
  `https://kubernetes.default.svc.${clusterDomain}`;

/** By which the server is called: it proves that it is meant by all of them. */
function namesOf({
  clusterDomain,
  bind,
  serviceCidr,
  podCidr,
}: ServeOptions): Pick<PkiWish, "dnsNames" | "ipAddresses"> {
  const first = [nthAddress(serviceCidr, 1), nthAddress(podCidr, 1)];
  return {
    dnsNames: [
      "localhost",
      "kubernetes",
      "kubernetes.default",
      "kubernetes.default.svc",
      `kubernetes.default.svc.${clusterDomain}`,
    ],
    ipAddresses: [...new Set([...machineAddresses(), bind, ...first])],
  };
}
