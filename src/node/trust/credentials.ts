// Certificates of the pods of one node, by what their projected volumes ask for: the node makes the key, asks a signer
// through a PodCertificateRequest, and asks again before the certificate ends.
import type { Cache, Caches } from "../../client/cache.ts";
import type { Client } from "../../client/client.ts";
import type { Said } from "../../control/action.ts";
import { type Queue, startQueue } from "../../control/queue.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Log } from "../../lib/log.ts";
import { type Random, randomInteger } from "../../lib/random.ts";
import { nodes, podCertificateRequests, serviceAccounts } from "../../schema/resources.ts";
import { timeMs } from "../../schema/time.ts";
import type { PodCertificateRequest } from "../../schema/types/certificates-v1.ts";
import type { Pod, PodCertificateProjection } from "../../schema/types/core-v1.ts";
import { podReference } from "../context.ts";
import { type Credential, jitterMsMax, lostAfterMs, none, step } from "./credential.ts";
import { makePodKey } from "./key.ts";

export type PodCredential = { readonly key: string; readonly chain: string };

export type PodCredentials = {
  /** Asks for what the pod's volumes want, until the returned function is called; `changed`: files are to be made anew. */
  hold(pod: Pod, changed: () => void): () => void;
  /** Throws an Error that says why there is none (yet). */
  get(podUid: string, volume: string, index: number): PodCredential;
  stop(): Promise<void>;
};

export type CredentialOptions = {
  readonly nodeName: string;
  readonly client: Client;
  readonly caches: Caches;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly record: (said: Said) => void;
};

type Tracked = {
  readonly pod: Pod;
  readonly ask: PodCertificateProjection;
  readonly changed: () => void;
  credential: Credential;
};

/** Requests under way at a time. */
const workersMax = 4;

export function podCredentials(options: CredentialOptions): PodCredentials {
  const { nodeName, caches, clock, random, log, record } = options;
  const tracked = new Map<string, Tracked>();
  let begun: { queue: Queue; requests: Cache<PodCertificateRequest> } | undefined;

  /** Nothing is watched before a pod wants a certificate. */
  const begin = (): NonNullable<typeof begun> => {
    const fieldSelector = `spec.nodeName=${nodeName}`;
    const requests = caches.of(podCertificateRequests, { fieldSelector });
    const queue = startQueue({
      clock,
      workers: workersMax,
      work: (key) => work(key, requests, queue),
      onError: (key, error) => log.warn("cannot get a pod's certificate", { error, key }),
    });
    requests.onChange(({ old, next }) => {
      const uid = (next ?? old)?.spec.podUID;
      for (const [key, { pod }] of tracked) if (pod.metadata.uid === uid) queue.add(key);
    });
    return { queue, requests };
  };

  async function work(
    key: string,
    requests: Cache<PodCertificateRequest>,
    queue: Queue,
  ): Promise<undefined> {
    await requests.synced;
    const one = tracked.get(key);
    if (one === undefined) return;
    const { pod, ask, credential } = one;
    const { namespace = "" } = pod.metadata;
    const name = credential.asked?.name;
    const request = name === undefined ? undefined : requests.get({ namespace, name });
    const nowMs = clock.now();
    const jitterMs = randomInteger(random, jitterMsMax);
    const { next, warnings, mustAsk, againAtMs } = step(credential, request, { nowMs, jitterMs });
    one.credential = next;
    for (const warning of warnings) {
      record({ about: podReference(pod), type: "Warning", ...warning });
    }
    if (next.held !== credential.held || next.refused !== credential.refused) one.changed();
    if (againAtMs !== undefined) queue.addAfter(key, Math.max(againAtMs - nowMs, 0));
    if (!mustAsk) return;
    const asked = await askSigner(options, pod, ask, jitterMs);
    one.credential = { ...next, asked };
    queue.addAfter(key, asked.lostAtMs - nowMs + 1);
    // Who answers quickly may have done so before this was noted.
    queue.add(key);
  }

  return {
    hold(pod, changed) {
      const asks = [...certificatesOf(pod)];
      if (asks.length === 0) return () => {};
      begun ??= begin();
      for (const { key, ask } of asks) {
        tracked.set(key, { pod, ask, changed, credential: none });
        begun.queue.add(key);
      }
      return () => {
        for (const { key } of asks) tracked.delete(key);
      };
    },
    get(podUid, volume, index) {
      const one = tracked.get(keyOf(podUid, volume, index));
      if (one?.credential.refused !== undefined) throw new Error(one.credential.refused);
      const held = one?.credential.held;
      if (held === undefined) throw new Error("credential bundle is not issued yet");
      return held;
    },
    async stop() {
      tracked.clear();
      await begun?.queue.stop();
    },
  };
}

const keyOf = (podUid: string, volume: string, index: number): string =>
  `${podUid}/${volume}/${index}`;

function* certificatesOf({ metadata, spec }: Pod) {
  for (const { name, projected } of spec.volumes ?? []) {
    for (const [index, { podCertificate }] of (projected?.sources ?? []).entries()) {
      if (!podCertificate) continue;
      yield { key: keyOf(metadata.uid ?? "", name, index), ask: podCertificate };
    }
  }
}

async function askSigner(
  { client, caches, nodeName, clock }: CredentialOptions,
  pod: Pod,
  ask: PodCertificateProjection,
  jitterMs: number,
): Promise<NonNullable<Credential["asked"]>> {
  const { name: podName = "", namespace = "", uid: podUID = "" } = pod.metadata;
  const serviceAccountName = pod.spec.serviceAccountName ?? "";
  const account = await client.get(serviceAccounts, { namespace, name: serviceAccountName });
  const nodeCache = caches.of(nodes);
  await nodeCache.synced;
  const node = nodeCache.get({ name: nodeName });
  const { pem, proof } = await makePodKey(ask.keyType ?? "");
  const { maxExpirationSeconds, userAnnotations } = ask;
  const owner = { apiVersion: "v1", kind: "Pod", name: podName, uid: podUID };
  const made = await client.create(podCertificateRequests, {
    apiVersion: "certificates.k8s.io/v1",
    kind: "PodCertificateRequest",
    metadata: { namespace, generateName: "req-", ownerReferences: [owner] },
    spec: {
      signerName: ask.signerName ?? "",
      podName,
      podUID,
      serviceAccountName,
      serviceAccountUID: account.metadata.uid ?? "",
      nodeName,
      nodeUID: node?.metadata.uid ?? "",
      stubPKCS10Request: proof,
      ...(maxExpirationSeconds === undefined ? {} : { maxExpirationSeconds }),
      ...(userAnnotations === undefined ? {} : { unverifiedUserAnnotations: userAnnotations }),
    },
  });
  const sinceMs = timeMs(made.metadata.creationTimestamp) ?? clock.now();
  const lostAtMs = sinceMs + lostAfterMs + jitterMs;
  return { key: pem, name: made.metadata.name ?? "", lostAtMs, seen: false };
}
