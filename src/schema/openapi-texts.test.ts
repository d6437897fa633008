import assert from "node:assert/strict";
import { test } from "node:test";
import { all } from "./descriptions/all.ts";
import { descriptionsOf } from "./descriptions/parse.ts";
import { factsOf, hasShape, shapeOf } from "./facts.ts";
import { loadDescriptions, textOf, typeTextOf } from "./openapi-texts.ts";
import type { ObjectShape, Shape } from "./shape.ts";

/** Kinds that people write by hand. */
const written = [
  ...`Pod Service ConfigMap Secret PersistentVolume PersistentVolumeClaim Namespace Node
    ServiceAccount ResourceQuota LimitRange`
    .split(/\s+/)
    .map((kind) => `core.v1.${kind}`),
  ...["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"].map((kind) => `apps.v1.${kind}`),
  ...["Job", "CronJob"].map((kind) => `batch.v1.${kind}`),
  ...["Ingress", "NetworkPolicy"].map((kind) => `networking.v1.${kind}`),
  ...["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"].map((kind) => `rbac.v1.${kind}`),
  "storage.v1.StorageClass",
  "autoscaling.v2.HorizontalPodAutoscaler",
  "policy.v1.PodDisruptionBudget",
  "autoscaling.v1.HorizontalPodAutoscaler",
  "scheduling.v1.PriorityClass",
].map((name) => `io.k8s.api.${name}`);
written.push("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition");

/** Nobody writes these. */
const unused = /^No longer supported|that is off by default|^metadata$|^status$/;

/** Every type below the metadata and the status. */
function reached(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  for (const field of shapeOf(name).fields.values()) {
    const object = objectOf(field.shape());
    const isUsed = !unused.test(field.name) && !unused.test(textOf(name, field.name, false) ?? "");
    if (isUsed && object !== undefined) reached(object.name, found);
  }
  return found;
}

const isKind = (name: string): boolean => factsOf(name).kind !== undefined;

function objectOf(shape: Shape): ObjectShape | undefined {
  if (shape.kind === "list") return objectOf(shape.item());
  if (shape.kind === "map") return objectOf(shape.value());
  return shape.kind === "object" ? shape : undefined;
}

test("what is described exists", () => {
  for (const [name, { text, fields }] of descriptionsOf(all)) {
    assert.ok(hasShape(name), name);
    assert.match(text, /[.]$/, name);
    for (const [field, words] of fields) {
      assert.ok(shapeOf(name).fields.has(field), `${name} ${field}`);
      assert.match(words, /[.]$/, `${name} ${field}`);
    }
  }
});

test("kinds that people write are described wholly", async () => {
  await loadDescriptions();
  const missing: string[] = [];
  for (const kind of written)
    for (const name of reached(kind)) {
      if (typeTextOf(name) === undefined) missing.push(name);
      for (const field of shapeOf(name).fields.keys())
        if (textOf(name, field, isKind(name)) === undefined) missing.push(`${name} ${field}`);
    }
  assert.deepEqual([...new Set(missing)], []);
});
