// Custom resources: an object of 2 KB whose schema has ten rules in CEL.
import { post } from "./bodies.ts";
import type { Measure } from "./figure.ts";
import { load, warmUp } from "./load.ts";
import { pause } from "./process.ts";
import { cpu } from "./requests.ts";

const group = "bench.example.com";

export const custom: Measure = async function* (subject) {
  const server = await subject.start();
  const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  await load(server, 1, 1, () => post(definitions, definition));
  const path = `/apis/${group}/v1/namespaces/default/jobs`;
  for (let tries = 0; ; tries++) {
    const served = await load(server, 1, 1, () => ({ method: "GET", path })).catch(() => undefined);
    if (served !== undefined) break;
    if (tries > 100) throw new Error("the custom resource is not served");
    await pause(100);
  }
  await load(server, 16, warmUp, (i) => post(path, jobOf(`a${i}`)));
  const made = await load(server, 16, 4000, (i) => post(path, jobOf(`b${i}`)));
  yield cpu(
    "create of a custom object of 2 KB with ten CEL rules, 16 clients",
    made.cpuMsEach,
    "≤ 400",
  );
  await server.stop();
};

const rules = [
  "self.min <= self.max",
  "self.replicas >= self.min && self.replicas <= self.max",
  "self.parts.all(p, p.size > 0)",
  "self.parts.exists(p, p.name == 'part-0')",
  "self.title.startsWith('job')",
  "size(self.labels) <= 10",
  "self.labels.all(k, k.size() < 64)",
  "!has(self.paused) || self.replicas > 0",
  "self.title.size() < 200",
  "self.parts.map(p, p.size).sum() < 100000",
].map((rule) => ({ rule }));

const definition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `jobs.${group}` },
  spec: {
    group,
    scope: "Namespaced",
    names: { plural: "jobs", singular: "job", kind: "BenchJob" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: { spec: specSchema() },
          },
        },
      },
    ],
  },
};

function specSchema(): unknown {
  const text = { type: "string", maxLength: 300 };
  const number = { type: "integer", minimum: 0, maximum: 1000 };
  const part = { name: text, size: number, note: text };
  return {
    type: "object",
    required: ["title", "min", "max", "replicas", "parts", "labels"],
    properties: {
      title: text,
      min: number,
      max: number,
      replicas: number,
      paused: { type: "boolean" },
      parts: { type: "array", maxItems: 20, items: { type: "object", properties: part } },
      labels: { type: "object", maxProperties: 20, additionalProperties: text },
    },
    "x-kubernetes-validations": rules,
  };
}

const jobOf = (name: string): unknown => ({
  apiVersion: `${group}/v1`,
  kind: "BenchJob",
  metadata: { name },
  spec: {
    title: `job ${name}`,
    min: 1,
    max: 10,
    replicas: 3,
    parts: Array.from({ length: 10 }, (_, i) => ({
      name: `part-${i}`,
      size: i + 1,
      note: "a note that says why this part is there and what became of it, in some more words than need be",
    })),
    labels: { team: "blue", stage: "test", cost: "low" },
  },
});
