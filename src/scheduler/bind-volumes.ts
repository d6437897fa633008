// Gives a pod's waiting claims their volumes on the node that was chosen, before the pod is bound to it.
import type { Client } from "../client/client.ts";
import { keyOf, refOf } from "../client/key.ts";
import { referenceTo } from "../control/action.ts";
import { type Clock, sleep } from "../lib/clock.ts";
import { persistentVolumeClaims, persistentVolumes } from "../schema/resources.ts";
import type { PersistentVolumeClaim } from "../schema/types/core-v1.ts";
import { boundByController } from "../schema/volume-match.ts";
import { type PlacedClaim, selectedNode, type VolumeCaches } from "./volumes.ts";

/** Longest wait for a volume to be made and bound, as upstream's `bindTimeoutSeconds`. */
const bindTimeoutMs = 600_000;

export type Binding = {
  client: Client;
  clock: Clock;
  nodeName: string;
  caches: VolumeCaches;
  signal: AbortSignal;
};

/** Resolves once all are bound. Throws when one cannot be: the pod is then decided anew. */
export async function bindVolumes(placed: readonly PlacedClaim[], given: Binding): Promise<void> {
  const { chosen } = given.caches;
  const names = placed.flatMap(({ claim, volume }) => {
    if (!volume?.metadata.name) return [];
    chosen.set(volume.metadata.name, keyOf(claim));
    return [volume.metadata.name];
  });
  try {
    for (const one of placed) await tell(one, given);
    for (const { claim, volume } of placed) await untilBound(claim, volume === undefined, given);
  } finally {
    for (const name of names) chosen.delete(name);
  }
}

/** The volume is told its claim, or who makes volumes the node. */
async function tell({ claim, volume }: PlacedClaim, { client, nodeName }: Binding): Promise<void> {
  if (!volume) {
    const patch = { metadata: { annotations: { [selectedNode]: nodeName } } };
    await client.patch(persistentVolumeClaims, refOf(claim), patch, { type: "merge" });
    return;
  }
  // A claim that the volume names already, and by its UID, is only waited for.
  if (volume.spec.claimRef?.uid === claim.metadata.uid) return;
  const { resourceVersion } = volume.metadata;
  const metadata = { resourceVersion, annotations: { [boundByController]: "yes" } };
  const spec = { claimRef: referenceTo(persistentVolumeClaims, claim) };
  await client.patch(persistentVolumes, refOf(volume), { metadata, spec }, { type: "merge" });
}

async function untilBound(
  claim: PersistentVolumeClaim,
  isMade: boolean,
  { clock, nodeName, caches, signal }: Binding,
): Promise<void> {
  const now = () => caches.claims.get(refOf(claim));
  const end = new AbortController();
  const both = AbortSignal.any([signal, end.signal]);
  // Who makes volumes takes the node's name away when it cannot make one there.
  let wasTold = false;
  const isOver = (): boolean => {
    const found = now();
    if (!found || found.status?.phase === "Bound") return true;
    const told = found.metadata.annotations?.[selectedNode] === nodeName;
    wasTold ||= told;
    return isMade && wasTold && !told;
  };
  const timeout = sleep(clock, bindTimeoutMs, both).then(
    () => {
      throw new Error(`binding volumes: ${keyOf(claim)} is not bound after 10 minutes`);
    },
    () => {},
  );
  try {
    await Promise.race([caches.claims.until(isOver, both), timeout]);
  } finally {
    end.abort();
  }
  signal.throwIfAborted();
  if (now()?.status?.phase === "Bound") return;
  throw new Error(`binding volumes: ${keyOf(claim)} got no volume on node ${nodeName}`);
}
