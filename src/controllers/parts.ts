// What every controller is given, and what each of them is.
import type { Caches } from "../client/cache.ts";
import type { Client } from "../client/client.ts";
import type { Recorder } from "../control/events.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Random } from "../lib/random.ts";
import type { Secret, ServiceAccount } from "../schema/types/core-v1.ts";
import type { Objects } from "./served/objects.ts";

export type Parts = {
  /** Writes in the controller's own name. */
  client: Client;
  /** Shared by all controllers. */
  caches: Caches;
  /** Objects of all kinds; shared, and started when first asked for. */
  objects: () => Objects;
  clock: Clock;
  random: Random;
  log: Log;
  record: Recorder;
  settings: Settings;
};

/** What an administrator chooses, with upstream's names and defaults where it has them. */
export type Settings = {
  /** PEM of the CA that signs the server's certificate; goes into every namespace. */
  caCertificate: string;
  /** SHA-256 of `caCertificate` in hexadecimal digits; whoever starts the controllers can tell it without waiting. */
  caDigest: string;
  /** Signs the token of a secret of type service-account-token; such secrets stay empty without it. */
  mintToken?: (account: ServiceAccount, secret: Secret) => Promise<string>;
  /**
   * Signs a PKCS #10 request with the cluster's authority: PEM of a certificate for `usages` and so many seconds,
   * undefined when the request's own signature is wrong. Absent: nobody signs.
   */
  certify?: (request: Uint8Array, usages: readonly string[], seconds: number) => string | undefined;
  /** Networks of the pods (`10.244.0.0/16`), one of each address family at most. */
  clusterCidrs: readonly string[];
  /** Length of a node's part of the pods' network, for IPv4 and IPv6. */
  nodeCidrBits: { v4: number; v6: number };
  /** A node that was not heard of for so long is unknown. */
  nodeGraceSeconds: number;
  /** As above, for a node that has never reported. */
  nodeStartupGraceSeconds: number;
  /** Ended pods beyond this number are removed, the oldest first; 0: never. */
  terminatedPodsMax: number;
};

export const defaultSettings: Settings = Object.freeze({
  caCertificate: "",
  caDigest: "",
  clusterCidrs: ["10.244.0.0/16"],
  nodeCidrBits: { v4: 24, v6: 64 },
  nodeGraceSeconds: 50,
  nodeStartupGraceSeconds: 60,
  terminatedPodsMax: 12_500,
});

export type Running = { stop(): Promise<void> };
