import assert from "node:assert/strict";
import { test } from "node:test";
import { anyObject } from "../../../test/kit/random-object.ts";
import { seededRandom } from "../../lib/random.ts";
import { decode } from "../decode.ts";
import { shapeOf } from "../facts.ts";
import type { ObjectShape } from "../shape.ts";
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
      const made = decode(shape, anyObject(seededRandom(seed), shape)).object;
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
