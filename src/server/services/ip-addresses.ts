// An IPAddress object for each address of a Service. Its creation is what gives the address to one Service alone, also
// where several servers share a store; it goes with the Service, or when that gives the address up.
import type { Log } from "../../lib/log.ts";
import { ipAddresses, services } from "../../schema/resources.ts";
import { StatusError } from "../../schema/status-error.ts";
import type { Service } from "../../schema/types/core-v1.ts";
import type { IPAddress } from "../../schema/types/networking-v1.ts";
import { call, pathOf } from "../call.ts";
import type { Core } from "../context.ts";

const managedBy = { "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io" };

/** A write that is under way may need this long until its Service can be seen. */
const writeMsMax = 60_000;

/** False: somebody has it. */
export async function createAddress(
  core: Core,
  address: string,
  { name, namespace }: Service["metadata"],
): Promise<boolean> {
  const body: IPAddress = {
    apiVersion: "networking.k8s.io/v1",
    kind: "IPAddress",
    metadata: {
      name: address,
      labels: { "ipaddress.kubernetes.io/ip-family": "IPv4", ...managedBy },
    },
    spec: {
      parentRef: {
        resource: "services",
        namespace: namespace ?? "",
        name: name ?? "",
      },
    },
  };
  try {
    await call(core, { method: "POST", path: pathOf(ipAddresses), body });
    return true;
  } catch (error) {
    if (error instanceof StatusError && error.reason === "AlreadyExists") return false;
    throw error;
  }
}

/** Only this one: not an address that was taken anew meanwhile. */
export async function deleteAddress(core: Core, { metadata }: IPAddress): Promise<void> {
  const { name = "", uid = "" } = metadata;
  const body = { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid } };
  try {
    await call(core, { method: "DELETE", path: pathOf(ipAddresses, "", name), body });
  } catch (error) {
    if (!(error instanceof StatusError) || ![404, 409].includes(error.code)) throw error;
  }
}

const following = new WeakSet<Core>();

/**
 * From now on, addresses that Services give up are free again, and what they have has its object. Does nothing when
 * called again.
 */
export function followAddresses(core: Core, log: Log): void {
  if (following.has(core)) return;
  following.add(core);
  const known = new Map<string, readonly string[]>();
  const tried = (work: Promise<unknown>): void => {
    work.catch((error: unknown) => log.error("an address of a Service cannot be kept", { error }));
  };
  for (const service of core.view(services).list()) known.set(keyOf(service), addressesOf(service));
  core.view(services).onChange((namespace, name, service) => {
    const key = `${namespace}/${name}`;
    const now = service === undefined ? [] : addressesOf(service);
    const gone = (known.get(key) ?? []).filter((address) => !now.includes(address));
    if (service === undefined) known.delete(key);
    else known.set(key, now);
    for (const address of gone) tried(release(core, address));
  });
  core.view(ipAddresses).onChange((_, address, object) => {
    if (object === undefined) tried(restore(core, address));
  });
  tried(repair(core));
}

const keyOf = ({ metadata: { namespace, name } }: Service): string => `${namespace}/${name}`;

const addressesOf = ({ spec }: Service): readonly string[] =>
  (spec.clusterIPs ?? []).filter((address) => /^\d+\.\d+\.\d+\.\d+$/.test(address));

/** Deletes the object of an address whose Service does not have it. */
async function release(core: Core, address: string): Promise<void> {
  const object = core.view(ipAddresses).get("", address);
  if (object !== undefined && isOurs(object) && ownerOf(core, object) === undefined)
    await deleteAddress(core, object);
}

const isOurs = ({ metadata }: IPAddress): boolean =>
  metadata.labels?.["ipaddress.kubernetes.io/managed-by"] === "ipallocator.k8s.io";

/** Made by a server for the Service of this name. */
export function isFor(object: IPAddress, { name, namespace }: Service["metadata"]): boolean {
  const { parentRef } = object.spec ?? {};
  return isOurs(object) && parentRef?.name === name && parentRef?.namespace === namespace;
}

/** The Service that the object names, when it has the address. */
function ownerOf(core: Core, { metadata, spec }: IPAddress): Service | undefined {
  const { namespace = "", name = "" } = spec?.parentRef ?? {};
  const service = core.view(services).get(namespace, name);
  return service && addressesOf(service).includes(metadata.name ?? "") ? service : undefined;
}

/** An object that somebody deleted comes back while a Service has the address. */
async function restore(core: Core, address: string): Promise<void> {
  const owner = core
    .view(services)
    .list()
    .find((service) => addressesOf(service).includes(address));
  if (owner !== undefined) await createAddress(core, address, owner.metadata);
}

/** What a server that ended amid a write, or an older one, left. */
async function repair(core: Core): Promise<void> {
  const view = core.view(ipAddresses);
  for (const service of core.view(services).list())
    for (const address of addressesOf(service))
      if (view.get("", address) === undefined) await createAddress(core, address, service.metadata);
  for (const object of view.list()) {
    const age = core.clock.now() - Date.parse(object.metadata.creationTimestamp ?? "");
    if (isOurs(object) && age > writeMsMax && ownerOf(core, object) === undefined)
      await deleteAddress(core, object);
  }
}
