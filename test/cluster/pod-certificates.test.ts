// Certificates and trust bundles in the volumes of pods, in a whole cluster under virtual time: the node asks, a signer
// answers, and long before the end the node asks again.
import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import { makeCertificate, readSigningRequest, toPem } from "../../src/lib/x509.ts";
import { nodeIdentity } from "../../src/main/control-plane.ts";
import { startCluster } from "../../src/main/testing.ts";
import {
  clusterTrustBundles,
  events,
  podCertificateRequests,
  pods,
} from "../../src/schema/resources.ts";
import type { PodCertificateRequest } from "../../src/schema/types/certificates-v1.ts";
import type { VolumeProjection } from "../../src/schema/types/core-v1.ts";

const namespace = "default";
const signerName = "example.com/signer";
const minute = 60_000;
const authority = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const textOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

async function simulated() {
  const cluster = await startCluster({ clock: "virtual", simulatedNodes: 1 });
  const podCache = await cluster.cache(pods);
  const requests = await cluster.cache(podCertificateRequests);
  const { client, clock } = cluster;
  const answer = (request: PodCertificateRequest, status: object): Promise<unknown> =>
    client.update(podCertificateRequests, { ...request, status }, { subresource: "status" });
  const condition = (type: string) => ({
    ...{ type, status: "True", reason: "Because", message: "of this" },
    lastTransitionTime: textOf(clock.now()),
  });
  return {
    cluster,
    requests: () => requests.list(namespace),
    pending: () => requests.list(namespace).filter((r) => !r.status?.conditions?.length),
    phase: (name: string) => podCache.get({ namespace, name })?.status?.phase,
    create: (name: string, ...sources: VolumeProjection[]) =>
      client.create(pods, {
        metadata: { name, namespace },
        spec: {
          containers: [
            {
              ...{ name: "c", image: "busybox:1", command: ["sh", "-c", "serve"] },
              volumeMounts: [{ name: "tls", mountPath: "/tls" }],
            },
          ],
          volumes: [{ name: "tls", projected: { sources } }],
        },
      }),
    /** As a signer does: for an hour, to be renewed after half of it. */
    issue(request: PodCertificateRequest) {
      const { publicKey } = readSigningRequest(
        Buffer.from(request.spec.stubPKCS10Request, "base64"),
      );
      const beginMs = Math.floor(clock.now() / 1000) * 1000;
      const endMs = beginMs + 60 * minute;
      const subject = { commonName: request.spec.podName, organizations: [] };
      const der = makeCertificate(
        {
          ...{ subject, issuer: subject, publicKey, serial: 5n, authority: false, usages: [] },
          ...{ notBeforeMs: beginMs, notAfterMs: endMs },
        },
        (bytes) => new Uint8Array(sign("sha256", bytes, authority.privateKey)),
      );
      return answer(request, {
        conditions: [condition("Issued")],
        certificateChain: toPem("CERTIFICATE", der),
        notBefore: textOf(beginMs),
        notAfter: textOf(endMs),
        beginRefreshAt: textOf(beginMs + 30 * minute),
      });
    },
    deny: (request: PodCertificateRequest) =>
      answer(request, { conditions: [condition("Denied")] }),
    async warnings(name: string): Promise<string[]> {
      const { items } = await client.list(events, { namespace });
      return items
        .filter((e) => e.involvedObject.name === name && e.type === "Warning")
        .map((e) => `${e.reason} ${e.message}`);
    },
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

const certificate = {
  podCertificate: {
    ...{ signerName, keyType: "ECDSAP256", maxExpirationSeconds: 3600 },
    ...{ credentialBundlePath: "both.pem", userAnnotations: { "example.com/a": "b" } },
  },
};

test("a pod waits for its certificate, which is renewed in time; old requests go", async () => {
  await using c = await simulated();
  await c.create("a", certificate);
  await c.cluster.until(() => c.pending().length === 1);
  const [first] = c.pending();
  const { spec, metadata } = first!;
  assert.deepEqual(
    [spec.signerName, spec.podName, spec.nodeName, spec.serviceAccountName],
    [signerName, "a", "simulated-0", "default"],
  );
  assert.deepEqual(spec.unverifiedUserAnnotations, { "example.com/a": "b" });
  assert.equal(spec.maxExpirationSeconds, 3600);
  assert.equal(metadata.ownerReferences?.[0]?.uid, spec.podUID);
  await c.cluster.clock.advance(5000);
  assert.equal(c.phase("a"), "Pending");
  const waits = 'MountVolume.SetUp failed for volume "tls" : credential bundle is not issued yet';
  assert.ok((await c.warnings("a")).includes(`FailedMount ${waits}`));
  await c.issue(first!);
  await c.cluster.until(() => c.phase("a") === "Running");
  await c.cluster.clock.advance(15 * minute);
  await c.cluster.until(() => c.requests().length === 0);
  // Half an hour, and up to five minutes by chance.
  await c.cluster.clock.advance(20 * minute);
  await c.cluster.until(() => c.pending().length === 1);
  const [second] = c.pending();
  assert.notEqual(second!.spec.stubPKCS10Request, spec.stubPKCS10Request);
  await c.issue(second!);
  await c.cluster.clock.advance(20 * minute);
  assert.equal(c.phase("a"), "Running");
  assert.ok((await c.warnings("a")).every((text) => text.startsWith("FailedMount")));
});

test("a request that somebody deletes is made again, one that is denied is not", async () => {
  await using c = await simulated();
  await c.create("a", certificate);
  await c.cluster.until(() => c.pending().length === 1);
  const [first] = c.pending();
  const { name = "" } = first!.metadata;
  await c.cluster.client.delete(podCertificateRequests, { namespace, name });
  await c.cluster.until(() => c.pending().some((r) => r.metadata.name !== name));
  await c.deny(c.pending()[0]!);
  const told = 'PodCertificateRequest was permanently denied: reason="Because" message="of this"';
  await c.cluster.until(async () => (await c.warnings("a")).some((text) => text.includes(told)));
  assert.ok((await c.warnings("a")).some((text) => text.startsWith("Denied ")));
  await c.cluster.clock.advance(5 * minute);
  assert.deepEqual([c.pending().length, c.phase("a")], [0, "Pending"]);
});

test("a pod waits for a trust bundle that must be there, and not for one that may be", async () => {
  await using c = await simulated();
  const bundle = { signerName, labelSelector: {}, path: "trust.pem" };
  await c.create("patient", { clusterTrustBundle: bundle });
  await c.create("hasty", { clusterTrustBundle: { ...bundle, optional: true } });
  await c.cluster.until(() => c.phase("hasty") === "Running");
  assert.equal(c.phase("patient"), "Pending");
  const none = "combination of signerName and labelSelector matched zero ClusterTrustBundles";
  assert.ok((await c.warnings("patient")).some((text) => text.endsWith(none)));
  const subject = { commonName: "ca", organizations: [] };
  const publicKey = new Uint8Array(authority.publicKey.export({ type: "spki", format: "der" }));
  const der = makeCertificate(
    {
      ...{ subject, issuer: subject, publicKey, serial: 1n, authority: true, usages: [] },
      ...{ notBeforeMs: 0, notAfterMs: c.cluster.clock.now() + minute },
    },
    (bytes) => new Uint8Array(sign("sha256", bytes, authority.privateKey)),
  );
  await c.cluster.client.create(clusterTrustBundles, {
    metadata: { name: "example.com:signer:a" },
    spec: { signerName, trustBundle: toPem("CERTIFICATE", der) },
  });
  await c.cluster.until(() => c.phase("patient") === "Running");
});

test("a node reads trust bundles and its own requests, and no others", async () => {
  await using c = await simulated();
  const node = c.cluster.clientFor(nodeIdentity("simulated-0"));
  await node.list(clusterTrustBundles);
  const own = { fieldSelector: "spec.nodeName=simulated-0" };
  await node.list(podCertificateRequests, own);
  await assert.rejects(node.list(podCertificateRequests), { code: 403 });
  const others = { fieldSelector: "spec.nodeName=simulated-1" };
  await assert.rejects(node.list(podCertificateRequests, others), { code: 403 });
});
