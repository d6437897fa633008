// What must hold: always, and once everything has come to rest.
import assert from "node:assert/strict";
import type { Client } from "../../../src/client/client.ts";
import type { ApiObject } from "../../../src/schema/kind.ts";
import {
  configMaps,
  deployments,
  endpointSlices,
  jobs,
  pods,
  replicaSets,
  statefulSets,
} from "../../../src/schema/resources.ts";
import type { Pod } from "../../../src/schema/types/core-v1.ts";
import { ledgerNamespace } from "./ledger.ts";
import type { Machine } from "./machine.ts";
import type { Observer } from "./observer.ts";
import { type Wish, workNamespace } from "./workloads.ts";

/** No pod runs on two machines at a time, and no name of a StatefulSet's does. Throws an AssertionError. */
export async function checkRunning(machines: readonly Machine[]): Promise<void> {
  const places = new Map<string, string>();
  for (const { name: machine, runtime } of machines) {
    const boxes = new Map((await runtime.listPodSandbox()).map((box) => [box.id, box]));
    for (const { podSandboxId, state } of await runtime.listContainers()) {
      const metadata = boxes.get(podSandboxId)?.metadata;
      if (state !== "CONTAINER_RUNNING" || !metadata) continue;
      const { uid, name, namespace } = metadata;
      const identities = name.startsWith("statefulset-") ? [uid, `${namespace}/${name}`] : [uid];
      for (const identity of identities) {
        const other = places.get(identity);
        const place = `${machine}/${uid}`;
        assert.ok(other === undefined || other === place, `${name} runs at ${other} and ${place}`);
        places.set(identity, place);
      }
    }
  }
}

/** Why the cluster has not come to rest as wanted; undefined when it has. */
export async function whyNotConverged(
  client: Client,
  wishes: Iterable<Wish>,
): Promise<string | undefined> {
  const inWork = { namespace: workNamespace };
  const wanted = [...wishes];
  const { items: all } = await client.list(pods, inWork);
  for (const wish of wanted) {
    const why = await whyNot(client, wish, all);
    if (why) return `${wish.kind} ${wish.name}: ${why}`;
  }
  const owned = (
    await Promise.all(
      [deployments, statefulSets, jobs, replicaSets, pods].map((r) =>
        client.list<ApiObject>(r, inWork),
      ),
    )
  ).flatMap((list) => list.items);
  const uids = new Set(owned.map((object) => object.metadata.uid));
  for (const { metadata } of owned) {
    if (metadata.deletionTimestamp) return `${metadata.name} is still being deleted`;
    const owner = metadata.ownerReferences?.[0];
    if (owner && !uids.has(owner.uid)) return `${metadata.name} has outlived its owner`;
  }
  const names = new Set(wanted.map((w) => w.name));
  const orphan = owned.find(
    (o) => !o.metadata.ownerReferences && !names.has(o.metadata.name ?? ""),
  );
  if (orphan) return `${orphan.metadata.name} is wanted by nobody`;
  return await whyNotServed(client, all);
}

async function whyNot(
  client: Client,
  { kind, name, replicas, image }: Wish,
  all: readonly Pod[],
): Promise<string | undefined> {
  const ref = { namespace: workNamespace, name };
  if (kind === "job") {
    const { status } = await client.get(jobs, ref);
    const isDone = status?.conditions?.some((c) => c.type === "Complete" && c.status === "True");
    if (!isDone) return `not complete: ${JSON.stringify(status)}`;
    return status?.succeeded === replicas + 1 ? undefined : `succeeded ${status?.succeeded}`;
  }
  const own = all.filter((pod) => pod.metadata.labels?.["app"] === name);
  const good = own.filter(
    ({ spec, status }) =>
      spec.containers[0]?.image === image &&
      status?.conditions?.some((c) => c.type === "Ready" && c.status === "True"),
  );
  if (own.length !== replicas || good.length !== replicas)
    return `${good.length} good pods of ${own.length}, wanted ${replicas}`;
  const resource = kind === "deployment" ? deployments : statefulSets;
  const { status, metadata } = await client.get<ApiObject & Replicated>(resource as never, ref);
  const { readyReplicas = 0, updatedReplicas = 0, observedGeneration } = status ?? {};
  return readyReplicas === replicas &&
    updatedReplicas === replicas &&
    observedGeneration === metadata.generation
    ? undefined
    : `status ${JSON.stringify(status)}`;
}

type Replicated = {
  status?: { readyReplicas?: number; updatedReplicas?: number; observedGeneration?: number };
};

/** Slices tell exactly the addresses of the ready pods. */
async function whyNotServed(client: Client, all: readonly Pod[]): Promise<string | undefined> {
  const { items } = await client.list(endpointSlices, { namespace: workNamespace });
  const told = items.flatMap(({ endpoints }) =>
    (endpoints ?? []).filter((e) => e.conditions?.ready).flatMap((e) => e.addresses),
  );
  const ready = all
    .filter(({ metadata }) => metadata.labels?.["app"]?.startsWith("deployment-"))
    .flatMap(({ status }) => status?.podIP ?? []);
  const difference = new Set(told).symmetricDifference(new Set(ready));
  return difference.size === 0 ? undefined : `slices and pods differ in ${[...difference]}`;
}

/** Why the runtimes do not run exactly what the API says; undefined when they do. */
export async function whyNotAtRest(
  client: Client,
  machines: readonly Machine[],
): Promise<string | undefined> {
  const { items } = await client.list(pods);
  const running = items.filter(({ status }) => status?.phase === "Running");
  for (const { name, runtime } of machines) {
    const wanted = new Set(
      running.filter((pod) => pod.spec.nodeName === name).map((pod) => pod.metadata.uid),
    );
    const boxes = await runtime.listPodSandbox();
    for (const { state, metadata } of boxes) {
      if (state !== "SANDBOX_READY") continue;
      if (!wanted.delete(metadata.uid))
        return `${metadata.name} (${metadata.uid}) is left on ${name}`;
    }
    if (wanted.size > 0) return `${[...wanted]} do not run on ${name}`;
  }
  return undefined;
}

/** What the watcher was told is what a list shows. */
export async function checkObserver(client: Client, observer: Observer): Promise<void> {
  const { items } = await client.list(configMaps, { namespace: ledgerNamespace });
  const listed = items.map(({ metadata }) => [metadata.name, metadata.resourceVersion]);
  assert.deepEqual([...observer.shown].sort(), listed.sort());
}
