import { undefinedIfNotFound } from "../../client/refusal.ts";
import { source, startController } from "../../control/controller.ts";
import { leases, nodes, pods } from "../../schema/resources.ts";
import type { Node } from "../../schema/types/core-v1.ts";
import { conditionOf } from "../conditions.ts";
import type { Parts, Running } from "../parts.ts";
import { byNode } from "../services-of-pods.ts";
import { HealthMemory } from "./health.ts";
import { type Observed, reconcile, registered, removed } from "./reconcile.ts";
import { evictingTaint, hasEvictingTaint } from "./taints.ts";
import { Zones } from "./zones.ts";

/** Where nodes keep their leases. */
const leaseNamespace = "kube-node-lease";

export function startNodeLifecycle(parts: Parts): Running {
  const { caches, client, clock, record, settings } = parts;
  const cache = caches.of(nodes);
  const podCache = caches.of(pods, { indexes: { byNode } });
  const leaseCache = caches.of(leases, { namespace: leaseNamespace });
  const health = new HealthMemory(clock);
  const zones = new Zones(clock);

  function observe(name: string): Observed | undefined {
    const node = cache.get({ name });
    if (!node) return undefined;
    const isNew = !conditionOf(node.status?.conditions, "Ready");
    const graceSeconds = isNew ? settings.nodeStartupGraceSeconds : settings.nodeGraceSeconds;
    return {
      node,
      pods: podCache.by("byNode", name),
      silentMs: health.silentMs(node),
      graceMs: graceSeconds * 1000,
      ...permission(node),
      now: clock.now(),
    };
  }

  function permission(node: Node): Pick<Observed, "mayEvict" | "permitMs"> {
    if (!evictingTaint(node)) return { mayEvict: false, permitMs: undefined };
    if (hasEvictingTaint(node)) return { mayEvict: !zones.areAllDown, permitMs: undefined };
    const permitMs = zones.permit(node);
    return { mayEvict: permitMs === 0, permitMs };
  }

  /** Before a node is given up the server is asked, in case it is our view that is old. */
  async function reconcileChecked(observed: Observed) {
    if (observed.silentMs <= observed.graceMs) return reconcile(observed);
    const ref = { namespace: leaseNamespace, name: observed.node.metadata.name! };
    const lease = await client.get(leases, ref).catch(undefinedIfNotFound);
    if (lease) health.noteLease(lease);
    return reconcile({ ...observed, silentMs: health.silentMs(observed.node) });
  }

  const isSilentNode = (name: string): boolean => {
    const node = cache.get({ name });
    return conditionOf(node?.status?.conditions, "Ready")?.status === "Unknown";
  };

  let wereAllDown = false;
  function noteZones(): void {
    if (wereAllDown && !zones.areAllDown) health.forgive();
    if (wereAllDown !== zones.areAllDown) {
      wereAllDown = zones.areAllDown;
      for (const node of cache.list()) controller.add(node.metadata.name!);
    }
  }

  const controller = startController({
    ...parts,
    name: "node-lifecycle",
    sources: [
      source(cache, ({ key }) => [key]),
      source(podCache, ({ old, next }) => {
        const name = next?.spec.nodeName;
        return name && name !== old?.spec.nodeName && isSilentNode(name) ? [name] : [];
      }),
    ],
    reads: [leaseCache],
    observe,
    reconcile: reconcileChecked,
  });
  const unsubscribe = [
    cache.onChange(({ key, old, next }) => {
      if (next) health.noteNode(next);
      else health.forget(key);
      if (next) zones.note(next);
      else zones.forget(key);
      if (next && !old) record(registered(next));
      else if (old && !next) record(removed(old));
      noteZones();
    }),
    leaseCache.onChange(({ next }) => next && health.noteLease(next)),
  ];
  return {
    async stop() {
      for (const end of unsubscribe) end();
      await controller.stop();
    },
  };
}
