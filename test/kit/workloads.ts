// Objects that cluster tests begin with. Simulated containers do what their shell command says.
import type { TestCluster } from "../../src/main/testing.ts";
import type { ApiObject } from "../../src/schema/kind.ts";
import type { Resource } from "../../src/schema/resource.ts";
import { events } from "../../src/schema/resources.ts";
import type { Deployment, DeploymentSpec } from "../../src/schema/types/apps-v1.ts";
import type { Job, JobSpec } from "../../src/schema/types/batch-v1.ts";
import type { PodTemplateSpec } from "../../src/schema/types/core-v1.ts";

export const namespace = "default";

export function template(app: string, shell?: string, image = "app:1"): PodTemplateSpec {
  const command = shell === undefined ? {} : { command: ["sh", "-c", shell] };
  return {
    metadata: { labels: { app } },
    spec: { containers: [{ name: "main", image, ...command }] },
  };
}

export const deployment = (name: string, spec: Partial<DeploymentSpec> = {}): Deployment => ({
  metadata: { name, namespace },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: name } },
    template: template(name),
    ...spec,
  },
});

export function job(name: string, shell: string, spec: Partial<JobSpec> = {}): Job {
  const { spec: podSpec } = template(name, shell);
  return {
    metadata: { name, namespace },
    spec: { template: { spec: { ...podSpec, restartPolicy: "Never" } }, ...spec },
  };
}

/** The objects of a kind in the tests' namespace, by name. */
export async function listed<T extends ApiObject>(
  { client }: TestCluster,
  resource: Resource<T>,
): Promise<T[]> {
  const { items } = await client.list(resource, { namespace });
  return items.toSorted((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1));
}

/** Reason and message of the events about an object. */
export async function told({ client }: TestCluster, kind: string, name: string): Promise<string[]> {
  const { items } = await client.list(events, { namespace });
  return items
    .filter((e) => e.involvedObject.kind === kind && e.involvedObject.name === name)
    .map((e) => `${e.reason}: ${e.message}`);
}
