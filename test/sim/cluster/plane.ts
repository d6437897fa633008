// `coxswain server` above its store, as a process of the simulation.
import { type Log, silent } from "../../../src/lib/log.ts";
import { seededRandom } from "../../../src/lib/random.ts";
import {
  type ControlPlane,
  type ControlPlaneOptions,
  makeControlPlane,
} from "../../../src/main/control-plane.ts";
import { serveDefaults } from "../../../src/main/options.ts";
import { memoryVault, openPki } from "../../../src/main/pki/cluster-pki.ts";
import type { Store } from "../../../src/store/store.ts";
import type { Life } from "./life.ts";

/** Keys and certificates are no part of the experiment; made once, since making them is slow. */
const pki = openPki(memoryVault(), {
  dnsNames: ["localhost"],
  ipAddresses: ["127.0.0.1"],
  nowMs: Date.UTC(2026, 0, 1),
  random: seededRandom(1),
});

/** Published in every namespace; of the same length in each run, unlike a certificate. */
const authority = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";

/** What the simulation sees of a server. */
export type ServerProcess = {
  readonly isUp: boolean;
  /** How often it has died. */
  readonly crashes: number;
  readonly plane: ControlPlane | undefined;
  readonly store: Store | undefined;
  /** Resolves when it serves, or dies on the way. */
  start(): Promise<void>;
  /** Ends the process at this very moment. */
  crash(): void;
};

export type PlaneOptions = {
  life: Life;
  store: Store;
  address?: string;
  log?: Log;
  shared?: NonNullable<ControlPlaneOptions["shared"]>;
};

export function makePlane({
  life,
  store,
  address = "192.0.2.1",
  log = silent,
  shared,
}: PlaneOptions): ControlPlane {
  const { port, clusterDomain } = serveDefaults;
  return makeControlPlane({
    ...serveDefaults,
    store,
    clock: life.clock,
    random: life.random,
    log,
    authority,
    edge: {
      clientAuthorities: pki.authority.certificate,
      serviceAccounts: {
        keys: pki.tokenKeys,
        issuer: `https://kubernetes.default.svc.${clusterDomain}`,
      },
      address: () => `${address}:${port}`,
    },
    endpoint: () => ({ address, port }),
    connectNode: async (name) => {
      throw new Error(`node ${name} is reached by nobody here`);
    },
    ...(shared ? { shared } : {}),
  });
}
