// The Lease by which others see that this API server lives (upstream's `apiserver-…` in kube-system), where it is the
// only one of its store. Servers that share a store are told by `live-servers.ts`.
import { createHash } from "node:crypto";
import type { Client } from "../client/client.ts";
import { undefinedIfNotFound } from "../client/refusal.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { leases } from "../schema/resources.ts";
import type { Lease } from "../schema/types/coordination-v1.ts";
import { namespace, serverLabel } from "./live-servers.ts";

type Options = {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  /** Different for each process. */
  readonly identity: string;
  readonly hostname: string;
};

/** Upstream's. */
const leaseSeconds = 3600;
const renewMs = 10_000;

/** Resolves with what ends the renewals once the first was tried. The Lease stays, as upstream's does. */
export async function keepIdentityLease(options: Options): Promise<() => Promise<void>> {
  const { clock, log } = options;
  let stopped = false;
  let cancel: (() => void) | undefined;
  let work: Promise<void> = Promise.resolve();
  const round = async (): Promise<void> => {
    try {
      await renew(options);
    } catch (error) {
      log.warn("this server's Lease is not kept at present", { error });
    }
    if (stopped) return;
    cancel = clock.after(renewMs, () => {
      work = round();
    });
  };
  await round();
  return async () => {
    stopped = true;
    cancel?.();
    await work;
  };
}

/** The same for each start on one machine: of a hash of its name and ours, as upstream makes it. */
export function serverName(hostname: string): string {
  const hash = createHash("sha256");
  for (const text of [hostname, "kube-apiserver"]) {
    const bytes = Buffer.from(text);
    hash.update(Buffer.of(bytes.length >> 8, bytes.length & 0xff)).update(bytes);
  }
  const digits = "abcdefghijklmnopqrstuvwxyz234567";
  let bits = "";
  for (const byte of hash.digest().subarray(0, 16)) bits += byte.toString(2).padStart(8, "0");
  const letters = bits.match(/.{1,5}/g)!.map((five) => digits[parseInt(five.padEnd(5, "0"), 2)]);
  return `apiserver-${letters.join("")}`;
}

async function renew({ client, clock, identity, hostname }: Options): Promise<void> {
  const name = serverName(hostname);
  const spec = {
    holderIdentity: `${name}_${identity}`,
    leaseDurationSeconds: leaseSeconds,
    renewTime: new Date(clock.now()).toISOString().replace(/Z$/, "000Z"),
  };
  const old = await client.get(leases, { namespace, name }).catch(undefinedIfNotFound);
  if (old) return void (await client.update(leases, { ...old, spec }));
  const labels = { [serverLabel]: "kube-apiserver", "kubernetes.io/hostname": hostname };
  await client.create(leases, { metadata: { namespace, name, labels }, spec } as Lease);
}
