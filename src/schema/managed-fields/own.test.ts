import assert from "node:assert/strict";
import { test } from "node:test";
import { clone, deepFreeze } from "../clone.ts";
import { decode } from "../decode.ts";
import { shapeOf } from "../facts.ts";
import type { Entry } from "./entries.ts";
import { type OwnOptions, ownCreateOrUpdate } from "./own.ts";
import { topFields } from "./ownership.ts";

const shape = shapeOf("io.k8s.api.core.v1.Pod");
type Fields = Record<string, unknown>;

const pod = (parts: Fields, entries: readonly Entry[] = []): Fields => {
  const { object } = decode(shape, { metadata: { name: "p", uid: "u" }, ...parts });
  const metadata = object["metadata"] as Fields;
  if (entries.length > 0) metadata["managedFields"] = entries;
  return deepFreeze(object);
};

const minute = (n: number): number => Date.UTC(2026, 0, 1, 0, n);
const own = (options: Partial<OwnOptions> & { next: Fields }): Entry[] =>
  ownCreateOrUpdate({
    shape,
    apiVersion: "v1",
    manager: "m",
    now: minute(0),
    old: undefined,
    ...options,
  });

const web = { name: "web", image: "i", ports: [{ containerPort: 80, protocol: "TCP" }] };
const created = own({ next: pod({ spec: { containers: [web] } }) });
const live = pod({ spec: { containers: [web] } }, created);

test("who creates an object owns what it set, but not what the server sets", () => {
  assert.deepEqual(created, [
    {
      manager: "m",
      operation: "Update",
      apiVersion: "v1",
      time: "2026-01-01T00:00:00Z",
      fieldsType: "FieldsV1",
      fieldsV1: {
        "f:spec": {
          "f:containers": {
            'k:{"name":"web"}': {
              ".": {},
              "f:image": {},
              "f:name": {},
              "f:ports": {
                ".": {},
                'k:{"containerPort":80,"protocol":"TCP"}': {
                  ".": {},
                  "f:containerPort": {},
                  "f:protocol": {},
                },
              },
              "f:resources": {},
            },
          },
        },
      },
    },
  ]);
  assert.deepEqual(own({ next: pod({}) }), []);
});

test("an update takes what it changes and gives up what it removes", () => {
  const next = pod({
    metadata: { name: "p", labels: { a: "b" } },
    spec: { containers: [{ ...web, image: "j" }] },
  });
  const entries = own({ old: live, next, manager: "n", now: minute(1), sent: created });
  assert.deepEqual(
    entries.map((e) => [e.manager, e.time]),
    [
      ["m", "2026-01-01T00:00:00Z"],
      ["n", "2026-01-01T00:01:00Z"],
    ],
  );
  assert.deepEqual(entries[1]!.fieldsV1, {
    "f:metadata": { "f:labels": { ".": {}, "f:a": {} } },
    "f:spec": { "f:containers": { 'k:{"name":"web"}': { "f:image": {} } } },
  });
  const text = JSON.stringify(entries[0]!.fieldsV1);
  assert.ok(!text.includes("f:image") && text.includes("f:ports"));
  const bare = pod({ spec: { containers: [{ name: "web", image: "i" }] } });
  const [rest] = own({ old: live, next: bare, manager: "n" });
  assert.ok(!JSON.stringify(rest!.fieldsV1).includes("f:ports"));
});

test("an update that changes nothing keeps the very entries", () => {
  const entries = own({ old: live, next: clone(live), manager: "other", now: minute(9) });
  assert.deepEqual(entries, created);
  assert.equal(entries[0], created[0]);
});

test("subresources have entries of their own and ignore what they cannot change", () => {
  const next = pod({
    spec: { containers: [{ ...web, image: "ignored" }] },
    status: { phase: "Running" },
  });
  const entries = own({
    old: live,
    next,
    manager: "kubelet",
    subresource: "status",
    ignored: { except: topFields("spec") },
  });
  assert.deepEqual(
    entries.find((e) => e.manager === "kubelet"),
    {
      manager: "kubelet",
      operation: "Update",
      apiVersion: "v1",
      time: "2026-01-01T00:00:00Z",
      fieldsType: "FieldsV1",
      fieldsV1: { "f:status": { "f:phase": {} } },
      subresource: "status",
    },
  );
  assert.equal(
    entries.find((e) => e.manager === "m"),
    created[0],
  );
  const only = own({ old: live, next, manager: "k", ignored: { only: ["status"] } });
  assert.deepEqual(only.find((e) => e.manager === "k")!.fieldsV1, {
    "f:status": { "f:phase": {} },
  });
});

test("entries that a client sends are taken, unless they cannot be read", () => {
  const mine: Entry = {
    manager: "mine",
    operation: "Apply",
    apiVersion: "v1",
    fieldsType: "FieldsV1",
    fieldsV1: { "f:spec": { "f:zz": {}, "f:aa": {} } },
  };
  const rows: [readonly Entry[], string[]][] = [
    [[mine], ["mine"]],
    [[], []],
    [[{}], []],
    [[{ ...mine, operation: "Merge" }], ["m"]],
    [[{ ...mine, apiVersion: "" }], ["m"]],
    [[{ ...mine, fieldsType: "FieldsV2" }], ["m"]],
    [[{ ...mine, fieldsV1: { spec: {} } }], ["m"]],
    [created, ["m"]],
  ];
  for (const [sent, managers] of rows) {
    const entries = own({ old: live, next: clone(live), sent });
    assert.deepEqual(
      entries.map((e) => e.manager),
      managers,
      JSON.stringify(sent),
    );
  }
  const [entry] = own({ old: live, next: clone(live), sent: [mine] });
  assert.deepEqual(Object.keys(entry!.fieldsV1!["f:spec"] as object), ["f:aa", "f:zz"]);
});

test("an object that nobody tracks stays so", () => {
  const untracked = pod({ spec: { containers: [web] } });
  assert.deepEqual(own({ old: untracked, next: pod({}) }), []);
});

test("the oldest entries of updates are merged when there are more than ten", () => {
  let object = live;
  for (let i = 1; i <= 14; i++) {
    const labels = Object.fromEntries(Array.from({ length: i }, (_, n) => [`l${n}`, "x"]));
    const next = pod({ metadata: { name: "p", uid: "u", labels }, spec: { containers: [web] } });
    const entries = own({ old: object, next, manager: `m${i}`, now: minute(i) });
    object = pod(
      { metadata: { name: "p", uid: "u", labels }, spec: { containers: [web] } },
      entries,
    );
  }
  const entries = (object["metadata"] as { managedFields: Entry[] }).managedFields;
  assert.equal(entries.length, 10);
  const ancient = entries.find((e) => e.manager === "ancient-changes")!;
  const labels = { ".": {}, "f:l0": {}, "f:l1": {}, "f:l2": {}, "f:l3": {}, "f:l4": {} };
  assert.deepEqual(ancient.fieldsV1!["f:metadata"], { "f:labels": labels });
  assert.equal(ancient.time, "2026-01-01T00:05:00Z");
});

test("owners in other versions see the object in theirs, and end with them", () => {
  const other = (apiVersion: string): Entry[] => [
    {
      manager: "o",
      operation: "Update",
      apiVersion,
      fieldsType: "FieldsV1",
      fieldsV1: { "f:old": {}, "f:spec": { "f:x": {} } },
    },
  ];
  const next = pod({ spec: { containers: [web], nodeName: "n" } });
  const renamed = { ...shape, fields: new Map([["old", shape.fields.get("spec")!]]) };
  const convert = (version: string, object: Readonly<Fields>) =>
    version === "v0" ? { shape: renamed, object: { old: object["spec"] } } : undefined;
  const before = (version: string): Fields => pod({ spec: { containers: [web] } }, other(version));
  const kept = own({ old: before("v0"), next, convert });
  assert.deepEqual(
    kept.map((e) => e.manager),
    ["o", "m"],
  );
  const gone = own({ old: before("v-gone"), next, convert });
  assert.deepEqual(
    gone.map((e) => e.manager),
    ["m"],
  );
});

test("items that cannot be told apart leave the entries as they are", () => {
  const broken = deepFreeze({ ...pod({}), spec: { containers: [null] } });
  assert.deepEqual(own({ old: live, next: broken }), created);
});
