import assert from "node:assert/strict";
import { test } from "node:test";
import type { Entry } from "./entries.ts";
import { parentEntries, scaleEntries } from "./scale.ts";

const paths = { "apps/v1": ["f:spec", "f:replicas"], "apps/v0": undefined };
const entry = (
  manager: string,
  operation: string,
  fields: object,
  more: Partial<Entry> = {},
): Entry => ({
  manager,
  operation,
  apiVersion: "apps/v1",
  time: "2026-01-01T00:00:00Z",
  fieldsType: "FieldsV1",
  fieldsV1: fields as Record<string, unknown>,
  ...more,
});
const replicas = { "f:spec": { "f:replicas": {} } };
const both = { "f:spec": { "f:paused": {}, "f:replicas": {} } };
const paused = { "f:spec": { "f:paused": {} } };
const parent = [
  entry("a", "Apply", both),
  entry("b", "Apply", paused),
  entry("old", "Update", replicas, { apiVersion: "apps/v-gone" }),
  entry("u", "Update", both),
  entry("z", "Update", replicas, { apiVersion: "apps/v0" }),
];
const inScale = { apiVersion: "autoscaling/v1" };
const managers = (entries: readonly Entry[]): string[] => entries.map((e) => e.manager!);

test("the entries of a scale are of those who own the replicas", () => {
  assert.deepEqual(scaleEntries(parent, paths), [
    entry("a", "Apply", replicas, inScale),
    entry("u", "Update", replicas, inScale),
  ]);
  assert.deepEqual(scaleEntries(undefined, paths), []);
});

test("a write to the scale that changes nothing keeps the parent's entries, but for versions that are gone", () => {
  const after = parentEntries(parent, scaleEntries(parent, paths), "apps/v1", paths);
  assert.deepEqual(managers(after), ["a", "b", "u", "z"]);
  assert.equal(after[0], parent[0]);
});

test("who takes the replicas of the scale takes them in the parent", () => {
  const taken = [entry("hpa", "Update", replicas, { ...inScale, subresource: "scale" })];
  const after = parentEntries(parent, taken, "apps/v1", paths);
  assert.deepEqual(after.find((e) => e.manager === "a")!.fieldsV1, paused);
  assert.deepEqual(after.find((e) => e.manager === "u")!.fieldsV1, paused);
  assert.deepEqual(
    after.find((e) => e.manager === "hpa"),
    {
      manager: "hpa",
      operation: "Update",
      apiVersion: "apps/v1",
      fieldsType: "FieldsV1",
      fieldsV1: replicas,
      subresource: "scale",
    },
  );
  assert.deepEqual(
    managers(parentEntries([entry("r", "Apply", replicas)], taken, "apps/v1", paths)),
    ["hpa"],
  );
  assert.deepEqual(managers(parentEntries([], taken, "apps/v0", paths)), []);
});

test("who takes the replicas and owns more has one entry", () => {
  const mine = [entry("b", "Apply", replicas, inScale)];
  const after = parentEntries(parent, mine, "apps/v1", paths);
  assert.deepEqual(after.find((e) => e.manager === "b")!.fieldsV1, both);
});
