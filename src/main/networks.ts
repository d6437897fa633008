// The networks of a cluster are chosen when it is made, and stay: other clusters on this machine have their own.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { contains, networkOf, parseAddress, parseCidr } from "../schema/ip.ts";
import { nthAddress } from "./addresses.ts";
import { type DataDir, writePrivate } from "./data-dir.ts";
import { type Networks, serveDefaults } from "./options.ts";
import { Refusal } from "./refusal.ts";

const flags: Readonly<Record<keyof Networks, string>> = {
  podCidr: "--pod-cidr",
  serviceCidr: "--service-cidr",
  dnsIp: "--dns-ip",
};

/** Position of the cluster's DNS in the network of services. */
const dnsPosition = 10;

/** So many clusters with networks of their own find room on one machine: 10.244 to 10.252 for pods. */
const choicesMax = 9;

/**
 * What was chosen when the cluster was made, else what is `asked` for, else the first choice of which `taken`, the
 * machine's addresses, has none. Throws a `Refusal` when a cluster is asked to move.
 */
export function clusterNetworks(
  dir: DataDir,
  asked: Partial<Networks>,
  taken: readonly string[],
): Networks {
  const file = dir.networks;
  if (existsSync(file)) return kept(recorded(file), asked);
  // A store without this record was made when there was no choice.
  const isNew = readdirSync(dir.store).length === 0;
  const chosen = chooseNetworks(asked, isNew ? taken : []);
  writePrivate(file, `${JSON.stringify(chosen)}\n`);
  return chosen;
}

function recorded(file: string): Networks {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Networks;
  } catch (error) {
    throw new Refusal(
      5,
      `${file} cannot be read: ${(error as Error).message}; restore it: it holds the ranges that the cluster was made with`,
      { cause: error },
    );
  }
}

function kept(made: Networks, asked: Partial<Networks>): Networks {
  for (const key of Object.keys(flags) as (keyof Networks)[]) {
    if (asked[key] === undefined || asked[key] === made[key]) continue;
    throw new Refusal(
      2,
      `the cluster was made with ${flags[key]} ${made[key]}, which cannot change; leave the flag out, or make another cluster with --name`,
    );
  }
  return made;
}

/** Exported for tests. */
export function chooseNetworks(asked: Partial<Networks>, taken: readonly string[]): Networks {
  for (let i = 0; i < choicesMax; i++) {
    const podCidr = asked.podCidr ?? choice(serveDefaults.podCidr, i, 1);
    const serviceCidr = asked.serviceCidr ?? choice(serveDefaults.serviceCidr, i, 16);
    const isTaken = taken.some((one) => holds(podCidr, one) || holds(serviceCidr, one));
    const isFree = asked.podCidr !== undefined || !isTaken;
    if (!isFree) continue;
    return { podCidr, serviceCidr, dnsIp: asked.dnsIp ?? nthAddress(serviceCidr, dnsPosition) };
  }
  throw new Refusal(
    5,
    "no network is left for the pods of another cluster; choose with --pod-cidr, --service-cidr and --dns-ip",
  );
}

/** The i-th range after `cidr`, `step` in its second part. */
const choice = (cidr: string, i: number, step: number): string =>
  cidr.replace(/^10\.(\d+)/, (_, second) => `10.${Number(second) + i * step}`);

function holds(cidr: string, address: string): boolean {
  const [block, one] = [parseCidr(cidr), parseAddress(address)];
  return block !== undefined && one !== undefined && contains(networkOf(block), one);
}
