// Gives Services their cluster addresses and node ports. No two get the same, also when they are made at the same time:
// what a write takes is taken at once, and given back when the write does not happen.
import { invalidValue } from "../../schema/field-error.ts";
import {
  type Family,
  keepAllocated,
  needsNodePort,
  normalizeClusterIps,
  settleFamilies,
} from "../../schema/kinds/core/service/allocate.ts";
import { checkClusterIps } from "../../schema/kinds/core/service/cluster-ips.ts";
import { needsHealthCheck } from "../../schema/kinds/core/service/traffic.ts";
import { services } from "../../schema/resources.ts";
import { type Cause, invalid, StatusError } from "../../schema/status-error.ts";
import type { Service, ServiceSpec } from "../../schema/types/core-v1.ts";
import type { Admission, Core } from "../context.ts";
import {
  addressNumber,
  addressRange,
  addressText,
  isIn,
  nextFree,
  portRange,
  type Range,
  Taken,
} from "./ranges.ts";

export type AllocationOptions = {
  serviceCidr: string;
  nodePorts?: { first: number; last: number };
};

/** Upstream's default of `--service-node-port-range`. */
const nodePortsDefault = { first: 30_000, last: 32_767 };

export function serviceAllocation(core: Core, options: AllocationOptions): Admission {
  const ports = options.nodePorts ?? nodePortsDefault;
  const book: Book = {
    addresses: { range: addressRange(options.serviceCidr), taken: new Taken() },
    ports: { range: portRange(ports.first, ports.last), taken: new Taken() },
    serviceCidr: options.serviceCidr,
  };
  let following = false;
  const follow = (): void => {
    if (following) return;
    following = true;
    const known = new Map<string, Holdings>();
    const view = core.view(services);
    const show = (key: string, service: Service | undefined): void => {
      give(book, known.get(key), -1);
      const held = service && holdingsOf(service.spec);
      if (held) known.set(key, held);
      else known.delete(key);
      give(book, held, 1);
    };
    for (const service of view.list())
      show(`${service.metadata.namespace}/${service.metadata.name}`, service);
    view.onChange((namespace, name, service) => show(`${namespace}/${name}`, service));
  };
  return {
    name: "ServiceAllocation",
    handles: ({ group, plural, subresource }, { operation }) =>
      group === "" &&
      plural === "services" &&
      subresource === "" &&
      (operation === "CREATE" || operation === "UPDATE"),
    allocate(_context, write) {
      follow();
      const service = write.object as Service;
      const old = write.old as Service | undefined;
      const taken: Holdings = { addresses: [], ports: [] };
      const { dryRun } = write;
      const undo = (): void => {
        if (!dryRun) give(book, taken, -1);
      };
      try {
        allocate({ service, old, book, taken, core, dryRun });
      } catch (error) {
        undo();
        throw error;
      }
      return undo;
    },
  };
}

type Pool = { range: Range; taken: Taken };
type Book = { addresses: Pool; ports: Pool; serviceCidr: string };
type Holdings = { addresses: number[]; ports: number[] };

function give(book: Book, held: Holdings | undefined, sign: 1 | -1): void {
  for (const [pool, values] of [
    [book.addresses, held?.addresses],
    [book.ports, held?.ports],
  ] as const) {
    for (const value of values ?? []) sign === 1 ? pool.taken.add(value) : pool.taken.remove(value);
  }
}

function holdingsOf(spec: ServiceSpec): Holdings {
  const addresses = (spec.clusterIPs ?? []).filter(isAddress).map(addressNumber);
  const ports = [...(spec.ports ?? []).map((p) => p.nodePort ?? 0), spec.healthCheckNodePort ?? 0];
  return { addresses, ports: [...new Set(ports)].filter((p) => p > 0) };
}

type Task = {
  service: Service;
  old: Service | undefined;
  book: Book;
  /** What this write has taken so far; a dry run takes it from nobody. */
  taken: Holdings;
  core: Core;
  dryRun: boolean;
};

/** Families that clusters of this server have, the default first. */
const families: readonly Family[] = ["IPv4"];

/** As upstream: before the rules are checked, but not when the addresses contradict each other. */
function allocate(task: Task): void {
  const { service, old } = task;
  const { spec } = service;
  if (old) keepAllocated(spec, old.spec);
  normalizeClusterIps(spec, old?.spec);
  const causes: Cause[] = [];
  checkClusterIps(causes, spec, old?.spec);
  if (causes.length === 0) causes.push(...settleFamilies(service, old, families));
  if (causes.length > 0) throw refused(service, causes);
  allocateAddress(task);
  if (old === undefined) firstPorts(task);
  else laterPorts(task, new Set(holdingsOf(old.spec).ports));
  allocateHealthPort(task);
}

function allocateAddress(task: Task): void {
  const { spec } = task.service;
  if (spec.type === "ExternalName") return;
  const before = task.old?.spec;
  if (before && before.type !== "ExternalName") return;
  const asked = spec.clusterIPs?.[0] ?? "";
  if (asked === "None") return;
  const address = takeAddress(task, asked);
  spec.clusterIP = address;
  spec.clusterIPs = [address];
}

function takeAddress({ service, book, taken, core, dryRun }: Task, asked: string): string {
  const { range, taken: used } = book.addresses;
  if (asked === "") {
    // Upstream looks for no free one then: it could be gone when it is really asked for.
    if (dryRun) return addressText(range.first - 1);
    const free = nextFree(range, used, core.random);
    if (free === undefined) {
      throw internal(
        `failed to allocate a serviceIP for Service ${JSON.stringify(service.metadata.name)}: range is full`,
      );
    }
    used.add(free);
    taken.addresses.push(free);
    return addressText(free);
  }
  const value = addressNumber(asked);
  const why = !isIn(range, value)
    ? `the provided IP (${asked}) is not in the valid range. The range of valid IPs is ${book.serviceCidr}`
    : used.has(value) && !dryRun
      ? "provided IP is already allocated"
      : undefined;
  if (why !== undefined) {
    const detail = `failed to allocate IP ${asked}: ${why}`;
    throw refused(service, [invalidValue("spec.clusterIPs", [asked], detail)]);
  }
  if (dryRun) return asked;
  used.add(value);
  taken.addresses.push(value);
  return asked;
}

const hasPorts = ({ type }: ServiceSpec): boolean => type === "NodePort" || type === "LoadBalancer";

/** A new Service: ports with the same number (of different protocols) share one node port. */
function firstPorts(task: Task): void {
  const { spec } = task.service;
  if (!hasPorts(spec)) return;
  const ports = spec.ports ?? [];
  const byPort = new Map<number, number>();
  for (const [i, port] of ports.entries()) {
    if (!port.nodePort && !needsNodePort(spec)) continue;
    const known = byPort.get(port.port);
    if (known === undefined) {
      const asked = ports.find((p) => p.port === port.port && p.nodePort)?.nodePort;
      if (asked) takePort(task, `spec.ports[${i}].nodePort`, asked);
      port.nodePort = asked || freePort(task);
      byPort.set(port.port, port.nodePort);
    } else if (!port.nodePort) port.nodePort = known;
    else if (port.nodePort !== known) takePort(task, `spec.ports[${i}].nodePort`, port.nodePort);
  }
}

/** A changed Service: what it has it keeps, what it names it takes, what it leaves out it is given. */
function laterPorts(task: Task, own: ReadonlySet<number>): void {
  const { spec } = task.service;
  if (!hasPorts(spec)) return;
  const named = new Set<number>();
  for (const [i, port] of (spec.ports ?? []).entries()) {
    if (!port.nodePort) {
      if (needsNodePort(spec)) port.nodePort = freePort(task);
      continue;
    }
    if (!own.has(port.nodePort) && !named.has(port.nodePort))
      takePort(task, `spec.ports[${i}].nodePort`, port.nodePort);
    named.add(port.nodePort);
  }
}

function allocateHealthPort(task: Task): void {
  const { service, old } = task;
  const { spec } = service;
  if (!needsHealthCheck(spec) || (old !== undefined && needsHealthCheck(old.spec))) return;
  const asked = spec.healthCheckNodePort;
  if (!asked) {
    spec.healthCheckNodePort = freePort(task);
    return;
  }
  const why = reserved(task, asked);
  if (why !== undefined)
    throw internal(`failed to allocate requested HealthCheck NodePort ${asked}: ${why}`);
}

/** Before the first port that a dry run makes up. */
const dryRunPortsBelow = 32_768;

function freePort({ book, taken, core, dryRun }: Task): number {
  const { range, taken: used } = book.ports;
  const free = dryRun
    ? Math.max(...(taken.ports.length > 0 ? taken.ports : [dryRunPortsBelow])) + 1
    : nextFree(range, used, core.random);
  if (free === undefined) throw internal("failed to allocate a nodePort: range is full");
  if (!dryRun) used.add(free);
  taken.ports.push(free);
  return free;
}

function takePort(task: Task, field: string, value: number): void {
  const why = reserved(task, value);
  if (why !== undefined) throw refused(task.service, [invalidValue(field, value, why)]);
}

/** Takes the port `value`, or tells why not. A dry run minds no range, as upstream. */
function reserved({ book, taken, dryRun }: Task, value: number): string | undefined {
  const { range, taken: used } = book.ports;
  if (!dryRun && !isIn(range, value))
    return `provided port is not in the valid range. The range of valid ports is ${range.first}-${range.last}`;
  if (used.has(value) || taken.ports.includes(value)) return "provided port is already allocated";
  if (!dryRun) used.add(value);
  taken.ports.push(value);
  return undefined;
}

const refused = (service: Service, causes: Cause[]): StatusError =>
  invalid({ group: "", kind: "Service", name: service.metadata.name ?? "" }, causes);

const internal = (message: string): StatusError =>
  new StatusError(500, "InternalError", `Internal error occurred: ${message}`, {
    causes: [{ reason: "", message }],
  });

const isAddress = (text: string): boolean => /^\d{1,3}(\.\d{1,3}){3}$/.test(text);
