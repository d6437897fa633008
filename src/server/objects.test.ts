import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiObject } from "../schema/kind.ts";
import { builtinKinds as builtin } from "../schema/kinds/index.ts";
import type { Entry } from "../store/store.ts";
import { encodeUnstamped, stampOffset } from "./codec.ts";
import { makeKinds } from "./kinds.ts";
import { Objects } from "./objects.ts";

const kinds = makeKinds(builtin);
const maps = kinds.find("", "v1", "configmaps")!;
const key = "/registry//configmaps/default/a";

const made = (data: string): ApiObject =>
  ({
    kind: "ConfigMap",
    apiVersion: "v1",
    metadata: { name: "a", namespace: "default" },
    data: { data },
  }) as ApiObject;

/** `bytes` as the store gives them back. */
function entryOf(bytes: Uint8Array, modRevision: number): Entry {
  const at = stampOffset(bytes);
  const parts = [bytes.subarray(0, at), Buffer.from(String(modRevision)), bytes.subarray(at)];
  const value = Buffer.concat(parts);
  return { key, value, createRevision: 2, modRevision, version: 1, deleted: false };
}

test("who hears of a write before the writer does gets the writer's object", () => {
  const objects = new Objects(kinds);
  const object = made("x");
  const bytes = encodeUnstamped(maps, object);
  const arrived = objects.announce(key, bytes, object);
  const entry = entryOf(bytes, 7);
  assert.equal(objects.parsed(maps, entry), object);
  assert.equal(object.metadata.resourceVersion, "7");
  assert.ok(Object.isFrozen(object.metadata));
  assert.equal(objects.remember(entry, object), object);
  arrived();
});

test("another write to the same key is parsed", () => {
  const objects = new Objects(kinds);
  const object = made("x");
  const arrived = objects.announce(key, encodeUnstamped(maps, object), object);
  const other = objects.parsed(maps, entryOf(encodeUnstamped(maps, made("y")), 8));
  assert.notEqual(other, object);
  assert.deepEqual({ ...(other as { data?: object }).data }, { data: "y" });
  assert.ok(!Object.isFrozen(object));
  arrived();
});

test("a write that has ended is announced no more", () => {
  const objects = new Objects(kinds);
  const object = made("x");
  const bytes = encodeUnstamped(maps, object);
  objects.announce(key, bytes, object)();
  assert.notEqual(objects.parsed(maps, entryOf(bytes, 7)), object);
});
