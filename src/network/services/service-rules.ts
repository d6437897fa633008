// Keeps the node's service rules in step with Services and EndpointSlices: differences only, one transaction at a time.
import type { Caches } from "../../client/cache.ts";
import { keyOfRef } from "../../client/key.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Log } from "../../lib/log.ts";
import { endpointSlices, services } from "../../schema/resources.ts";
import type { EndpointSlice } from "../../schema/types/discovery-v1.ts";
import { transactions } from "../transactions.ts";
import { differenceText, type TablePlace, tableText } from "./nft-text.ts";
import { addressMap, portMap, type Ruleset, rulesetOf } from "./ruleset.ts";
import { type ServicePort, servicePortsOf } from "./service-ports.ts";

/** Runs one transaction; rejects with what nft said. */
export type Nft = (text: string) => Promise<void>;

export type ServiceRulesOptions = TablePlace & {
  nodeName: string;
  caches: Caches;
  /** Ports that lead to this node itself, whatever the API says. */
  fixed: readonly ServicePort[];
  nft: Nft;
  clock: Clock;
  log: Log;
};

const serviceLabel = "kubernetes.io/service-name";
const byService = "service";

export type ServiceRules = {
  /** Resolves when the rules show every Service that was there at the start. */
  ready: Promise<void>;
  /** Forgets nothing: the rules stay as they are. */
  stop(): Promise<void>;
};

/** Resolves once the table with its guards is there. */
export async function startServiceRules(options: ServiceRulesOptions): Promise<ServiceRules> {
  const { caches, nft, clock, log, table, nodeName, fixed } = options;
  await nft(tableText(options));
  const serviceCache = caches.of(services);
  const slices = caches.of(endpointSlices, { indexes: { [byService]: serviceKeys } });
  const ports = new Map<string, ServicePort[]>();
  const dirty = new Set<string>();
  let shown: Ruleset = { elements: new Map(), sticky: new Map() };
  let isFixedShown = fixed.length === 0;

  const look = (key: string): void => {
    const cut = key.indexOf("/");
    const service = serviceCache.get({ namespace: key.slice(0, cut), name: key.slice(cut + 1) });
    if (service) ports.set(key, servicePortsOf(service, slices.by(byService, key), nodeName));
    else ports.delete(key);
  };
  const apply = async (retry: () => Promise<void>): Promise<void> => {
    for (const key of dirty) look(key);
    dirty.clear();
    const next = keepMaps(rulesetOf([...fixed, ...[...ports.values()].flat()]), shown);
    const text = differenceText(table, shown, next);
    isFixedShown = true;
    if (text === "") return;
    try {
      await nft(text);
      shown = next;
    } catch (error) {
      log.warn("cannot change the service rules; they are made anew", { error });
      await retry();
      await nft(tableText(options));
      shown = { elements: new Map(), sticky: new Map() };
      for (const key of ports.keys()) dirty.add(key);
    }
  };
  const { wake, idle, stop } = transactions({
    ...{ clock, log, apply, name: "service rules" },
    hasChanges: () => dirty.size > 0 || !isFixedShown,
  });
  const mark = (key: string): void => {
    dirty.add(key);
    wake();
  };
  const unsubscribe = [
    serviceCache.onChange(({ key }) => mark(key)),
    slices.onChange(({ old, next }) => {
      for (const slice of [old, next]) if (slice) for (const key of serviceKeys(slice)) mark(key);
    }),
  ];
  wake();
  const ready = Promise.all([serviceCache.synced, slices.synced]).then(idle);
  // Whoever waits for it hears of the end; nobody needs to.
  ready.catch(() => {});
  return {
    ready,
    async stop() {
      for (const end of unsubscribe) end();
      await stop();
    },
  };
}

function serviceKeys({ metadata }: EndpointSlice): string[] {
  const name = metadata.labels?.[serviceLabel];
  return name === undefined ? [] : [keyOfRef({ namespace: metadata.namespace, name })];
}

/** Maps that were made stay, empty, because rules look into them. */
function keepMaps(next: Ruleset, before: Ruleset): Ruleset {
  const elements = new Map(next.elements);
  for (const name of before.elements.keys()) {
    const count = Number(name.split("_")[1]);
    const isMade = name === addressMap(count) || name === portMap(count);
    if (isMade && !elements.has(name)) elements.set(name, new Map());
  }
  return { ...next, elements };
}
