import assert from "node:assert/strict";
import { test } from "node:test";
import { isReady } from "../../src/controllers/pods.ts";
import { startCluster, type TestCluster } from "../../src/main/testing.ts";
import type { Resource } from "../../src/schema/resource.ts";
import {
  customResourceDefinitions,
  deployments,
  horizontalPodAutoscalers,
  pods,
} from "../../src/schema/resources.ts";
import { printTime } from "../../src/schema/time.ts";
import { namespace, template, told } from "../kit/workloads.ts";

type PodMetrics = {
  metadata: { name: string; namespace: string; labels: Record<string, string> };
  timestamp: string;
  window: string;
  containers: { name: string; usage: { cpu: string } }[];
};

const podMetrics: Resource<PodMetrics> = {
  group: "metrics.k8s.io",
  version: "v1beta1",
  kind: "PodMetrics",
  plural: "pods",
  scope: "Namespaced",
  type: "",
};

/** For so long a pod's use of CPU counts as that of its start. */
const startingMs = 300_000;

/** The metrics API as plain objects: what a metrics server answers, written by the test. */
async function serveMetrics({ client }: TestCluster): Promise<void> {
  const { group, plural, kind, version, scope } = podMetrics;
  await client.create(customResourceDefinitions, {
    metadata: {
      name: `${plural}.${group}`,
      annotations: { "api-approved.kubernetes.io": "unapproved, for a test" },
    },
    spec: {
      group,
      scope,
      names: { plural, kind, singular: "podmetrics", listKind: "PodMetricsList" },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
          },
        },
      ],
    },
  });
}

async function useOf({ client, clock }: TestCluster, name: string, cpu: string): Promise<void> {
  await client.patch(
    podMetrics,
    { namespace, name },
    {
      apiVersion: "metrics.k8s.io/v1beta1",
      kind: "PodMetrics",
      metadata: { name, namespace, labels: { app: "web" } },
      timestamp: printTime(clock.now()),
      window: "30s",
      containers: [{ name: "main", usage: { cpu } }],
    },
    { type: "apply", fieldManager: "test", force: true },
  );
}

async function deploy({ client }: TestCluster, replicas: number): Promise<void> {
  const { metadata, spec } = template("web");
  const [container] = spec!.containers;
  await client.create(deployments, {
    metadata: { name: "web", namespace },
    spec: {
      replicas,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: metadata!,
        spec: { containers: [{ ...container!, resources: { requests: { cpu: "1" } } }] },
      },
    },
  });
}

async function autoscale({ client }: TestCluster): Promise<void> {
  await client.create(horizontalPodAutoscalers, {
    metadata: { name: "web", namespace },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      minReplicas: 1,
      maxReplicas: 5,
      metrics: [
        {
          type: "Resource",
          resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
        },
      ],
    },
  });
}

const autoscalerOf = ({ client }: TestCluster) =>
  client.get(horizontalPodAutoscalers, { namespace, name: "web" });

const conditionsOf = async (cluster: TestCluster): Promise<string[]> =>
  ((await autoscalerOf(cluster)).status?.conditions ?? []).map(
    ({ type, status, reason }) => `${type} ${status} ${reason}`,
  );

test("a Deployment grows with the CPU that its pods use, and shrinks when it has been quiet", async () => {
  await using cluster = await startCluster({ clock: "virtual", simulatedNodes: 2 });
  const { client, clock } = cluster;
  await serveMetrics(cluster);
  await deploy(cluster, 2);
  const podCache = await cluster.cache(pods);
  const ready = () => podCache.list(namespace).filter((pod) => isReady(pod)).length;
  const use = async (cpu: string): Promise<void> => {
    for (const { metadata } of podCache.list(namespace))
      await useOf(cluster, metadata.name ?? "", cpu);
  };
  await cluster.until(() => ready() === 2);
  // Until then a pod counts as starting.
  await clock.advance(startingMs);
  await use("900m");
  await autoscale(cluster);
  await cluster.until(() => ready() === 4);
  const { status } = await autoscalerOf(cluster);
  assert.deepEqual(status?.currentMetrics[0]?.resource?.current, {
    averageUtilization: 90,
    averageValue: "900m",
  });
  const why = "cpu resource utilization (percentage of request) above target";
  const events = await told(cluster, "HorizontalPodAutoscaler", "web");
  assert.ok(events.includes(`SuccessfulRescale: New size: 4; reason: ${why}`), events.join("\n"));
  await clock.advance(startingMs);
  await use("100m");
  await cluster.until(() => ready() === 1, 900_000);
  const down = await told(cluster, "HorizontalPodAutoscaler", "web");
  assert.ok(down.includes("SuccessfulRescale: New size: 1; reason: All metrics below target"));
  await client.delete(deployments, { namespace, name: "web" });
  await cluster.until(async () =>
    (await conditionsOf(cluster)).includes("AbleToScale False FailedGetScale"),
  );
});

test("without a metrics server the count stays and the conditions say why", async () => {
  await using cluster = await startCluster({ clock: "virtual", simulatedNodes: 1 });
  await deploy(cluster, 2);
  await autoscale(cluster);
  await cluster.until(async () =>
    (await conditionsOf(cluster)).includes("ScalingActive False FailedGetResourceMetric"),
  );
  const { status } = await autoscalerOf(cluster);
  assert.equal(status?.currentReplicas, 2);
  assert.equal(
    status?.conditions?.find((c) => c.type === "ScalingActive")?.message,
    "the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics " +
      "for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the " +
      "requested resource (get pods.metrics.k8s.io)",
  );
});

test("a count outside the bounds is brought inside at once", async () => {
  await using cluster = await startCluster({ clock: "virtual", simulatedNodes: 1 });
  await deploy(cluster, 8);
  await autoscale(cluster);
  const sizeOf = async () =>
    (await cluster.client.get(deployments, { namespace, name: "web" })).spec.replicas;
  await cluster.until(async () => (await sizeOf()) === 5);
});
