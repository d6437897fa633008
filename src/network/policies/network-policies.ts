// Keeps the node's packet filter in step with NetworkPolicies, pods and namespaces. Pods and namespaces are watched
// only once there is a policy.
import type { Cache, Caches } from "../../client/cache.ts";
import { type Clock, sleep } from "../../lib/clock.ts";
import type { Log } from "../../lib/log.ts";
import { namespaces, networkPolicies, pods } from "../../schema/resources.ts";
import type { Namespace, Pod } from "../../schema/types/core-v1.ts";
import { noTableText } from "../nft-table.ts";
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

/** Changes that come within so long go into one transaction. */
const gatherMs = 5;
const retryMs = 1000;

type Others = { pods: Cache<Pod>; namespaces: Cache<Namespace> };

export function startNetworkPolicies(options: NetworkPoliciesOptions): NetworkPolicies {
  const { caches, nft, clock, log, table, nodeName } = options;
  const policies = caches.of(networkPolicies);
  const stopping = new AbortController();
  const unsubscribe: (() => void)[] = [];
  let others: Others | undefined;
  let shown: string | undefined;
  let isDirty = true;
  let running: Promise<void> | undefined;

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
  const apply = async (): Promise<void> => {
    await sleep(clock, gatherMs, stopping.signal);
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
      await sleep(clock, retryMs, stopping.signal);
    }
  };
  function wake(): void {
    isDirty = true;
    begin();
  }
  function wakeForPod({ old, next }: { old: Pod | undefined; next: Pod | undefined }): void {
    if (filteredBy(old) !== filteredBy(next)) wake();
  }
  function begin(): void {
    if (stopping.signal.aborted || !isDirty || !policies.isSynced) return;
    running ??= apply()
      .catch((error: unknown) => {
        if (!stopping.signal.aborted) log.error("network policies", { error });
      })
      .finally(() => {
        running = undefined;
        begin();
      });
  }
  unsubscribe.push(policies.onChange(wake));
  policies.synced.then(begin, () => {});
  return {
    async stop() {
      stopping.abort();
      for (const end of unsubscribe) end();
      await running;
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
