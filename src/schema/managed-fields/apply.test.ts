import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { deepFreeze } from "../clone.ts";
import { decode } from "../decode.ts";
import { shapeOf } from "../facts.ts";
import { type Applied, type ApplyOptions, serverSideApply } from "./apply.ts";
import type { Entry } from "./entries.ts";
import { ownCreateOrUpdate } from "./own.ts";
import { topFields } from "./ownership.ts";

type Fields = Record<string, unknown>;
const kinds = {
  ConfigMap: { shape: shapeOf("io.k8s.api.core.v1.ConfigMap"), apiVersion: "v1" },
  Deployment: { shape: shapeOf("io.k8s.api.apps.v1.Deployment"), apiVersion: "apps/v1" },
  Service: { shape: shapeOf("io.k8s.api.core.v1.Service"), apiVersion: "v1" },
};
type Name = keyof typeof kinds;

const body = (kind: Name, parts: Fields): Fields =>
  deepFreeze({ apiVersion: kinds[kind].apiVersion, kind, metadata: { name: "x" }, ...parts });

/** One object through a series of writes, stored as a server does: decoded, with its entries. */
class Story {
  readonly #kind: Name;
  live: Fields | undefined;
  changed = false;

  constructor(kind: Name) {
    this.#kind = kind;
  }

  apply(manager: string, parts: Fields, more: Partial<ApplyOptions> = {}): this {
    const { shape, apiVersion } = kinds[this.#kind];
    const applied = body(this.#kind, parts);
    const { live } = this;
    const options = {
      shape,
      apiVersion,
      kind: this.#kind,
      live,
      applied,
      manager,
      force: false,
      now: 0,
    };
    this.#store(serverSideApply({ ...options, ...more }));
    return this;
  }

  update(manager: string, parts: Fields): this {
    const { shape, apiVersion } = kinds[this.#kind];
    const next = decode(shape, body(this.#kind, parts)).object;
    const managedFields = ownCreateOrUpdate({
      shape,
      apiVersion,
      old: this.live,
      next,
      manager,
      now: 0,
    });
    this.#store({ object: next, managedFields, changed: true });
    return this;
  }

  #store({ object, managedFields, changed }: Applied): void {
    const next = decode(kinds[this.#kind].shape, object).object;
    const metadata = { ...(next["metadata"] as Fields) };
    if (managedFields.length > 0) metadata["managedFields"] = managedFields;
    this.live = deepFreeze({ ...next, metadata });
    this.changed = changed;
  }

  get entries(): readonly Entry[] {
    return (this.live!["metadata"] as { managedFields?: Entry[] }).managedFields ?? [];
  }

  owned(manager: string): unknown {
    return this.entries.find((e) => e.manager === manager)?.fieldsV1;
  }
}

const data = (fields: Fields): Fields => ({ data: fields });
const story = (kind: Name = "ConfigMap"): Story => new Story(kind);

test("an apply creates, changes and shares fields", () => {
  const s = story().apply("a", data({ x: "1", y: "2" }));
  assert.deepEqual(s.live!["data"], { x: "1", y: "2" });
  assert.deepEqual(s.entries, [
    {
      manager: "a",
      operation: "Apply",
      apiVersion: "v1",
      time: "1970-01-01T00:00:00Z",
      fieldsType: "FieldsV1",
      fieldsV1: { "f:data": { "f:x": {}, "f:y": {} } },
    },
  ]);
  s.apply("b", data({ x: "1", z: "3" }));
  assert.deepEqual(s.live!["data"], { x: "1", y: "2", z: "3" });
  assert.deepEqual(s.owned("a"), { "f:data": { "f:x": {}, "f:y": {} } });
  assert.deepEqual(s.owned("b"), { "f:data": { "f:x": {}, "f:z": {} } });
});

test("what an applier leaves out is removed, unless another owns it", () => {
  const s = story()
    .apply("a", data({ x: "1", y: "2" }))
    .apply("b", data({ x: "1" }))
    .apply("a", data({ z: "3" }));
  assert.deepEqual(s.live!["data"], { x: "1", z: "3" });
  s.apply("a", {});
  assert.deepEqual(s.live!["data"], { x: "1" });
  assert.equal(s.owned("a"), undefined);
  s.apply("b", {});
  assert.equal(s.live!["data"], undefined);
});

test("an apply that would take a field conflicts; forced, it takes it", () => {
  const s = story().apply("a", data({ x: "1", y: "2" }));
  assert.throws(() => s.apply("b", data({ x: "9", z: "3" })), {
    code: 409,
    reason: "Conflict",
    message: 'Apply failed with 1 conflict: conflict with "a": .data.x',
    details: {
      causes: [{ reason: "FieldManagerConflict", message: 'conflict with "a"', field: ".data.x" }],
    },
  });
  assert.throws(() => s.apply("b", data({ x: "9", y: "9" })), {
    message: 'Apply failed with 2 conflicts: conflicts with "a":\n- .data.x\n- .data.y',
  });
  s.apply("b", data({ x: "9" }), { force: true });
  assert.deepEqual(s.live!["data"], { x: "9", y: "2" });
  assert.deepEqual(s.owned("a"), { "f:data": { "f:y": {} } });
});

test("conflicts with updates name the version, and subresources", () => {
  const s = story().update("u", data({ x: "1" }));
  assert.throws(() => s.apply("a", data({ x: "2" })), {
    message: 'Apply failed with 1 conflict: conflict with "u" using v1: .data.x',
  });
  const d = story("Deployment").apply("a", { spec: { replicas: 1 } }, { subresource: "scale" });
  assert.throws(() => d.apply("b", { spec: { replicas: 2 } }), {
    message:
      'Apply failed with 1 conflict: conflict with "a" with subresource "scale": .spec.replicas',
  });
});

test("items of lists merge by key, sets by value, atomic ones as a whole", () => {
  const container = (name: string, more: Fields = {}): Fields => ({ name, image: name, ...more });
  const spec = (containers: Fields[], more: Fields = {}): Fields => ({
    spec: { template: { spec: { containers, ...more } } },
  });
  const names = (s: Story): string[] =>
    (
      s.live!["spec"] as { template: { spec: { containers: { name: string }[] } } }
    ).template.spec.containers.map((c) => c.name);
  const s = story("Deployment")
    .apply("a", spec([container("one"), container("two")], { tolerations: [{ key: "x" }] }))
    .apply("b", spec([container("three")]));
  assert.deepEqual(
    names(s),
    ["one", "two", "three"].toSorted((x, y) => names(s).indexOf(x) - names(s).indexOf(y)),
  );
  s.apply("a", spec([container("two"), container("one")], { tolerations: [{ key: "x" }] }));
  assert.deepEqual(
    names(s).filter((n) => n !== "three"),
    ["two", "one"],
  );
  s.apply("a", spec([container("one")], { tolerations: [{ key: "x" }] }));
  assert.deepEqual(names(s).toSorted(), ["one", "three"]);
  assert.throws(() => s.apply("b", spec([container("three")], { tolerations: [{ key: "y" }] })), {
    message: 'Apply failed with 1 conflict: conflict with "a": .spec.template.spec.tolerations',
  });
  const f = story().apply("a", { metadata: { name: "x", finalizers: ["e.com/a"] } });
  f.apply("b", { metadata: { name: "x", finalizers: ["e.com/b"] } });
  assert.deepEqual((f.live!["metadata"] as Fields)["finalizers"], ["e.com/a", "e.com/b"]);
  f.apply("a", { metadata: { name: "x" } });
  assert.deepEqual((f.live!["metadata"] as Fields)["finalizers"], ["e.com/b"]);
});

test("key fields that are left out have their defaults", () => {
  const s = story("Service").apply("a", { spec: { ports: [{ port: 80, name: "w" }] } });
  assert.deepEqual(s.owned("a"), {
    "f:spec": {
      "f:ports": { 'k:{"port":80,"protocol":"TCP"}': { ".": {}, "f:name": {}, "f:port": {} } },
    },
  });
});

test("key fields that are always written are empty when they are left out", () => {
  const containers = [{ image: "i" }, { name: "x", image: "i" }];
  const s = story("Deployment").apply("a", { spec: { template: { spec: { containers } } } });
  const keys = JSON.stringify(s.owned("a")).match(/k:[^}]*}/g);
  assert.deepEqual(keys, ['k:{\\"name\\":\\"\\"}', 'k:{\\"name\\":\\"x\\"}']);
});

test("fields that nobody has tracked belong to before-first-apply", () => {
  const s = story();
  s.live = deepFreeze({ metadata: { name: "x", uid: "u" }, data: { old: "1" } });
  s.apply("a", data({ new: "2" }));
  assert.deepEqual(s.owned("before-first-apply"), { "f:data": { ".": {}, "f:old": {} } });
  assert.throws(() => s.apply("b", data({ old: "2" })), {
    message: 'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.old',
  });
});

test("kubectl takes over from its own client-side apply", () => {
  const config = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "x" },
    data: { x: "1", y: "1" },
  };
  const annotation = "kubectl.kubernetes.io/last-applied-configuration";
  const metadata = { name: "x", annotations: { [annotation]: JSON.stringify(config) } };
  const before = (): Story =>
    story().update("kubectl-client-side-apply", { metadata, data: config.data });
  assert.throws(() => before().apply("other", data({ x: "2" })), { code: 409 });
  const s = before().apply("kubectl", data({ x: "2" }));
  assert.deepEqual(s.live!["data"], { x: "2", y: "1" });
  const { annotations } = s.live!["metadata"] as { annotations: Fields };
  assert.equal(
    annotations[annotation],
    '{"apiVersion":"v1","data":{"x":"2"},"kind":"ConfigMap","metadata":{"name":"x"}}\n',
  );
  const more = { name: "x", annotations: { z: "1", a: "2", [annotation]: "ignored" } };
  const annotated = before().apply(
    "kubectl",
    { metadata: more, data: { x: "1" } },
    { force: true },
  );
  const written = (annotated.live!["metadata"] as { annotations: Fields }).annotations;
  assert.equal(
    written[annotation],
    '{"apiVersion":"v1","data":{"x":"1"},"kind":"ConfigMap","metadata":{"annotations":{"a":"2","z":"1"},"name":"x"}}\n',
  );
  assert.deepEqual([written["a"], written["z"]], ["2", "1"]);
  const only = { name: "x", annotations: { [annotation]: "ignored" } };
  const bare = before().apply("kubectl", { metadata: only, data: { x: "1" } }, { force: true });
  assert.equal(
    (bare.live!["metadata"] as { annotations: Fields }).annotations[annotation],
    '{"apiVersion":"v1","data":{"x":"1"},"kind":"ConfigMap","metadata":{"annotations":{},"name":"x"}}\n',
  );
  const edited = before().update("edit", { metadata, data: { x: "3", y: "1" } });
  assert.throws(() => edited.apply("kubectl", data({ x: "2", y: "2" })), {
    message: 'Apply failed with 1 conflict: conflict with "edit" using v1: .data.x',
  });
});

test("what has not the form of the kind is refused in upstream's words", () => {
  const typed = "failed to create typed patch object (/x; /v1, Kind=ConfigMap): ";
  const rows: [Fields, number, string][] = [
    [{ kind: "Secret" }, 400, "invalid object type: /v1, Kind=Secret"],
    [{ apiVersion: "v9" }, 400, "invalid object type: /v9, Kind=ConfigMap"],
    [{ metadata: { name: "x", managedFields: [] } }, 400, "metadata.managedFields must be nil"],
    [{ foo: 1 }, 500, `${typed}.foo: field not declared in schema`],
    [
      data({ a: 1 }),
      500,
      `${typed}.data.a: expected string, got &value.valueUnstructured{Value:1}`,
    ],
    [{ data: ["a"] }, 500, `${typed}.data: expected map, got &{[a]}`],
    [{ immutable: "x" }, 500, `${typed}.immutable: expected boolean, got &{x}`],
    [
      { metadata: { name: "x", finalizers: ["a", "a"] } },
      500,
      `${typed}.metadata.finalizers: duplicate entries for key [="a"]`,
    ],
    [
      { metadata: { name: "x", ownerReferences: [null] }, data: { a: 1 } },
      500,
      `${typed}errors:\n  .metadata.ownerReferences: element 0: associative list with keys may not have a null ` +
        "element\n  .data.a: expected string, got &value.valueUnstructured{Value:1}",
    ],
  ];
  for (const [parts, code, message] of rows) {
    assert.throws(() => story().apply("a", parts), { code, message }, JSON.stringify(parts));
  }
});

test("an apply to a subresource owns only what that can change", () => {
  const s = story("Deployment").apply(
    "st",
    { metadata: { name: "x", labels: { a: "b" } }, spec: { replicas: 9 }, status: { replicas: 1 } },
    { subresource: "status", ignored: { except: topFields("spec", "metadata") } },
  );
  assert.deepEqual(s.owned("st"), { "f:status": { "f:replicas": {} } });
});

test("sharing a field without changing it leaves no time", () => {
  const s = story()
    .apply("a", data({ x: "1" }))
    .apply("b", data({ x: "1" }));
  assert.equal(s.changed, false);
  assert.equal(s.entries.find((e) => e.manager === "b")!.time, undefined);
});

test("what is abandoned takes along what nobody owns below it, but not what others own", () => {
  const template = (containers: Fields[]): Fields => ({
    spec: { template: { spec: { containers } } },
  });
  const containersOf = (s: Story): Fields[] =>
    (s.live!["spec"] as { template: { spec: { containers: Fields[] } } }).template.spec.containers;
  const one = { name: "one", image: "i" };
  const start = (): Story =>
    story("Deployment").apply("a", template([one, { name: "two", image: "i" }]));
  const s = start();
  // A default that nobody owns goes with its item, and stays while the item does.
  const withDefault = {
    ...s.live,
    ...template([
      { ...one, imagePullPolicy: "Always" },
      { name: "two", image: "i" },
    ]),
  };
  s.live = deepFreeze(withDefault);
  s.apply(
    "a",
    template([
      { name: "one", image: "j" },
      { name: "two", image: "i" },
    ]),
  );
  assert.equal(containersOf(s)[0]!["imagePullPolicy"], "Always");
  s.apply("a", template([{ name: "two", image: "i" }]));
  assert.deepEqual(
    containersOf(s).map((c) => c["name"]),
    ["two"],
  );
  // What another owns below an item keeps that, and the item.
  const shared = start().apply("b", template([{ name: "one", args: ["x"] }]));
  shared.apply("a", template([{ name: "two", image: "i" }]));
  assert.deepEqual(
    containersOf(shared).map((c) => [c["name"], c["image"], c["args"]]),
    [
      ["one", undefined, ["x"]],
      ["two", "i", undefined],
    ],
  );
});

test("what was never applied stays when its neighbours are abandoned", () => {
  const s = story().apply("a", { metadata: { name: "x", labels: { a: "1" } }, data: { x: "1" } });
  s.update("u", {
    metadata: { name: "x", labels: { a: "1", other: "2" } },
    data: { x: "1", y: "2" },
  });
  s.apply("a", {});
  assert.deepEqual((s.live!["metadata"] as Fields)["labels"], { other: "2" });
  assert.deepEqual(s.live!["data"], { y: "2" });
});

test("an apply in another version takes back what was applied in the old one", () => {
  const { shape } = kinds.ConfigMap;
  const convert = (apiVersion: string, object: Readonly<Fields>) =>
    apiVersion === "v-gone" ? undefined : { shape, object: { ...object, apiVersion } };
  const s = story().apply("a", data({ x: "1", y: "2" }), {});
  const old = s.entries.map((entry) => ({ ...entry, apiVersion: "v0" }));
  s.live = deepFreeze({
    ...s.live,
    metadata: { ...(s.live!["metadata"] as Fields), managedFields: old },
  });
  s.apply("a", data({ y: "2" }), { convert });
  assert.deepEqual(s.live!["data"], { y: "2" });
  assert.deepEqual(
    s.entries.map((entry) => entry.apiVersion),
    ["v1"],
  );
  const gone = story().apply("a", data({ x: "1", y: "2" }));
  const lost = gone.entries.map((entry) => ({ ...entry, apiVersion: "v-gone" }));
  gone.live = deepFreeze({ ...gone.live, metadata: { name: "x", managedFields: lost } });
  gone.apply("a", data({ y: "2" }), { convert });
  assert.deepEqual(gone.live!["data"], { x: "1", y: "2" });
  const other = [{ ...lost[0]!, manager: "b" }];
  gone.live = deepFreeze({ ...gone.live, metadata: { name: "x", managedFields: other } });
  gone.apply("a", data({ y: "3" }), { convert });
  assert.equal(gone.owned("b"), undefined);
});

test("client-side configurations that do not fit are of no use to kubectl", () => {
  const annotation = "kubectl.kubernetes.io/last-applied-configuration";
  const good = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" }, data: { x: "1" } };
  const rows = [
    "{",
    "[]",
    '"x"',
    JSON.stringify({ ...good, apiVersion: "v9" }),
    JSON.stringify({ ...good, foo: 1 }),
    "",
  ];
  for (const text of rows) {
    const metadata = { name: "x", annotations: { [annotation]: text } };
    const s = story().update("csa", { metadata, data: { x: "1" } });
    assert.throws(() => s.apply("kubectl", data({ x: "2" })), { code: 409 }, text);
  }
  const metadata = {
    name: "x",
    annotations: { keep: "k".repeat(200 * 1024), [annotation]: JSON.stringify(good) },
  };
  const large = story().update("csa", { metadata, data: { x: "1" } });
  large.apply("kubectl", data({ x: "2", y: "é".repeat(40 * 1024) }));
  const { annotations } = large.live!["metadata"] as { annotations: Fields };
  assert.deepEqual(Object.keys(annotations), ["keep"]);
});

test("a live object whose items cannot be told apart is refused", () => {
  const s = story("Service").apply("a", { spec: { ports: [{ port: 80 }] } });
  s.live = deepFreeze({ ...s.live, spec: { ports: [null] } });
  assert.throws(() => s.apply("b", { spec: { ports: [{ port: 81 }] } }), {
    code: 500,
    message:
      "failed to create typed live object (/x; /v1, Kind=Service): element 0: associative list with keys may not " +
      "have a null element",
  });
});

test("conflicts are told by manager, in order", () => {
  const s = story()
    .apply("b", data({ x: "1" }))
    .apply("a", data({ y: "1" }));
  assert.throws(() => s.apply("c", data({ x: "2", y: "2" })), {
    message:
      'Apply failed with 2 conflicts: conflicts with "a":\n- .data.y\nconflicts with "b":\n- .data.x',
  });
});

const values = fc.constantFrom("1", "2");
const configs = fc.record(
  {
    data: fc.dictionary(fc.constantFrom("a", "b", "c"), values),
    metadata: fc.record(
      {
        name: fc.constant("x"),
        labels: fc.dictionary(fc.constantFrom("l", "m"), values),
        finalizers: fc.uniqueArray(fc.constantFrom("e/a", "e/b")),
      },
      { requiredKeys: ["name"] },
    ),
  },
  { requiredKeys: [] },
);
const steps = fc.array(
  fc.record({ manager: fc.constantFrom("m1", "m2"), config: configs, update: fc.boolean() }),
  {
    maxLength: 6,
  },
);

function run(list: { manager: string; config: Fields; update: boolean }[]): Story {
  // Something stays owned: upstream does not go on tracking an object of which nobody owns
  // anything.
  const kept = { keep: "1" };
  const s = story().apply("first", { metadata: { name: "x", uid: "u" }, data: kept });
  for (const { manager, config, update } of list) {
    const parts = { ...config, data: { ...(config["data"] as Fields), ...kept } };
    if (update) s.update(manager, parts);
    else s.apply(manager, parts, { force: true });
  }
  return s;
}

test("applying again changes nothing", () => {
  fc.assert(
    fc.property(steps, configs, (list, config) => {
      const s = run(list).apply("m", config, { force: true });
      const { live } = s;
      s.apply("m", config, { force: true });
      assert.deepEqual(s.live, live);
    }),
  );
});

test("every leaf of an object has an owner, and everything owned is there", () => {
  fc.assert(
    fc.property(steps, (list) => {
      const { live, entries } = run(list);
      const owned = new Set<string>();
      for (const entry of entries) collect(entry.fieldsV1!, "", owned);
      const metadata = live!["metadata"] as Fields;
      for (const [part, field] of [
        [live!["data"], "f:data"],
        [metadata["labels"], "f:metadata/f:labels"],
      ] as const) {
        for (const key of Object.keys((part ?? {}) as object))
          assert.ok(owned.has(`${field}/f:${key}`), key);
      }
      for (const path of owned) {
        const [, key] = /^f:data\/f:(.+)$/.exec(path) ?? [];
        if (key !== undefined) assert.ok(Object.hasOwn(live!["data"] as object, key), path);
      }
    }),
  );
});

function collect(node: object, path: string, all: Set<string>): void {
  for (const [key, below] of Object.entries(node)) {
    if (key === ".") all.add(path);
    else if (Object.keys(below).length === 0) all.add(path === "" ? key : `${path}/${key}`);
    else collect(below, path === "" ? key : `${path}/${key}`, all);
  }
}
