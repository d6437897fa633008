import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, write } from "../../../test/kit/kinds.ts";
import type { ApiObject, Kind } from "../kind.ts";
import { deployment } from "./apps/deployment.ts";
import { job } from "./batch/job.ts";
import { pod } from "./core/pod/pod.ts";
import { secret } from "./core/secret.ts";
import { service } from "./core/service/service.ts";
import { builtinKinds } from "./index.ts";

type Loose = ApiObject & { spec: Record<string, unknown>; status: Record<string, unknown> };

const template = { spec: { containers: [{ name: "a", image: "i:1" }] } };
const web = {
  metadata: { name: "web" },
  spec: {
    selector: { matchLabels: { app: "web" } },
    template: { ...template, metadata: { labels: { app: "web" } } },
  },
};
const made = (kind: Kind, document: unknown): Loose => write<Loose>(kind, document).object;

test("a new object has no status of the caller's making and generation 1", () => {
  const { metadata, status } = made(deployment, { ...web, status: { replicas: 7 } });
  assert.equal(metadata.generation, 1);
  assert.deepEqual(status, {});
});

test("generation counts changes of the spec alone", () => {
  const old = made(deployment, web);
  const steps: [changes: Record<string, unknown>, generation: number][] = [
    [{}, 1],
    [{ "metadata.labels": { a: "b" } }, 1],
    [{ "spec.replicas": 3 }, 2],
  ];
  for (const [changes, generation] of steps) {
    const { object } = write(deployment, changed(web, changes), old);
    assert.equal(object.metadata.generation, generation, JSON.stringify(changes));
  }
});

test("a write to the status leaves the spec, one to the spec the status", () => {
  const old = { ...made(deployment, web), status: { replicas: 1 } };
  const both = { ...web, spec: { ...web.spec, replicas: 9 }, status: { replicas: 2 } };
  const ofStatus = write<Loose>(deployment, both, old, { subresource: "status" }).object;
  assert.deepEqual([ofStatus.spec["replicas"], ofStatus.status], [1, { replicas: 2 }]);
  const ofSpec = write<Loose>(deployment, both, old).object;
  assert.deepEqual([ofSpec.spec["replicas"], ofSpec.status], [9, { replicas: 1 }]);
});

test("what is left out is filled in", () => {
  const { spec, status } = made(pod, { metadata: { name: "p" }, ...template });
  assert.equal(spec["restartPolicy"], "Always");
  assert.equal(spec["dnsPolicy"], "ClusterFirst");
  assert.equal(spec["terminationGracePeriodSeconds"], 30);
  assert.equal(
    (spec["containers"] as { imagePullPolicy: string }[])[0]?.imagePullPolicy,
    "IfNotPresent",
  );
  assert.deepEqual([status["phase"], status["qosClass"]], ["Pending", "BestEffort"]);
  const latest = { spec: { containers: [{ name: "a", image: "i" }] } };
  const { containers } = made(pod, { metadata: { name: "p" }, ...latest }).spec as never as {
    containers: { imagePullPolicy: string }[];
  };
  assert.equal(containers[0]?.imagePullPolicy, "Always");
  const ports = { spec: { ports: [{ port: 80 }] } };
  assert.deepEqual(made(service, { metadata: { name: "s" }, ...ports }).spec["ports"], [
    { protocol: "TCP", port: 80, targetPort: 80 },
  ]);
});

test("a pod's class of service follows its requests", () => {
  const [small, large] = [
    { cpu: "1", memory: "1Gi" },
    { cpu: "2", memory: "1Gi" },
  ];
  const rows: [resources: object, qosClass: string][] = [
    [{}, "BestEffort"],
    [{ requests: { cpu: "1" } }, "Burstable"],
    [{ limits: small }, "Guaranteed"],
    [{ requests: small, limits: large }, "Burstable"],
  ];
  for (const [resources, wanted] of rows) {
    const document = changed(
      { metadata: { name: "p" }, ...template },
      {
        "spec.containers.0.resources": resources,
      },
    );
    assert.equal(made(pod, document).status["qosClass"], wanted, JSON.stringify(resources));
  }
});

test("a job selects its pods by its uid", () => {
  const { spec } = made(job, {
    metadata: { name: "j" },
    spec: { template: { spec: { ...template.spec, restartPolicy: "Never" } } },
  });
  const selector = { matchLabels: { "batch.kubernetes.io/controller-uid": "u-1" } };
  assert.deepEqual(spec["selector"], selector);
  const { labels } = (spec["template"] as { metadata: { labels: object } }).metadata;
  assert.deepEqual(Object.keys(labels).sort(), [
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-name",
    "controller-uid",
    "job-name",
  ]);
});

test("text in a secret is stored as bytes and not told again", () => {
  const object = made(secret, { metadata: { name: "s" }, stringData: { a: "x" } });
  assert.deepEqual((object as never as { data: object }).data, { a: "eA==" });
  assert.equal((object as never as { type: string }).type, "Opaque");
  assert.ok(!("stringData" in object));
});

test("each kind is stated once", () => {
  const keys = builtinKinds.map(
    ({ resource: { group, version, kind } }) => `${group}/${version} ${kind}`,
  );
  assert.equal(new Set(keys).size, keys.length);
  for (const [i, { singular, verbs, virtual, subresources }] of builtinKinds.entries()) {
    assert.match(singular, /^[a-z]+$/, keys[i]);
    assert.ok(virtual || verbs.length > 0 || subresources.length > 0, keys[i]);
    const answered = ["create", "get", "list"];
    if (virtual)
      assert.ok(
        verbs.every((verb) => answered.includes(verb)),
        keys[i],
      );
  }
});
