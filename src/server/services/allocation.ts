// Gives Services their cluster addresses and node ports. No two get the same, also when they are made at the same time:
// what a write takes is taken at once, and given back when the write does not happen.
import { invalidValue } from "../../schema/field-error.ts";
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
      const undo = (): void => give(book, taken, -1);
      try {
        allocate({ service, old, book, taken, core });
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

type Task = { service: Service; old: Service | undefined; book: Book; taken: Holdings; core: Core };

function allocate(task: Task): void {
  const { service } = task;
  if (service.spec.type === "ExternalName") return;
  if (task.old) keepAllocated(service.spec, task.old.spec);
  setFamilies(service.spec);
  allocateAddress(task);
  allocatePorts(task);
}

/** An update that leaves out what was given to the Service keeps it, as long as the type still needs it. */
function keepAllocated(next: ServiceSpec, old: ServiceSpec): void {
  const hasAddress = ({ type }: ServiceSpec): boolean => type !== "ExternalName";
  if (hasAddress(old) && hasAddress(next)) {
    next.clusterIP ||= old.clusterIP;
    if (!next.clusterIPs?.length) next.clusterIPs = old.clusterIPs;
    next.ipFamilyPolicy ??= old.ipFamilyPolicy;
    if (!next.ipFamilies?.length) next.ipFamilies = old.ipFamilies;
  }
  const hasPorts = ({ type }: ServiceSpec): boolean =>
    type === "NodePort" || type === "LoadBalancer";
  if (!hasPorts(old) || !hasPorts(next)) return;
  const used = new Set((next.ports ?? []).map((p) => p.nodePort));
  for (const port of next.ports ?? []) {
    const before = old.ports?.find((p) => (p.name ?? "") === (port.name ?? ""))?.nodePort;
    if (!port.nodePort && before && !used.has(before)) port.nodePort = before;
  }
}

/** This cluster has IPv4 alone; a headless Service without a selector may speak of both. */
function setFamilies(spec: ServiceSpec): void {
  const isOpen = spec.clusterIP === "None" && Object.keys(spec.selector ?? {}).length === 0;
  spec.ipFamilyPolicy ??= isOpen ? "RequireDualStack" : "SingleStack";
  if (spec.ipFamilies?.length) return;
  spec.ipFamilies = isOpen && spec.ipFamilyPolicy !== "SingleStack" ? ["IPv4", "IPv6"] : ["IPv4"];
}

function allocateAddress(task: Task): void {
  const { spec } = task.service;
  const asked = spec.clusterIP || spec.clusterIPs?.[0] || "";
  if (asked === "None") {
    spec.clusterIPs = ["None"];
    return;
  }
  const before = task.old?.spec.clusterIP ?? "";
  if (asked !== "" && asked === before) {
    spec.clusterIPs ??= [asked];
    return;
  }
  const address = takeAddress(task, asked);
  spec.clusterIP = address;
  spec.clusterIPs = [address];
}

function takeAddress({ service, book, taken, core }: Task, asked: string): string {
  const { range, taken: used } = book.addresses;
  if (asked === "") {
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
    : used.has(value)
      ? "provided IP is already allocated"
      : undefined;
  if (why !== undefined) {
    const detail = `failed to allocate IP ${asked}: ${why}`;
    throw refused(service, [invalidValue("spec.clusterIPs", [asked], detail)]);
  }
  used.add(value);
  taken.addresses.push(value);
  return asked;
}

/** Ports with the same number (of different protocols) share one node port, as upstream. */
function allocatePorts(task: Task): void {
  const { service, old, book, taken, core } = task;
  const { spec } = service;
  const wanted =
    spec.type === "NodePort" ||
    (spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false);
  const own = new Set(old ? holdingsOf(old.spec).ports : []);
  const byPort = new Map<number, number>();
  const take = (value: number): void => {
    book.ports.taken.add(value);
    taken.ports.push(value);
    own.add(value);
  };
  for (const [i, port] of (spec.ports ?? []).entries()) {
    if (!port.nodePort) continue;
    if (!own.has(port.nodePort)) {
      checkPort(service, `spec.ports[${i}].nodePort`, port.nodePort, book.ports);
      take(port.nodePort);
    }
    if (!byPort.has(port.port)) byPort.set(port.port, port.nodePort);
  }
  for (const port of wanted ? (spec.ports ?? []) : []) {
    if (port.nodePort) continue;
    port.nodePort = byPort.get(port.port) ?? freePort(book.ports, core);
    if (!own.has(port.nodePort)) take(port.nodePort);
    byPort.set(port.port, port.nodePort);
  }
  if (spec.type !== "LoadBalancer" || spec.externalTrafficPolicy !== "Local") return;
  if (spec.healthCheckNodePort && !own.has(spec.healthCheckNodePort)) {
    checkPort(service, "spec.healthCheckNodePort", spec.healthCheckNodePort, book.ports);
    take(spec.healthCheckNodePort);
  } else if (!spec.healthCheckNodePort) {
    spec.healthCheckNodePort = freePort(book.ports, core);
    take(spec.healthCheckNodePort);
  }
}

function freePort({ range, taken }: Pool, { random }: Core): number {
  const free = nextFree(range, taken, random);
  if (free === undefined) throw internal("failed to allocate a nodePort: range is full");
  return free;
}

function checkPort(service: Service, field: string, value: number, { range, taken }: Pool): void {
  const why = !isIn(range, value)
    ? `provided port is not in the valid range. The range of valid ports is ${range.first}-${range.last}`
    : taken.has(value)
      ? "provided port is already allocated"
      : undefined;
  if (why !== undefined) throw refused(service, [invalidValue(field, value, why)]);
}

const refused = (service: Service, causes: Cause[]): StatusError =>
  invalid({ group: "", kind: "Service", name: service.metadata.name ?? "" }, causes);

const internal = (message: string): StatusError =>
  new StatusError(500, "InternalError", `Internal error occurred: ${message}`, {
    causes: [{ reason: "", message }],
  });

const isAddress = (text: string): boolean => /^\d{1,3}(\.\d{1,3}){3}$/.test(text);
