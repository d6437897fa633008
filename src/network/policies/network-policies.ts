// Keeps the node's packet filter in step with NetworkPolicies, pods and namespaces. Pods and namespaces are watched
// only once there is a policy.
import type { Cache, Caches } from "../../client/cache.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Log } from "../../lib/log.ts";
import { namespaces, networkPolicies, pods } from "../../schema/resources.ts";
import type { Namespace, Pod } from "../../schema/types/core-v1.ts";
import { noTableText } from "../nft-table.ts";
import { transactions } from "../transactions.ts";
import { policyRules } from "./policy-rules.ts";
import { policyText } from "./policy-text.ts";

export type NetworkPoliciesOptions = {
  /** Name of the table, one for each instance on a machine. */
  table: string;
  nodeName: string;
  caches: Caches;
  /** Runs one transaction; rejects with what nft said. */
  nft: (text: string) => Promise<void>;
  clock: Clock;
  log: Log;
};

export type NetworkPolicies = {
  /** The filter stays as it is. */
  stop(): Promise<void>;
};

type Others = { pods: Cache<Pod>; namespaces: Cache<Namespace> };

/**
 * Keeps the rules of this node as the policies, pods and namespaces want them, until it is stopped; the rules
 * stay.
 */
export function startNetworkPolicies(options: NetworkPoliciesOptions): NetworkPolicies {
  const { caches, nft, clock, log, table, nodeName } = options;
  const policies = caches.of(networkPolicies);
  const unsubscribe: (() => void)[] = [];
  let others: Others | undefined;
  let shown: string | undefined;
  let isDirty = true;

  /** Undefined while it is not yet known what the policies select. */
  const look = (): string | undefined => {
    if (policies.list().length === 0) return noTableText(table);
    others ??= watchOthers();
    if (!others.pods.isSynced || !others.namespaces.isSynced) return undefined;
    const rules = policyRules({
      nodeName,
      policies: policies.list(),
      pods: others.pods.list(),
      namespaces: others.namespaces.list(),
    });
    return policyText(table, rules);
  };
  const watchOthers = (): Others => {
    const made = { pods: caches.of(pods), namespaces: caches.of(namespaces) };
    unsubscribe.push(made.pods.onChange(wakeForPod), made.namespaces.onChange(wake));
    // When the caches are stopped before, nothing is to be shown any more.
    Promise.all([made.pods.synced, made.namespaces.synced]).then(wake, () => {});
    return made;
  };
  const apply = async (retry: () => Promise<void>): Promise<void> => {
    isDirty = false;
    const text = look();
    if (text === undefined || text === shown) return;
    try {
      await nft(text);
      shown = text;
    } catch (error) {
      // What was there before still holds.
      log.warn("cannot change the filter of network policies; it is tried again", { error });
      isDirty = true;
      await retry();
    }
  };
  const queue = transactions({
    ...{ clock, log, apply, name: "network policies" },
    hasChanges: () => isDirty && policies.isSynced,
  });
  function wake(): void {
    isDirty = true;
    queue.wake();
  }
  function wakeForPod({ old, next }: { old: Pod | undefined; next: Pod | undefined }): void {
    if (filteredBy(old) !== filteredBy(next)) wake();
  }
  unsubscribe.push(policies.onChange(wake));
  policies.synced.then(queue.wake, () => {});
  return {
    async stop() {
      for (const end of unsubscribe) end();
      await queue.stop();
    },
  };
}

/** What of a pod matters here; most of its changes do not. */
function filteredBy(pod: Pod | undefined): string {
  if (!pod) return "";
  const { metadata, spec, status } = pod;
  return JSON.stringify([
    metadata.uid,
    metadata.labels,
    spec.nodeName,
    status?.podIP,
    status?.phase,
  ]);
}
