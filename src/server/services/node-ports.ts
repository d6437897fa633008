// Node ports of Services, each claimed in the store while a Service has it.
import type { Log } from "../../lib/log.ts";
import { invalidValue } from "../../schema/field-error.ts";
import { needsNodePort } from "../../schema/kinds/core/service/allocate.ts";
import { needsHealthCheck } from "../../schema/kinds/core/service/traffic.ts";
import type { ServiceSpec } from "../../schema/types/core-v1.ts";
import type { Core } from "../context.ts";
import { isIn, nextFree } from "./ranges.ts";
import { type Book, type Holdings, internal, racesMax, refused, type Task } from "./task.ts";

const hasPorts = ({ type }: ServiceSpec): boolean => type === "NodePort" || type === "LoadBalancer";

/** A new Service: ports with the same number (of different protocols) share one node port. */
export async function firstPorts(task: Task): Promise<void> {
  const { spec } = task.service;
  if (!hasPorts(spec)) return;
  const ports = spec.ports ?? [];
  const byPort = new Map<number, number>();
  for (const [i, port] of ports.entries()) {
    if (!port.nodePort && !needsNodePort(spec)) continue;
    const known = byPort.get(port.port);
    if (known === undefined) {
      const asked = ports.find((p) => p.port === port.port && p.nodePort)?.nodePort;
      if (asked) await takePort(task, `spec.ports[${i}].nodePort`, asked);
      port.nodePort = asked || (await freePort(task));
      byPort.set(port.port, port.nodePort);
    } else if (!port.nodePort) port.nodePort = known;
    else if (port.nodePort !== known)
      await takePort(task, `spec.ports[${i}].nodePort`, port.nodePort);
  }
}

/** A changed Service: what it has it keeps, what it names it takes, what it leaves out it is given. */
export async function laterPorts(task: Task, own: ReadonlySet<number>): Promise<void> {
  const { spec } = task.service;
  if (!hasPorts(spec)) return;
  const named = new Set<number>();
  for (const [i, port] of (spec.ports ?? []).entries()) {
    if (!port.nodePort) {
      if (needsNodePort(spec)) port.nodePort = await freePort(task);
      continue;
    }
    if (!own.has(port.nodePort) && !named.has(port.nodePort))
      await takePort(task, `spec.ports[${i}].nodePort`, port.nodePort);
    named.add(port.nodePort);
  }
}

export async function allocateHealthPort(task: Task): Promise<void> {
  const { service, old } = task;
  const { spec } = service;
  if (!needsHealthCheck(spec) || (old !== undefined && needsHealthCheck(old.spec))) return;
  const asked = spec.healthCheckNodePort;
  if (!asked) {
    spec.healthCheckNodePort = await freePort(task);
    return;
  }
  const why = await reserved(task, asked);
  if (why !== undefined)
    throw internal(`failed to allocate requested HealthCheck NodePort ${asked}: ${why}`);
}

/** Before the first port that a dry run makes up. */
const dryRunPortsBelow = 32_768;

async function freePort(task: Task): Promise<number> {
  const { book, taken, core, dryRun } = task;
  if (dryRun) {
    const made = taken.ports.length > 0 ? taken.ports : [dryRunPortsBelow];
    const port = Math.max(...made) + 1;
    taken.ports.push(port);
    return port;
  }
  const lost = new Set<number>();
  const used = { has: (port: number) => lost.has(port) || book.ports.taken.has(port) };
  for (let races = 0; races < racesMax; races++) {
    const port = nextFree(book.ports.range, used, core.random);
    if (port === undefined) break;
    if (await claimPort(task, port)) return port;
    lost.add(port);
  }
  throw internal("failed to allocate a nodePort: range is full");
}

/** False: another server gave it away. */
async function claimPort({ book, taken }: Task, port: number): Promise<boolean> {
  book.ports.taken.add(port);
  let claimed = false;
  try {
    claimed = await book.claims.take(String(port));
  } finally {
    if (claimed) taken.ports.push(port);
    else book.ports.taken.remove(port);
  }
  return claimed;
}

async function takePort(task: Task, field: string, value: number): Promise<void> {
  const why = await reserved(task, value);
  if (why !== undefined) throw refused(task.service, [invalidValue(field, value, why)]);
}

/** Takes the port `value`, or tells why not. A dry run minds no range, as upstream. */
async function reserved(task: Task, value: number): Promise<string | undefined> {
  const { book, taken, dryRun } = task;
  const { range, taken: used } = book.ports;
  if (!dryRun && !isIn(range, value))
    return `provided port is not in the valid range. The range of valid ports is ${range.first}-${range.last}`;
  const already = "provided port is already allocated";
  if (used.has(value) || taken.ports.includes(value)) return already;
  if (!dryRun) return (await claimPort(task, value)) ? undefined : already;
  taken.ports.push(value);
  return undefined;
}

/** A write that is under way may need this long until its Service can be seen. */
const writeMsMax = 60_000;

/** Claims of ports that no Service has any more. */
export function freePorts({ ports, claims }: Book, gone: readonly number[], log: Log): void {
  for (const port of gone)
    if (!ports.taken.has(port))
      claims.free(String(port)).catch((error: unknown) => {
        log.error("a node port cannot be freed", { port, error });
      });
}

/** What a server that ended amid a write, or an older one, left. */
export function repairPorts(core: Core, book: Book, held: readonly Holdings[], log: Log): void {
  const claimed = book.claims.all();
  const names = new Set(claimed.map(({ name }) => name));
  const old = claimed.filter(({ atMs }) => core.clock.now() - atMs > writeMsMax);
  freePorts(
    book,
    old.map(({ name }) => Number(name)),
    log,
  );
  for (const port of held.flatMap(({ ports }) => ports))
    if (!names.has(String(port)))
      book.claims.take(String(port)).catch((error: unknown) => {
        log.error("a node port cannot be claimed", { port, error });
      });
}
