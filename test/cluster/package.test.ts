// The package as its users import it, from the bundle.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deployments, makeCaches, pods } from "coxswain/client";
import { ownKey, source, startController, startRecorder } from "coxswain/sdk";
import { startCluster } from "coxswain/testing";

const template = (app: string) => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: "c", image: "i" }] },
});

test("a cluster in a test: virtual time, simulated nodes, running pods", async () => {
  await using cluster = await startCluster({ clock: "virtual", simulatedNodes: 3 });
  await cluster.client.create(deployments, {
    metadata: { name: "web", namespace: "default" },
    spec: { replicas: 3, selector: { matchLabels: { app: "web" } }, template: template("web") },
  });
  const cache = await cluster.cache(pods);
  await cluster.until(
    () => cache.list("default").filter((p) => p.status?.phase === "Running").length === 3,
  );
  const nodes = new Set(cache.list("default").map((p) => p.spec.nodeName));
  assert.equal(nodes.size, 3);
});

test("an operator on the same loop as our controllers", async () => {
  await using cluster = await startCluster({ clock: "virtual", controllers: false });
  const { client, clock, random } = cluster;
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const caches = makeCaches({ client, clock, random, log });
  const recorder = startRecorder({ client, clock, random, log, component: "labeller" });
  const cache = caches.of(deployments);
  const controller = startController({
    name: "labeller",
    sources: [source(cache, ownKey)],
    observe: (key) => cache.get({ namespace: key.split("/")[0], name: key.split("/")[1] ?? "" }),
    reconcile: (deployment) =>
      deployment.metadata.labels?.["seen"] === "yes"
        ? []
        : [
            {
              do: "patch",
              resource: deployments,
              ref: {
                namespace: deployment.metadata.namespace,
                name: deployment.metadata.name ?? "",
              },
              type: "merge",
              patch: { metadata: { labels: { seen: "yes" } } },
            },
          ],
    client,
    record: recorder.record,
    clock,
    log,
  });
  await client.create(deployments, {
    metadata: { name: "web", namespace: "default" },
    spec: { replicas: 1, selector: { matchLabels: { app: "web" } }, template: template("web") },
  });
  await cluster.until(
    () => cache.get({ namespace: "default", name: "web" })?.metadata.labels?.["seen"] === "yes",
  );
  await controller.stop();
  await recorder.stop();
  await caches.stop();
});
