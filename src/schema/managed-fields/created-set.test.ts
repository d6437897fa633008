import assert from "node:assert/strict";
import { test } from "node:test";
import { type Random, seededRandom } from "../../lib/random.ts";
import { decode } from "../decode.ts";
import { shapeOf } from "../facts.ts";
import type { ObjectShape, Shape } from "../shape.ts";
import { createdSet } from "./created-set.ts";
import { noFields } from "./field-set.ts";
import { ItemError } from "./items.ts";
import { Comparison, emptyObject, type Fields, taken, topFields } from "./ownership.ts";
import { sharedText } from "./shared-set.ts";

const core = "io.k8s.api.core.v1";
const types = [
  `${core}.Pod`,
  `${core}.Service`,
  `${core}.ConfigMap`,
  `${core}.Node`,
  "io.k8s.api.apps.v1.Deployment",
  "io.k8s.api.rbac.v1.ClusterRole",
  "io.k8s.api.networking.v1.Ingress",
];
const statusLeft = { except: topFields("status") };

for (const type of types)
  test(`who makes a ${type.split(".").at(-1)} owns what a comparison with nothing says`, () => {
    const shape = shapeOf(type);
    let known = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const made = decode(shape, anyObject(seededRandom(seed), shape, 0)).object;
      const [want, got] = [outcome(() => compared(shape, made)), outcome(() => quick(shape, made))];
      if (got !== "unknown") assert.equal(got, want, `seed ${seed}`);
      if (got !== "unknown" && got !== "no item key") known++;
    }
    assert.ok(known > 10, `${known} of 60 were known`);
  });

function compared(shape: ObjectShape, next: Fields): string {
  const change = { shape, apiVersion: "v1", old: emptyObject(shape), next, ignored: statusLeft };
  const { changes } = new Comparison(change);
  return JSON.stringify(changes === undefined ? noFields : taken(changes));
}

function quick(shape: ObjectShape, next: Fields): string {
  const set = createdSet(shape, next, statusLeft);
  if (set !== undefined) assert.equal(sharedText(set) ?? JSON.stringify(set), JSON.stringify(set));
  return set === undefined ? "unknown" : JSON.stringify(set);
}

function outcome(run: () => string): string {
  try {
    return run();
  } catch (error) {
    if (error instanceof ItemError) return "no item key";
    throw error;
  }
}

const deepest = 6;

function anyObject(random: Random, shape: ObjectShape, depth: number): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [name, field] of shape.fields)
    if (random.float() < (depth < 2 ? 0.8 : 0.4)) {
      const value = anyValue(random, field.shape(), depth + 1);
      if (value !== undefined) object[name] = value;
    }
  return object;
}

function anyValue(random: Random, shape: Shape, depth: number): unknown {
  if (depth > deepest) return undefined;
  const count = Math.floor(random.float() * 4);
  switch (shape.kind) {
    case "object":
      return anyObject(random, shape, depth);
    case "list":
      return Array.from({ length: count }, () => anyValue(random, shape.item(), depth + 1) ?? null);
    case "map": {
      const names = ["b", "a.example.com/x", 'q"', "z"].slice(0, count);
      return Object.fromEntries(
        names.map((name) => [name, anyValue(random, shape.value(), depth + 1)]),
      );
    }
    case "scalar":
      return scalars[shape.type]?.[count];
  }
}

const scalars: Readonly<Record<string, readonly unknown[]>> = {
  string: ["", "a", "b", 'c"d'],
  bool: [true, false, true, undefined],
  int32: [0, 1, 80, undefined],
  int64: [0, 5, 9, undefined],
  quantity: ["1", "100m", "0", undefined],
  intOrString: [80, "http", 0, undefined],
};
