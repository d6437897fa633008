import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import { startCluster, type TestCluster } from "../../src/main/testing.ts";
import type { ApiObject } from "../../src/schema/kind.ts";
import type { Resource } from "../../src/schema/resource.ts";
import { customResourceDefinitions as definitions } from "../../src/schema/resources.ts";
import type {
  CustomResourceDefinition,
  JSONSchemaProps,
} from "../../src/schema/types/apiextensions-v1.ts";

type Job = ApiObject & { spec: Record<string, unknown>; status?: Record<string, unknown> };

const jobs: Resource<Job> = {
  group: "ml.example.com",
  version: "v1",
  kind: "ModelTrainingJob",
  plural: "modeltrainingjobs",
  scope: "Namespaced",
  type: "",
};
const namespace = "default";
const name = "modeltrainingjobs.ml.example.com";
const example = new URL("../../examples/model-training-crd.yaml", import.meta.url);
const readExample = (): CustomResourceDefinition => parse(readFileSync(example, "utf8"));

const job = (spec: Record<string, unknown> = {}, called = "a"): Job => ({
  apiVersion: "ml.example.com/v1",
  kind: "ModelTrainingJob",
  metadata: { name: called, namespace },
  spec: {
    algorithmName: "xgboost",
    trainingImage: "image",
    inputData: [{ name: "rows", source: "s3://rows" }],
    ...spec,
  },
});

const condition = (definition: CustomResourceDefinition, type: string) =>
  definition.status?.conditions?.find((one) => one.type === type);

async function established(cluster: TestCluster, called = name): Promise<CustomResourceDefinition> {
  let found: CustomResourceDefinition | undefined;
  await cluster.until(async () => {
    found = await cluster.client.get(definitions, { name: called });
    return found !== undefined && condition(found, "Established") !== undefined;
  });
  return found!;
}

async function withExample(): Promise<TestCluster> {
  const cluster = await startCluster({ controllers: false });
  await cluster.client.create(definitions, readExample());
  await established(cluster);
  return cluster;
}

/** An answer of the API as outside clients see it. */
async function fetched(cluster: TestCluster, path: string, accept = "application/json") {
  const response = await cluster.api({
    method: "GET",
    path,
    query: "",
    headers: { accept },
    body: async () => new Uint8Array(),
    identity: { user: "admin", groups: ["system:masters"] },
    peer: { address: "127.0.0.1" },
    signal: new AbortController().signal,
  });
  assert.equal(response.body.is, "bytes");
  const chunks = response.body.is === "bytes" ? response.body.chunks : [];
  return { response, document: JSON.parse(Buffer.concat(chunks).toString()) };
}

test("A definition is usable once it is established, and its objects get their defaults", async () => {
  await using cluster = await withExample();
  const made = await cluster.client.create(jobs, job());
  assert.deepEqual(made.spec, {
    algorithmName: "xgboost",
    dataEncryption: { algorithm: "AES-256-GCM", enabled: false },
    failureRetries: 3,
    inputData: [{ format: "csv", name: "rows", source: "s3://rows" }],
    livenessProbe: { periodSeconds: 10 },
    replicas: 1,
    trainingImage: "image",
  });
  assert.equal(made.metadata.generation, 1);
  const definition = await established(cluster);
  assert.deepEqual(definition.status?.storedVersions, ["v1"]);
  assert.equal(definition.status?.acceptedNames?.listKind, "ModelTrainingJobList");
});

const refusals: { spec: Record<string, unknown>; message: string }[] = [
  {
    spec: { replicas: 0 },
    message:
      "spec.replicas: Invalid value: 0: spec.replicas in body should be greater than or equal to 1",
  },
  {
    spec: { dataEncryption: { algorithm: "ROT13" } },
    message:
      'spec.dataEncryption.algorithm: Unsupported value: "ROT13": supported values: "AES-128-GCM", "AES-256-GCM", "ChaCha20-Poly1305"',
  },
  { spec: { trainingImage: undefined }, message: "spec.trainingImage: Required value" },
  {
    spec: { algorithmName: "XG" },
    message: `spec.algorithmName: Invalid value: "XG": spec.algorithmName in body should match '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'`,
  },
  {
    spec: { inputData: [1, 2].map(() => ({ name: "rows", source: "s" })) },
    message: 'spec.inputData[1]: Duplicate value: {"name":"rows"}',
  },
];

test("Objects that break their schema are refused in upstream's words", async () => {
  await using cluster = await withExample();
  for (const { spec, message } of refusals) {
    await assert.rejects(cluster.client.create(jobs, job(spec)), {
      code: 422,
      message: `ModelTrainingJob.ml.example.com "a" is invalid: ${message}`,
    });
  }
});

test("The status has a path of its own, and generation counts changes of the rest", async () => {
  await using cluster = await withExample();
  const made = await cluster.client.create(jobs, { ...job(), status: { phase: "Running" } });
  assert.equal(made.status, undefined);
  const running = await cluster.client.update(
    jobs,
    {
      ...made,
      spec: { ...made.spec, replicas: 9 },
      status: { phase: "Running" },
    },
    { subresource: "status" },
  );
  assert.deepEqual(running.status, { phase: "Running" });
  assert.equal(running.spec["replicas"], 1);
  assert.equal(running.metadata.generation, 1);
  const grown = await cluster.client.update(jobs, {
    ...running,
    spec: { ...running.spec, replicas: 2 },
  });
  assert.equal(grown.metadata.generation, 2);
  assert.deepEqual(grown.status, { phase: "Running" });
});

test("Columns, discovery and OpenAPI show what the definition says", async () => {
  await using cluster = await withExample();
  await cluster.client.create(jobs, job());
  const path = `/apis/ml.example.com/v1/namespaces/${namespace}/modeltrainingjobs`;
  const table = await fetched(cluster, path, "application/json;as=Table;g=meta.k8s.io;v=v1");
  const names = table.document.columnDefinitions.map((column: { name: string }) => column.name);
  assert.deepEqual(names, ["Name", "Algorithm", "Replicas", "Phase", "Progress", "Image", "Age"]);
  assert.deepEqual(table.document.rows[0].cells.slice(0, 6), [
    "a",
    "xgboost",
    1,
    null,
    null,
    "image",
  ]);
  const { document: group } = await fetched(cluster, "/apis/ml.example.com/v1");
  assert.deepEqual(group.resources[0].shortNames, ["mtj"]);
  const { document: index } = await fetched(cluster, "/openapi/v3");
  assert.match(
    index.paths["apis/ml.example.com/v1"].serverRelativeURL,
    /^\/openapi\/v3\/apis\/ml\.example\.com\/v1\?hash=[0-9A-F]{128}$/,
  );
  const { document } = await fetched(cluster, "/openapi/v3/apis/ml.example.com/v1");
  const schema = document.components.schemas["com.example.ml.v1.ModelTrainingJob"];
  assert.equal(schema.properties.spec.properties.replicas.maximum, 1000);
});

test("A name that is taken is not given, until its owner goes", async () => {
  await using cluster = await withExample();
  const rival = readExample();
  rival.metadata.name = "trainings.ml.example.com";
  rival.spec.names = { plural: "trainings", kind: "ModelTrainingJob", listKind: "TrainingList" };
  await cluster.client.create(definitions, rival);
  const refused = await established(cluster, "trainings.ml.example.com");
  assert.equal(condition(refused, "NamesAccepted")?.reason, "KindConflict");
  assert.equal(condition(refused, "Established")?.status, "False");
  await cluster.client.delete(definitions, { name });
  await cluster.until(async () => {
    const next = await cluster.client.get(definitions, { name: "trainings.ml.example.com" });
    return condition(next, "Established")?.status === "True";
  });
});

test("A definition that is deleted takes its objects with it; finalizers hold both", async () => {
  await using cluster = await withExample();
  const held = job({}, "held");
  held.metadata.finalizers = ["example.com/hold"];
  await cluster.client.create(jobs, held);
  await cluster.client.create(jobs, job());
  await cluster.client.delete(definitions, { name });
  await cluster.until(async () => {
    const { items } = await cluster.client.list(jobs, { namespace });
    return items.length === 1 && items[0]!.metadata.deletionTimestamp !== undefined;
  });
  const ending = await cluster.client.get(definitions, { name });
  assert.equal(condition(ending, "Terminating")?.status, "True");
  await assert.rejects(cluster.client.create(jobs, job({}, "late")), {
    code: 403,
    message:
      'modeltrainingjobs.ml.example.com "late" is forbidden: create not allowed while custom resource definition is terminating',
  });
  const last = await cluster.client.get(jobs, { namespace, name: "held" });
  await cluster.client.update(jobs, { ...last, metadata: { ...last.metadata, finalizers: [] } });
  await cluster.until(async () => (await cluster.client.list(definitions)).items.length === 0);
  await assert.rejects(cluster.client.list(jobs, { namespace }), { code: 404 });
});

test("A new schema reads old objects: defaults come, unknown fields go", async () => {
  await using cluster = await withExample();
  await cluster.client.create(jobs, job({ failureRetries: 7 }));
  const definition = structuredClone(await established(cluster)) as CustomResourceDefinition;
  const { spec } = definition.spec.versions[0]!.schema!.openAPIV3Schema!.properties!;
  delete spec!.properties!["failureRetries"];
  spec!.properties!["queue"] = { type: "string", default: "main" };
  await cluster.client.update(definitions, definition);
  await cluster.until(async () => {
    const now = await cluster.client.get(jobs, { namespace, name: "a" });
    return now.spec["queue"] === "main" && !("failureRetries" in now.spec);
  });
  const path = `/apis/ml.example.com/v1/namespaces/${namespace}/modeltrainingjobs`;
  const { document } = await fetched(cluster, path);
  assert.equal(document.items[0].spec.queue, "main");
  assert.equal("failureRetries" in document.items[0].spec, false);
});

test("Versions differ in name and schema, and are stored as one", async () => {
  await using cluster = await startCluster({ controllers: false });
  const definition = readExample();
  const [v1] = definition.spec.versions;
  const v2 = structuredClone(v1!);
  v2.name = "v2";
  v2.storage = false;
  v2.schema!.openAPIV3Schema!.properties!["spec"]!.properties!["replicas"]!.default = 5;
  definition.spec.versions.push(v2);
  await cluster.client.create(definitions, definition);
  await established(cluster);
  const jobsV2 = { ...jobs, version: "v2" };
  const made = await cluster.client.create(jobsV2, { ...job(), apiVersion: "ml.example.com/v2" });
  assert.equal(made.apiVersion, "ml.example.com/v2");
  assert.equal(made.spec["replicas"], 5);
  const asV1 = await cluster.client.get(jobs, { namespace, name: "a" });
  assert.equal(asV1.apiVersion, "ml.example.com/v1");
  assert.equal(asV1.spec["replicas"], 5);
});

test("Rules in CEL are asked of objects and of changes; scale follows its paths", async () => {
  await using cluster = await startCluster({ controllers: false });
  const definition = readExample();
  const [version] = definition.spec.versions;
  version!.subresources!.scale = {
    specReplicasPath: ".spec.replicas",
    statusReplicasPath: ".status.retries",
  };
  version!.schema!.openAPIV3Schema!.properties!["spec"]!["x-kubernetes-validations"] = [
    { rule: "self.replicas <= self.failureRetries * 2", message: "too many workers to fail" },
    { rule: "self.algorithmName == oldSelf.algorithmName", message: "the algorithm is fixed" },
  ];
  await cluster.client.create(definitions, definition);
  await established(cluster);
  const refused = (message: string) => ({
    code: 422,
    message: `ModelTrainingJob.ml.example.com "a" is invalid: spec: Invalid value: ${message}`,
  });
  await assert.rejects(
    cluster.client.create(jobs, job({ replicas: 9 })),
    refused("too many workers to fail"),
  );
  const made = await cluster.client.create(jobs, job());
  await assert.rejects(
    cluster.client.update(jobs, { ...made, spec: { ...made.spec, algorithmName: "other" } }),
    refused("the algorithm is fixed"),
  );
  const path = `/apis/ml.example.com/v1/namespaces/${namespace}/modeltrainingjobs/a/scale`;
  const { document } = await fetched(cluster, path);
  assert.deepEqual(document.spec, { replicas: 1 });
});

const badDefinitions: { change: (d: CustomResourceDefinition) => void; message: RegExp }[] = [
  {
    change: (d) => {
      d.metadata.name = "others.ml.example.com";
    },
    message:
      /metadata\.name: Invalid value: "others\.ml\.example\.com": must be spec\.names\.plural\+"\."\+spec\.group/,
  },
  {
    change: (d) => {
      delete d.spec.versions[0]!.schema!.openAPIV3Schema!.properties!["spec"]!.type;
    },
    message:
      /spec\.validation\.openAPIV3Schema\.properties\[spec\]\.type: Required value: must not be empty for specified object fields/,
  },
  {
    change: (d) => {
      const { spec } = d.spec.versions[0]!.schema!.openAPIV3Schema!.properties!;
      spec!.properties!["replicas"]!.default = 0;
    },
    message:
      /properties\[replicas\]\.default: Invalid value: 0: .*should be greater than or equal to 1/,
  },
  {
    change: (d) => {
      const { spec } = d.spec.versions[0]!.schema!.openAPIV3Schema!.properties!;
      spec!.properties!["algorithmName"]!.pattern = "(";
    },
    message:
      /properties\[algorithmName\]\.pattern: Invalid value: "\(": must be a valid regular expression/,
  },
  {
    change: (d) => {
      d.spec.versions[0]!.storage = false;
    },
    message: /must have exactly one version marked as storage version/,
  },
  {
    change: (d) => {
      const { spec } = d.spec.versions[0]!.schema!.openAPIV3Schema!.properties!;
      spec!["x-kubernetes-validations"] = [{ rule: "self.workers > 0" }];
    },
    message: /x-kubernetes-validations\[0\]\.rule: .*undefined field 'workers'/,
  },
];

test("Definitions that cannot be served are refused", async () => {
  await using cluster = await startCluster({ controllers: false });
  for (const { change, message } of badDefinitions) {
    const definition = readExample();
    change(definition);
    await assert.rejects(cluster.client.create(definitions, definition), { code: 422, message });
  }
});

/** `count` fields of forty fields each, about 6.5 KB a field. */
const broad = (count: number): JSONSchemaProps => {
  const field = { type: "string", description: "x".repeat(100), maxLength: 10 };
  const inner = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${i}`, field]));
  const part = { type: "object", properties: inner };
  const all = Array.from({ length: count }, (_, i) => [`f${i}`, part]);
  return { type: "object", properties: Object.fromEntries(all) };
};

test("A definition of a megabyte is one like any other", async () => {
  await using cluster = await startCluster({ controllers: false });
  const definition = readExample();
  const schema = definition.spec.versions[0]!.schema!.openAPIV3Schema!;
  Object.assign(schema.properties!, { broad: broad(165) });
  assert.ok(JSON.stringify(definition).length > 1_000_000);
  await cluster.client.create(definitions, definition);
  await established(cluster);
  await cluster.client.create(jobs, job());
  const long = { ...job({}, "b"), broad: { f1: { f2: "x".repeat(11) } } };
  await assert.rejects(cluster.client.create(jobs, long), {
    code: 422,
    message: /broad\.f1\.f2: Too long: may not be more than 10 bytes$/,
  });
});
