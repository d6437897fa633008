// Gives Services their cluster addresses and node ports. No two get the same, also when they are made at the same time:
// what a write takes is taken at once, and given back when the write does not happen.
import { type Log, silent } from "../../lib/log.ts";
import { invalidValue } from "../../schema/field-error.ts";
import {
  type Family,
  keepAllocated,
  normalizeClusterIps,
  settleFamilies,
} from "../../schema/kinds/core/service/allocate.ts";
import { checkClusterIps } from "../../schema/kinds/core/service/cluster-ips.ts";
import { ipAddresses, services } from "../../schema/resources.ts";
import { type Cause, StatusError } from "../../schema/status-error.ts";
import type { Service, ServiceSpec } from "../../schema/types/core-v1.ts";
import type { Admission, Core, Release } from "../context.ts";
import { AddressBlocks } from "./address-blocks.ts";
import { createAddress, deleteAddress, followAddresses, isFor } from "./ip-addresses.ts";
import {
  allocateHealthPort,
  firstPorts,
  freePorts,
  laterPorts,
  repairPorts,
} from "./node-ports.ts";
import { addressNumber, addressText, nextFree, portRange, Taken } from "./ranges.ts";
import { type Book, type Holdings, internal, racesMax, refused, type Task } from "./task.ts";

export type AllocationOptions = {
  serviceCidr: string;
  log?: Log;
};

/** Upstream's default of `--service-node-port-range`. */
const nodePorts = { first: 30_000, last: 32_767 };

export function serviceAllocation(core: Core, options: AllocationOptions): Admission {
  const book: Book = {
    blocks: new AddressBlocks(core, options.serviceCidr),
    addresses: new Taken(),
    ports: { range: portRange(nodePorts.first, nodePorts.last), taken: new Taken() },
    claims: core.claims("servicenodeports"),
  };
  let following = false;
  const follow = (): void => {
    if (following) return;
    following = true;
    followAddresses(core, options.log ?? silent);
    const log = options.log ?? silent;
    const known = new Map<string, Holdings>();
    const view = core.view(services);
    const show = (key: string, service: Service | undefined): void => {
      const before = known.get(key);
      give(book, before, -1);
      const held = service && holdingsOf(service.spec);
      if (held) known.set(key, held);
      else known.delete(key);
      give(book, held, 1);
      freePorts(book, before?.ports ?? [], log);
    };
    for (const service of view.list())
      show(`${service.metadata.namespace}/${service.metadata.name}`, service);
    view.onChange((namespace, name, service) => show(`${namespace}/${name}`, service));
    repairPorts(core, book, [...known.values()], log);
  };
  return {
    name: "ServiceAllocation",
    handles: ({ group, plural, subresource }, { operation }) =>
      group === "" &&
      plural === "services" &&
      subresource === "" &&
      (operation === "CREATE" || operation === "UPDATE"),
    async allocate(_context, write) {
      follow();
      const service = write.object as Service;
      const old = write.old as Service | undefined;
      const taken: Holdings = { addresses: [], ports: [] };
      const { dryRun } = write;
      const release: Release = async (happened) => {
        if (dryRun) return;
        give(book, taken, -1);
        if (happened) return;
        await forget(core, taken.addresses);
        for (const port of taken.ports) await book.claims.free(String(port));
      };
      try {
        await allocate({ service, old, book, taken, core, dryRun });
      } catch (error) {
        await release(false);
        throw error;
      }
      return release;
    },
  };
}

function give(book: Book, held: Holdings | undefined, sign: 1 | -1): void {
  for (const [taken, values] of [
    [book.addresses, held?.addresses],
    [book.ports.taken, held?.ports],
  ] as const) {
    for (const value of values ?? []) sign === 1 ? taken.add(value) : taken.remove(value);
  }
}

function holdingsOf(spec: ServiceSpec): Holdings {
  const addresses = (spec.clusterIPs ?? []).filter(isAddress).map(addressNumber);
  const ports = [...(spec.ports ?? []).map((p) => p.nodePort ?? 0), spec.healthCheckNodePort ?? 0];
  return { addresses, ports: [...new Set(ports)].filter((p) => p > 0) };
}

/** Families that clusters of this server have, the default first. */
const families: readonly Family[] = ["IPv4"];

/** As upstream: before the rules are checked, but not when the addresses contradict each other. */
async function allocate(task: Task): Promise<void> {
  const { service, old } = task;
  const { spec } = service;
  if (old) keepAllocated(spec, old.spec);
  normalizeClusterIps(spec, old?.spec);
  const causes: Cause[] = [];
  checkClusterIps(causes, spec, old?.spec);
  if (causes.length === 0) causes.push(...settleFamilies(service, old, families));
  if (causes.length > 0) throw refused(service, causes);
  await allocateAddress(task);
  if (old === undefined) await firstPorts(task);
  else await laterPorts(task, new Set(holdingsOf(old.spec).ports));
  await allocateHealthPort(task);
}

async function allocateAddress(task: Task): Promise<void> {
  const { spec } = task.service;
  if (spec.type === "ExternalName") return;
  const before = task.old?.spec;
  if (before && before.type !== "ExternalName") return;
  const asked = spec.clusterIPs?.[0] ?? "";
  if (asked === "None") return;
  const address = asked === "" ? await anyAddress(task) : await takeAddress(task, asked);
  spec.clusterIP = address;
  spec.clusterIPs = [address];
}

async function anyAddress(task: Task): Promise<string> {
  const { service, book, core, dryRun } = task;
  const { ranges } = book.blocks;
  // Upstream looks for no free one then: it could be gone when it is really asked for.
  if (dryRun) return addressText(ranges[0]!.first - 1);
  const lost = new Set<number>();
  const used = { has: (value: number) => lost.has(value) || isUsed(task, value) };
  for (const range of ranges)
    for (let races = 0; races < racesMax; races++) {
      const free = nextFree(range, used, core.random);
      if (free === undefined) break;
      if (await reserveAddress(task, free)) return addressText(free);
      lost.add(free);
    }
  const name = JSON.stringify(service.metadata.name);
  throw internal(`failed to allocate a serviceIP for Service ${name}: range is full`);
}

const isUsed = ({ book, core }: Task, address: number): boolean =>
  book.addresses.has(address) || core.view(ipAddresses).get("", addressText(address)) !== undefined;

/** False: somebody has it. */
async function reserveAddress(task: Task, address: number): Promise<boolean> {
  const { service, book, taken, core } = task;
  book.addresses.add(address);
  let created = false;
  try {
    created = await createAddress(core, addressText(address), service.metadata);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    const asked = service.spec.clusterIPs?.[0] ?? "";
    const which = asked === "" ? "" : ` ${asked}`;
    const detail = `failed to allocate IP${which}: ${error.message}`;
    throw refused(service, [invalidValue("spec.clusterIPs", [asked], detail)]);
  } finally {
    if (created) taken.addresses.push(address);
    else book.addresses.remove(address);
  }
  return created;
}

/** The address that was asked for. */
async function takeAddress(task: Task, asked: string): Promise<string> {
  const address = addressNumber(asked);
  const { service, book, dryRun } = task;
  const refuse = (why: string): StatusError => {
    const detail = `failed to allocate IP ${asked}: ${why}`;
    return refused(service, [invalidValue("spec.clusterIPs", [asked], detail)]);
  };
  // A dry run looks at the server's own block alone, as upstream, and says so in other words.
  if (dryRun && !book.blocks.ownHas(address))
    throw refuse(
      `the provided IP (${asked}) is not in the valid range. The range of valid IPs is ${book.blocks.own}`,
    );
  if (dryRun) return asked;
  if (!book.blocks.has(address))
    throw refuse("the provided network does not match the current range");
  const isFree = isLeftover(task, address)
    ? keepLeftover(task, address)
    : !isUsed(task, address) && (await reserveAddress(task, address));
  if (!isFree) throw refuse("provided IP is already allocated");
  return asked;
}

/** A write of this very Service took the address and was cut off by a crash before the Service was there. */
function isLeftover({ service, book, core }: Task, address: number): boolean {
  const object = core.view(ipAddresses).get("", addressText(address));
  return object !== undefined && !book.addresses.has(address) && isFor(object, service.metadata);
}

function keepLeftover({ book, taken }: Task, address: number): true {
  book.addresses.add(address);
  taken.addresses.push(address);
  return true;
}

/** Addresses that were taken for a write that did not happen. */
async function forget(core: Core, addresses: readonly number[]): Promise<void> {
  for (const address of addresses) {
    const object = core.view(ipAddresses).get("", addressText(address));
    if (object !== undefined) await deleteAddress(core, object);
  }
}

const isAddress = (text: string): boolean => /^\d{1,3}(\.\d{1,3}){3}$/.test(text);
