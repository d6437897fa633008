// Empties a namespace that is being deleted, then lets it go. Unlike other controllers it asks the server what is
// served and what is left, instead of a cache: what it misses would be lost for ever.

import type { Client } from "../../client/client.ts";
import { undefinedIfNotFound } from "../../client/refusal.ts";
import { startQueue } from "../../control/queue.ts";
import { equal } from "../../lib/equal.ts";
import { namespaces } from "../../schema/resources.ts";
import type { Namespace } from "../../schema/types/core-v1.ts";
import type { Parts, Running } from "../parts.ts";
import { discover } from "../served/discovery.ts";
import { deleteContent } from "./content.ts";
import { statusOf } from "./status.ts";

const workers = 10;

/** What remains is looked at again when some of it goes, and no later than this (upstream's estimate). */
const againMs = 8_000;

/** The finalizer in `spec` that this controller answers for. */
const ownFinalizer = "kubernetes";

export function startNamespace(parts: Parts): Running {
  const { caches, client, clock, log } = parts;
  const cache = caches.of(namespaces);
  const objects = parts.objects();
  const isEnding = (name: string): boolean =>
    cache.get({ name })?.metadata.deletionTimestamp !== undefined;

  const queue = startQueue({
    clock,
    workers,
    retryMs: { first: 5, max: 60_000 },
    async work(name) {
      if (isEnding(name) && !(await empty(client, name, clock.now())))
        queue.addAfter(name, againMs);
      return undefined;
    },
    onError: (name, error, failures) =>
      log.debug("namespace: cannot empty a namespace", { name, error, failures }),
  });
  const unsubscribe = [
    cache.onChange(({ key, next }) => {
      if (next?.metadata.deletionTimestamp) queue.add(key);
    }),
    objects.onChange(({ change: { old, next } }) => {
      const name = old?.metadata.namespace;
      if (name && !next && isEnding(name)) queue.add(name);
    }),
  ];
  return {
    async stop() {
      for (const end of unsubscribe) end();
      await queue.stop();
    },
  };
}

/** True when nothing is left to do. Rejects when something could not be deleted. */
async function empty(client: Client, name: string, now: number): Promise<boolean> {
  const namespace = await client.get(namespaces, { name }).catch(undefinedIfNotFound);
  if (!namespace?.metadata.deletionTimestamp || namespace.spec?.finalizers?.length === 0)
    return true;
  const discovery = await discover(client);
  const remains = await deleteContent(client, name, discovery);
  const status = statusOf(namespace.status, remains, discovery.unknown, now);
  const next = equal(status, namespace.status)
    ? namespace
    : await client.update(namespaces, { ...namespace, status }, { subresource: "status" });
  if (remains.failures.length > 0) throw new Error(remains.failures.join("; "));
  if (discovery.unknown.length > 0)
    throw new Error(`some kinds could not be discovered: ${discovery.unknown.join(", ")}`);
  if (remains.counts.size > 0) return false;
  await finalize(client, next);
  return true;
}

async function finalize(client: Client, namespace: Namespace): Promise<void> {
  const finalizers = (namespace.spec?.finalizers ?? []).filter((f) => f !== ownFinalizer);
  const next = { ...namespace, spec: { ...namespace.spec, finalizers } };
  await client.update(namespaces, next, { subresource: "finalize" }).catch(undefinedIfNotFound);
}
