import assert from "node:assert/strict";
import { test } from "node:test";
import { deepFreeze } from "../clone.ts";
import type { Field, ListShape, ObjectShape, ScalarShape, Shape } from "../shape.ts";
import { appliedSet } from "./applied-set.ts";
import { serverSideApply } from "./apply.ts";
import { compare, wholeOf } from "./compare.ts";
import type { Entry, Owner, Owners } from "./entries.ts";
import { type FieldSet, forEachPath } from "./field-set.ts";
import { formOf } from "./form.ts";
import { mergeApplied } from "./merge.ts";
import { ownCreateOrUpdate } from "./own.ts";
import { printPath } from "./path-key.ts";
import { pruneAbandoned } from "./prune.ts";
import { removePaths } from "./remove.ts";
import { formProblem } from "./validate.ts";

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

const item = object({ k: scalar("string"), n: scalar("int64"), v: scalar("string") });
const parts = object({
  all: list(scalar("string"), "atomic"),
  any: scalar("any"),
  items: list(item, "map", ["n", "k"]),
  map: map(scalar("string")),
  set: list(scalar("string"), "set"),
  sub: object({ a: scalar("string"), b: scalar("string") }),
});
const form = formOf(parts);
const printed = (set: FieldSet | undefined): string[] => {
  const paths: string[] = [];
  if (set !== undefined) forEachPath(set, (path) => paths.push(printPath(path)));
  return paths;
};

test("a change is told as what came, what has another value and what went", () => {
  const rows: [Record<string, unknown>, Record<string, unknown>, string][] = [
    [{}, {}, ""],
    [{ map: { a: "1" } }, { map: { a: "2", b: "1" } }, "+ .map.b ~ .map.a"],
    [{ map: { a: "1" } }, {}, "- .map .map.a"],
    [{ map: {} }, { map: null }, "~ .map"],
    [{ map: null }, { map: { a: "1" } }, "+ .map.a"],
    [{ set: ["a"] }, { set: ["b", "a"] }, '+ .set[="b"]'],
    [{ set: ["a", "b"] }, { set: ["b", "a"] }, ""],
    [{ set: ["a", "a"] }, { set: ["a"] }, '+ .set[="a"] - .set[="a"]'],
    [{ set: ["a"] }, { set: ["a", "a"] }, '+ .set[="a"] - .set[="a"]'],
    [{ set: ["a", "a"] }, { set: ["a", "a", "a"] }, '~ .set[="a"]'],
    [{ set: ["a", "a"] }, { set: [] }, '- .set[="a"]'],
    [{ set: [] }, { set: ["a", "a"] }, '+ .set[="a"]'],
    [{ set: [] }, { set: null }, "~ .set"],
    [{ all: ["a"] }, { all: ["b"] }, "~ .all"],
    [
      { items: [{ k: "a", v: "1" }] },
      {
        items: [
          { k: "a", v: "2" },
          { k: "a", n: 1 },
        ],
      },
      '+ .items[k="a",n=1] .items[k="a",n=1].k .items[k="a",n=1].n ~ .items[k="a"].v',
    ],
    [{ sub: { a: "1" } }, { sub: { b: "1" } }, "+ .sub.b - .sub.a"],
    [{ sub: {} }, { sub: null }, "~ .sub"],
    [{ any: { a: { b: 1 } } }, { any: { a: { b: 1, c: 2 } } }, "+ .any.a.c"],
    [{ any: null }, { any: { a: 1 } }, "+ .any.a"],
    [{ any: null }, { any: {} }, "~ .any"],
    [{ any: [1] }, { any: { a: 1 } }, "+ .any.a ~ .any"],
    [{ any: { a: 1 } }, { any: null }, "- .any.a"],
  ];
  for (const [old, next, told] of rows) {
    const changes = compare(form, old, next);
    const text = [
      ["+", changes?.added],
      ["~", changes?.modified],
      ["-", changes?.removed],
    ] as const;
    const shown = text.flatMap(([sign, set]) => (set === undefined ? [] : [sign, ...printed(set)]));
    assert.equal(shown.join(" "), told, JSON.stringify([old, next]));
  }
});

test("items are in the order of their keys: numbers by value, fewer fields first", () => {
  const items = [
    { k: "b", n: 10 },
    { n: 9 },
    { k: "b", n: 9 },
    { k: "a", n: 10 },
    { k: "a" },
    { k: "a", n: null },
  ];
  const order = [
    '.items[k="a"]',
    '.items[k="a",n=9]',
    '.items[k="a",n=10]',
    '.items[k="a",n=null]',
    '.items[k="b",n=9]',
    '.items[k="b",n=10]',
    ".items[n=9]",
  ];
  const set = wholeOf(form, { items: [...items, { k: "a", n: 9 }] });
  assert.deepEqual(
    printed(set).filter((path) => path.endsWith("]")),
    order,
  );
});

test("an applied configuration names leaves, items and entries, but not known fields on the way", () => {
  const rows: [Record<string, unknown>, string[]][] = [
    [{ sub: { a: "1" } }, [".sub.a"]],
    [{ sub: {} }, [".sub"]],
    [{ sub: null }, [".sub"]],
    [{ map: { a: "1" } }, [".map.a"]],
    [{ set: [] }, []],
    [{ set: ["a", "a"] }, ['.set[="a"]']],
    [{ items: [{ k: "a", v: "1" }] }, ['.items[k="a"]', '.items[k="a"].k', '.items[k="a"].v']],
    [{ items: [{ k: "a" }, { k: "a", v: "1" }] }, ['.items[k="a"]']],
    [{ any: [{ a: 1 }] }, [".any"]],
  ];
  for (const [value, paths] of rows) {
    assert.deepEqual(printed(appliedSet(form, value)), paths, JSON.stringify(value));
  }
});

test("merged lists take the applied order for what is applied, and keep the rest where it is", () => {
  const letters = (text: string): unknown => ({ items: [...text].map((k) => ({ k })) });
  const rows: [string, string, string][] = [
    ["abc", "ca", "bca"],
    ["abc", "c", "abc"],
    ["abc", "dc", "abdc"],
    ["abcd", "db", "acdb"],
    ["ab", "ba", "ba"],
    ["abcde", "ecxa", "bdecxa"],
    ["", "ab", "ab"],
    ["ab", "", "ab"],
    ["aab", "ba", "ba"],
    ["abc", "xyz", "abcxyz"],
    ["abcd", "acxb", "acdxb"],
    ["xaybz", "ba", "xybza"],
    ["abcabc", "cb", "acab"],
  ];
  for (const [live, applied, merged] of rows) {
    const result = mergeApplied(form, letters(live), letters(applied)) as {
      items: { k: string }[];
    };
    assert.equal(result.items.map(({ k }) => k).join(""), merged, `${live} ${applied}`);
  }
});

test("merging adds and changes, and never removes", () => {
  const rows: [Record<string, unknown>, Record<string, unknown>, Record<string, unknown>][] = [
    [{ map: { a: "1", b: "1" } }, { map: { b: "2", c: "3" } }, { map: { a: "1", b: "2", c: "3" } }],
    [{ map: { a: "1" } }, { map: null }, { map: { a: "1" } }],
    [{ map: { a: "1" } }, { map: {} }, { map: { a: "1" } }],
    [{ map: {} }, { map: null }, { map: null }],
    [{ map: null }, { map: { a: "1" } }, { map: { a: "1" } }],
    [{ all: ["a", "b"] }, { all: ["c"] }, { all: ["c"] }],
    [{ set: ["a"] }, { set: null }, { set: ["a"] }],
    [{ any: { a: { b: 1 } } }, { any: { a: { c: 2 } } }, { any: { a: { b: 1, c: 2 } } }],
    [{ any: { a: 1 } }, { any: [1] }, { any: [1] }],
    [{ any: [1] }, { any: { a: 1 } }, { any: { a: 1 } }],
    [{ any: { a: 1 } }, { any: null }, { any: { a: 1 } }],
    [{ any: {} }, { any: null }, { any: null }],
    [{ any: 1 }, { any: null }, { any: null }],
    [
      {
        items: [
          { k: "a", v: "1" },
          { k: "a", v: "2" },
        ],
      },
      { items: [{ k: "a", n: null }] },
      {
        items: [
          { k: "a", v: "1" },
          { k: "a", v: "2" },
          { k: "a", n: null },
        ],
      },
    ],
    [
      {
        items: [
          { k: "a", v: "1" },
          { k: "a", v: "2" },
        ],
      },
      { items: [{ k: "a" }] },
      { items: [{ k: "a" }] },
    ],
  ];
  for (const [live, applied, merged] of rows) {
    assert.deepEqual(mergeApplied(form, deepFreeze(live), deepFreeze(applied)), merged);
  }
});

test("paths are taken out; what has nothing left becomes null", () => {
  const rows: [Record<string, unknown>, FieldSet, unknown][] = [
    [{ map: { a: "1", b: "2" } }, { "f:map": { "f:a": {} } }, { map: { b: "2" } }],
    [{ map: { a: "1" } }, { "f:map": { "f:a": {} } }, { map: null }],
    [{ map: { a: "1" } }, { "f:map": {} }, null],
    [{ set: ["a", "b"] }, { "f:set": { 'v:"a"': {} } }, { set: ["b"] }],
    [{ set: ["a"] }, { "f:set": { 'v:"a"': {} } }, { set: null }],
    [
      {
        items: [
          { k: "a", v: "1" },
          { k: "b", v: "2" },
        ],
      },
      { "f:items": { 'k:{"k":"a"}': { "f:v": {} }, 'k:{"k":"b"}': {} } },
      { items: [{ k: "a" }] },
    ],
    [{ all: ["a"], sub: { a: "1" } }, { "f:all": { "f:x": {} } }, { all: null, sub: { a: "1" } }],
    [{ any: { a: 1, b: 2 } }, { "f:any": { "f:a": {} } }, { any: { b: 2 } }],
    [{ any: 5 }, { "f:any": { "f:a": {} } }, { any: 5 }],
    [{ map: null }, { "f:map": { "f:a": {} } }, { map: null }],
  ];
  for (const [value, set, rest] of rows) {
    assert.deepEqual(removePaths(form, deepFreeze(value), set), rest, JSON.stringify([value, set]));
  }
});

test("values that have not the form of their field are named", () => {
  const many = object({
    n: scalar("int64"),
    u: scalar("intOrString"),
    b: scalar("bool"),
    s: scalar("string"),
  });
  const rows: [unknown, string | undefined][] = [
    [{ n: 1, u: "x", b: true, s: "" }, undefined],
    [{ n: null, u: null, b: null, s: null }, undefined],
    [{ n: 1n, u: 5 }, undefined],
    [{ n: "1" }, ".n: expected numeric (int or float), got string"],
    [{ u: {} }, ".u: expected any scalar, got &{map[]}"],
    [{ b: 1 }, ".b: expected boolean, got &{1}"],
    [{ s: [1] }, ".s: expected string, got &value.valueUnstructured{Value:[]interface {}[1]}"],
    [[], "expected map, got &{[]}"],
  ];
  for (const [value, problem] of rows) assert.equal(formProblem(formOf(many), value), problem);
  const lists: [unknown, string | undefined][] = [
    [
      { items: [{ v: "x" }] },
      '.items: element 0: associative list with keys has an element that omits all key fields ["n" "k"] (and doesn\'t have default values for any key fields)',
    ],
    [
      { items: ["x"] },
      ".items: element 0: associative list with keys may not have non-map elements",
    ],
    [
      { set: [null] },
      ".set: element 0: associative list without keys has an element that's an explicit null",
    ],
    [{ set: [[]] }, ".set: element 0: not supported: associative list with lists as elements"],
    [
      { set: [{}] },
      ".set: element 0: associative list without keys has an element that's a map type",
    ],
    [{ all: ["a", 1] }, ".all[1]: expected string, got &value.valueUnstructured{Value:1}"],
    [{ map: { a: 1 } }, ".map.a: expected string, got &value.valueUnstructured{Value:1}"],
    [{ map: "x" }, ".map: expected map, got &{x}"],
    [{ set: "x" }, ".set: expected list, got &{x}"],
  ];
  for (const [value, problem] of lists) assert.equal(formProblem(form, value), problem);
});

test("what was applied before goes, with what nobody owns below it, and what somebody owns stays", () => {
  const pair = object({ x: scalar("string"), y: scalar("string") });
  const deep = object({ k: scalar("string"), v: scalar("string"), in: pair });
  const whole = formOf(
    object({
      any: scalar("any"),
      items: list(deep, "map", ["k"]),
      map: map(pair),
      set: list(scalar("string"), "set"),
      sub: object({ x: scalar("string"), y: scalar("string"), in: pair }),
    }),
  );
  type Value = Record<string, unknown>;
  /** The merged object, what was applied before, what others own, what is left. */
  const rows: [Value, Value, Value[], unknown][] = [
    [{ sub: { x: "1", y: "2" } }, { sub: { x: "1" } }, [], null],
    [
      { sub: { x: "1", in: { x: "1" } } },
      { sub: { in: { x: "1" } } },
      [{ sub: { x: "1" } }],
      { sub: { x: "1" } },
    ],
    [
      { sub: { in: { x: "1" } } },
      { sub: { in: { x: "1" } } },
      [{ sub: { in: { x: "1" } } }],
      { sub: { in: { x: "1" } } },
    ],
    [{ map: { p: { x: "1", y: "2" } } }, { map: { p: { x: "1" } } }, [], null],
    [
      { map: { p: { x: "1", y: "2" } } },
      { map: { p: { x: "1" } } },
      [{ map: { p: { y: "2" } } }],
      { map: { p: { y: "2" } } },
    ],
    [
      { items: [{ k: "a", v: "1", in: { x: "1", y: "2" } }] },
      { items: [{ k: "a", in: { x: "1" } }] },
      [{ items: [{ k: "a", in: { y: "2" } }] }],
      { items: [{ k: "a", v: "1", in: { y: "2" } }] },
    ],
    [
      { items: [{ k: "a", v: "1", in: { x: "1" } }] },
      { items: [{ k: "a", in: { x: "1" } }] },
      [{ items: [{ k: "a", v: "1" }] }],
      { items: [{ k: "a", v: "1" }] },
    ],
    [{ any: { a: { b: 1, c: 2 } } }, { any: { a: { b: 1 } } }, [], null],
    [
      { any: { a: { b: 1, c: 2 } } },
      { any: { a: { b: 1 } } },
      [{ any: { a: { c: 2 } } }],
      { any: { a: { c: 2 } } },
    ],
    [{ set: ["a", "b"], sub: { x: "1" } }, { set: ["a"] }, [], { sub: { x: "1" } }],
    [{ set: ["a", "b"] }, { set: ["a"] }, [{ set: ["b"] }, { set: ["a"] }], { set: ["a", "b"] }],
  ];
  for (const [merged, last, others, rest] of rows) {
    const owners: Owners = new Map(
      others.map((value, i) => [String(i), { set: appliedSet(whole, value) } as Owner]),
    );
    const pruned = pruneAbandoned(whole, deepFreeze(merged), appliedSet(whole, last), owners);
    assert.deepEqual(pruned, rest, JSON.stringify([merged, last, others]));
  }
});

test("an item of which all fields are abandoned, but not the item, does not get in the way", () => {
  const item: FieldSet = { 'k:{"k":"a"}': {} };
  const last: FieldSet = { "f:items": { 'k:{"k":"a"}': { ".": {}, "f:k": {} } } };
  const merged = deepFreeze({ items: [{ k: "a" }, { k: "b" }], set: ["x"] });
  const owners: Owners = new Map([["o", { set: { "f:items": item } as FieldSet } as Owner]]);
  assert.deepEqual(pruneAbandoned(form, merged, last, owners), {
    items: [{ k: "b" }],
    set: ["x"],
  });
});
