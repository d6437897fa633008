// A pod on a node is changed only as the node says it can follow.
import assert from "node:assert/strict";
import { test } from "node:test";
import { guardedServer } from "../../../test/kit/guarded-server.ts";
import type { PodSpec } from "../../schema/types/core-v1.ts";

const inside = "/api/v1/namespaces/a";
const small = { requests: { cpu: "1" }, limits: { cpu: "1" } };
const large = { requests: { cpu: "2" }, limits: { cpu: "2" } };
const less = { requests: { cpu: "500m" }, limits: { cpu: "1" } };
const whole = "InPlacePodLevelResourcesVerticalScaling";
const init = "InPlacePodVerticalScalingInitContainers";

const main = { name: "c", image: "i", resources: small };
const first = { name: "i", image: "i", resources: small };
const base: Partial<PodSpec> = { initContainers: [first], containers: [main], resources: small };

const rows: {
  it: string;
  declares: string[];
  next: Partial<PodSpec>;
  misses?: string;
}[] = [
  {
    it: "containers are resized on any node",
    declares: [],
    next: {
      containers: [{ ...main, resources: less }],
    },
  },
  {
    it: "an init container is resized where the node says so",
    declares: [init],
    next: { initContainers: [{ ...first, resources: less }] },
  },
  {
    it: "an init container is not resized elsewhere",
    declares: [whole],
    next: { initContainers: [{ ...first, resources: less }] },
    misses: init,
  },
  {
    it: "a pod is not resized as a whole elsewhere",
    declares: [init],
    next: { resources: large },
    misses: whole,
  },
  {
    it: "all that is missing is named",
    declares: [],
    next: { initContainers: [{ ...first, resources: less }], resources: large },
    misses: `${whole}, ${init}`,
  },
];

for (const { it, declares, next, misses } of rows) {
  test(it, async () => {
    const server = guardedServer();
    await server.done("POST /api/v1/namespaces", { metadata: { name: "a" } });
    await server.done(`POST ${inside}/serviceaccounts`, { metadata: { name: "default" } });
    const node = { metadata: { name: "n" } };
    await server.done("POST /api/v1/nodes", node);
    const status = { declaredFeatures: declares, allocatable: { cpu: "8", memory: "8Gi" } };
    await server.done("PUT /api/v1/nodes/n/status", { ...node, status });
    const pod = { metadata: { name: "p" }, spec: { nodeName: "n", ...base } };
    const { spec } = await server.done(`POST ${inside}/pods`, pod);
    const changed = { metadata: { name: "p" }, spec: { ...spec, ...next } };
    const { status: code, body } = await server.ask(`PUT ${inside}/pods/p/resize`, changed);
    const why = `pod update requires features ${misses} which are not available on node "n"`;
    const refused = `pods "p" is forbidden: ${why}`;
    assert.deepEqual([code, body.message], misses ? [403, refused] : [200, undefined], it);
  });
}

test("a change that is none asks nothing of the node", async () => {
  const server = guardedServer();
  await server.done("POST /api/v1/namespaces", { metadata: { name: "a" } });
  await server.done(`POST ${inside}/serviceaccounts`, { metadata: { name: "default" } });
  const pod = { metadata: { name: "p" }, spec: { nodeName: "gone", ...base } };
  const made = await server.done(`POST ${inside}/pods`, pod);
  const labelled = { ...made, metadata: { ...made.metadata, labels: { a: "b" } } };
  assert.equal((await server.ask(`PUT ${inside}/pods/p`, labelled)).status, 200);
  const larger = { ...labelled, spec: { ...made.spec, resources: large } };
  delete larger.metadata.resourceVersion;
  const { body } = await server.ask(`PUT ${inside}/pods/p/resize`, larger);
  assert.equal(body.message, 'pods "p" is forbidden: node "gone" not found');
});
