import assert from "node:assert/strict";
import { test } from "node:test";
import { anyObject } from "../../../test/kit/random-object.ts";
import { seededRandom } from "../../lib/random.ts";
import { decode } from "../decode.ts";
import { shapeOf } from "../facts.ts";
import { appliedSet } from "./applied-set.ts";
import { hasBareItem, hasDistinctItems } from "./distinct.ts";
import type { Owner } from "./entries.ts";
import { formOf } from "./form.ts";
import { ItemError } from "./items.ts";
import { mergeApplied } from "./merge.ts";
import { pruneAbandoned } from "./prune.ts";

// An apply does not even ask then.
test("who applies all that was applied before abandons nothing", () => {
  const shapes = ["Pod", "Service", "Node", "ConfigMap", "PersistentVolumeClaim"].map((type) =>
    shapeOf(`io.k8s.api.core.v1.${type}`),
  );
  let checked = 0;
  for (let seed = 1; seed <= 400; seed++) {
    const random = seededRandom(seed);
    const shape = shapes[seed % shapes.length]!;
    const form = formOf(shape);
    const live = decode(shape, anyObject(random, shape)).object;
    const applied = anyObject(random, shape);
    try {
      const set = appliedSet(form, applied);
      const merged = mergeApplied(form, live, applied);
      // Before, less was applied: only the labels and the spec.
      const { metadata, spec } = applied;
      const last = appliedSet(form, random.float() < 0.5 ? applied : { metadata, spec });
      const owners = new Map([["self", { set } as Owner]]);
      if (hasBareItem(set) || !hasDistinctItems(form, merged)) continue;
      assert.equal(pruneAbandoned(form, merged, last, owners), merged, `seed ${seed}`);
      checked++;
    } catch (error) {
      if (!(error instanceof ItemError)) throw error;
    }
  }
  assert.ok(checked > 40, `${checked} of 400 had items that can be told apart`);
});
