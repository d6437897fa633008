import assert from "node:assert/strict";
import { test } from "node:test";
import { deepFreeze } from "../clone.ts";
import type { Field, ListShape, ObjectShape, ScalarShape, Shape } from "../shape.ts";
import { serverSideApply } from "./apply.ts";
import type { Entry } from "./entries.ts";
import { ownCreateOrUpdate } from "./own.ts";

const scalar = (type: ScalarShape["type"]): Shape => ({ kind: "scalar", type });
const field = (name: string, shape: Shape): [string, Field] => [
  name,
  { name, shape: () => shape, number: 0, always: false, pointer: false, required: false },
];
const object = (fields: Record<string, Shape>, more: Partial<ObjectShape> = {}): ObjectShape => ({
  kind: "object",
  name: "",
  fields: new Map(Object.entries(fields).map(([name, shape]) => field(name, shape))),
  atomic: false,
  keepsUnknown: false,
  embedded: false,
  ...more,
});
const list = (item: Shape, listType: ListShape["listType"], keys: string[] = []): Shape => ({
  kind: "list",
  item: () => item,
  listType,
  keys,
});
const map = (value: Shape, atomic = false): Shape => ({ kind: "map", value: () => value, atomic });

/** A custom resource with the parts under test as its spec. */
const kind = (spec: Record<string, Shape>, more: Partial<ObjectShape> = {}): ObjectShape =>
  object({
    apiVersion: scalar("string"),
    kind: scalar("string"),
    metadata: object({ name: scalar("string") }),
    spec: object(spec, more),
  });

const base = { apiVersion: "g/v1", manager: "m", now: 0 };
const thing = (spec: unknown, entries: readonly Entry[] = []): Record<string, unknown> =>
  deepFreeze({
    apiVersion: "g/v1",
    kind: "T",
    metadata: { name: "x", ...(entries.length === 0 ? {} : { managedFields: entries }) },
    spec,
  });
const specOwned = (entries: readonly Entry[]): unknown => entries[0]?.fieldsV1?.["f:spec"];

const created = (shape: ObjectShape, spec: unknown): unknown =>
  specOwned(ownCreateOrUpdate({ ...base, shape, old: undefined, next: thing(spec) }));
const applied = (shape: ObjectShape, spec: unknown): unknown =>
  specOwned(
    serverSideApply({
      ...base,
      shape,
      kind: "T",
      force: false,
      live: undefined,
      applied: thing(spec),
    }).managedFields,
  );

test("what a schema does not describe is owned by field in objects, as a whole in lists", () => {
  const shape = kind({ any: scalar("any") });
  const rows: [unknown, unknown][] = [
    [{ any: { a: { b: 1 }, c: [{}] } }, { "f:any": { "f:a": { "f:b": {} }, "f:c": {} } }],
    [{ any: [1] }, { "f:any": {} }],
    [{ any: null }, { "f:any": {} }],
  ];
  for (const [spec, fields] of rows) {
    const points = JSON.parse(JSON.stringify(created(shape, spec)), (key, value) =>
      key === "." ? undefined : value,
    );
    assert.deepEqual(points, fields);
  }
  assert.deepEqual(applied(shape, { any: { a: 1 } }), { "f:any": { "f:a": {} } });
});

test("fields below one that keeps unknown fields may be unknown, too", () => {
  const shape = kind({ known: object({ a: scalar("int64") }) }, { keepsUnknown: true });
  assert.deepEqual(applied(shape, { known: { zz: { y: 1 } }, other: [1] }), {
    "f:known": { "f:zz": { ".": {}, "f:y": {} } },
    "f:other": {},
  });
  const strict = kind({ known: object({ a: scalar("int64") }) });
  assert.throws(
    () => applied(strict, { known: { zz: 1 } }),
    /\.spec\.known\.zz: field not declared in schema/,
  );
});

test("an object without any known field may have any", () => {
  assert.deepEqual(applied(kind({ free: object({}) }), { free: { a: { b: 1 } } }), {
    "f:free": { "f:a": { ".": {}, "f:b": {} } },
  });
});

test("atomic parts are owned as a whole", () => {
  const shape = kind({
    map: map(scalar("string"), true),
    object: object({ a: scalar("string") }, { atomic: true }),
    list: list(scalar("string"), "atomic"),
    raw: scalar("raw"),
  });
  const spec = { map: { a: "1" }, object: { a: "1" }, list: ["a"], raw: { a: 1 } };
  const whole = { "f:list": {}, "f:map": {}, "f:object": {}, "f:raw": {} };
  assert.deepEqual(applied(shape, spec), whole);
  assert.deepEqual(created(shape, spec), { ".": {}, ...whole });
});

test("values that change their type are told as upstream tells them", () => {
  const shape = kind({ any: scalar("any") });
  const owned = (before: unknown, after: unknown): unknown => {
    const old = thing(
      { any: before, x: 1 },
      ownCreateOrUpdate({ ...base, shape, old: undefined, next: thing({ any: before }) }),
    );
    const entries = ownCreateOrUpdate({
      ...base,
      manager: "n",
      shape,
      old,
      next: thing({ any: after, x: 1 }),
    });
    return entries.find((e) => e.manager === "n")?.fieldsV1;
  };
  const spec = (fields: unknown) => ({ "f:spec": { "f:any": fields } });
  assert.deepEqual(owned(1, { a: 1 }), spec({ ".": {}, "f:a": {} }));
  assert.deepEqual(owned({ a: 1 }, 2), spec({}));
  assert.deepEqual(owned({ a: 1 }, { a: 2 }), spec({ "f:a": {} }));
  assert.equal(owned({ a: 1 }, { a: 1 }), undefined);
});

test("what was owned in parts is owned as a whole once the schema says so", () => {
  const before = kind({ map: map(scalar("string")), list: list(scalar("string"), "set") });
  const after = kind({ map: map(scalar("string"), true), list: list(scalar("string"), "atomic") });
  const spec = { map: { a: "1" }, list: ["x"] };
  const { managedFields } = serverSideApply({
    ...base,
    shape: before,
    kind: "T",
    force: false,
    live: undefined,
    applied: thing(spec),
  });
  const live = thing(spec, managedFields);
  const update = { ...base, old: live, next: thing({ ...spec, extra: 1 }), manager: "n" };
  assert.deepEqual(specOwned(ownCreateOrUpdate({ ...update, shape: after })), {
    "f:list": {},
    "f:map": {},
  });
  assert.equal(
    specOwned(ownCreateOrUpdate({ ...update, shape: before })),
    specOwned(managedFields),
  );
});
