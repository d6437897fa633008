import assert from "node:assert/strict";
import { test } from "node:test";
import { factsOf, groupOf, hasShape, kindsOf, shapeOf } from "./facts.ts";
import type { Field, ObjectShape } from "./shape.ts";

const pod = "io.k8s.api.core.v1.Pod";
const meta = "io.k8s.apimachinery.pkg.apis.meta.v1";

/** `at(shape, "spec", "containers")` follows fields, through lists. */
function at(shape: ObjectShape, ...names: string[]): Field {
  let field: Field | undefined;
  let here = shape;
  for (const name of names) {
    field = here.fields.get(name);
    assert.ok(field, name);
    const inner = field.shape();
    const item = inner.kind === "list" ? inner.item() : inner;
    if (item.kind === "object") here = item;
  }
  return field!;
}

test("a shape has the fields of inlined structs in their place", () => {
  assert.deepEqual(
    [...shapeOf(pod).fields.keys()],
    ["kind", "apiVersion", "metadata", "spec", "status"],
  );
  const volume = shapeOf("io.k8s.api.core.v1.Volume");
  assert.deepEqual([...volume.fields.keys()].slice(0, 3), ["name", "hostPath", "emptyDir"]);
  assert.deepEqual(at(volume, "emptyDir").inlined, [2]);
  assert.equal(at(shapeOf(pod), "kind").number, 0);
});

test("a shape is compiled once, and types may refer to themselves", () => {
  assert.equal(shapeOf(pod), shapeOf(pod));
  const schema = shapeOf(
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps",
  );
  assert.equal(at(schema, "not").shape(), schema);
});

test("markers become what merging and apply need", () => {
  const shape = shapeOf(pod);
  const ports = at(shape, "spec", "containers", "ports");
  assert.deepEqual(ports.patchMergeKey, "containerPort");
  assert.deepEqual(ports.patchStrategy, ["merge"]);
  const list = ports.shape();
  assert.ok(list.kind === "list");
  assert.deepEqual([list.listType, list.keys], ["map", ["containerPort", "protocol"]]);
  assert.equal(at(shape, "spec", "containers", "ports", "protocol").default, "TCP");
  const selector = at(shape, "spec", "nodeSelector").shape();
  assert.ok(selector.kind === "map" && selector.atomic);
  const claim = at(shapeOf("io.k8s.api.core.v1.PersistentVolume"), "spec", "claimRef").shape();
  assert.ok(claim.kind === "object" && !claim.atomic, "granular where the field says so");
  assert.ok(shapeOf("io.k8s.api.core.v1.ObjectReference").atomic);
  assert.deepEqual(at(shape, "spec", "dnsPolicy").shape(), {
    kind: "scalar",
    type: "string",
    enum: ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"],
  });
});

test("names lead to facts, groups and kinds", () => {
  assert.equal(groupOf("io.k8s.api.rbac.v1.Role"), "rbac.authorization.k8s.io");
  assert.ok(hasShape(pod) && !hasShape("io.k8s.api.core.v1.Nothing") && !hasShape("x"));
  assert.throws(() => shapeOf("io.k8s.api.core.v1.Nothing"), /not a published type/);
  assert.equal(factsOf(pod).kind?.plural, "pods");
  assert.deepEqual(factsOf("io.k8s.api.resource.v1beta1.ResourceClaim").kind?.deprecated, [1, 35]);
  assert.ok(kindsOf("apps", "v1").includes("io.k8s.api.apps.v1.DeploymentList"));
  assert.ok(kindsOf("", "v1").includes("io.k8s.api.core.v1.List"));
  assert.ok(!kindsOf("", "v1").includes(`${meta}.ObjectMeta`));
});
