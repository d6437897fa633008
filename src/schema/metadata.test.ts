import assert from "node:assert/strict";
import { test } from "node:test";
import { checkFieldManager, checkMetadataCreate, checkMetadataUpdate } from "./metadata.ts";
import { nameIsPathSegment } from "./names.ts";
import type { ObjectMeta } from "./types/meta-v1.ts";

const rules = { namespaced: true, builtIn: true };
const good: ObjectMeta = { name: "a", namespace: "ns", uid: "u", resourceVersion: "1" };
const owner = { apiVersion: "apps/v1", kind: "Deployment", name: "d", uid: "u" };

/** Field and start of the message of each cause. */
const told = (causes: { field?: string; message: string }[]): string[] =>
  causes.map((c) => `${c.field}: ${c.message}`);

function assertTold(causes: { field?: string; message: string }[], wanted: string[]): void {
  const texts = told(causes);
  assert.equal(texts.length, wanted.length, texts.join("\n"));
  for (const [i, start] of wanted.entries()) assert.ok(texts[i]!.startsWith(start), texts[i]);
}

test("a new object's metadata is refused in upstream's words", () => {
  const rows: [ObjectMeta, string[]][] = [
    [{}, ["metadata.name: Required value: name or generateName is required"]],
    [
      { name: "a", generateName: "Ab-" },
      ['metadata.generateName: Invalid value: "Ab-": a lowercase'],
    ],
    [{ name: "A" }, ['metadata.name: Invalid value: "A": a lowercase RFC 1123 subdomain']],
    [
      { name: "a", namespace: "a.b" },
      ['metadata.namespace: Invalid value: "a.b": must not contain dots'],
    ],
    [
      { name: "a", generation: -1 },
      ["metadata.generation: Invalid value: -1: must be greater than or equal to 0"],
    ],
    [
      { name: "a", labels: { "-k": "v v" } },
      [
        'metadata.labels: Invalid value: "-k": name part',
        'metadata.labels: Invalid value: "v v": a valid label',
      ],
    ],
    [{ name: "a", annotations: { "Example.COM/A": "any thing" } }, []],
    [
      { name: "a", annotations: { "": "" } },
      ["metadata.annotations: Invalid", "metadata.annotations: Invalid"],
    ],
    [
      { name: "a", annotations: { k: "é".repeat(131072) } },
      ["metadata.annotations: Too long: may not be more than 262144 bytes"],
    ],
    [{ name: "a", annotations: { k: "é".repeat(131071) } }, []],
    [{ name: "a", ownerReferences: [owner] }, []],
    [
      { name: "a", ownerReferences: [{ apiVersion: "a/b/c", kind: "", name: "", uid: "" }] },
      [
        'metadata.ownerReferences[0].apiVersion: Invalid value: "a/b/c": must be <group>/<version> or <version>',
        "metadata.ownerReferences[0].kind: Required value: must not be empty",
        "metadata.ownerReferences[0].name: Required value: must not be empty",
        "metadata.ownerReferences[0].uid: Required value: must not be empty",
      ],
    ],
    [
      { name: "a", ownerReferences: [{ ...owner, apiVersion: "v1", kind: "Event" }] },
      [
        'metadata.ownerReferences[0]: Invalid value: {"apiVersion":"v1","kind":"Event","name":"d","uid":"u"}: ' +
          "/v1, Kind=Event is disallowed from being an owner",
      ],
    ],
    [
      { name: "a", finalizers: ["orphan", "foregroundDeletion", "a b", "mine"] },
      [
        'metadata.finalizers: Invalid value: "a b": name part',
        'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion","a b","mine"]: finalizer orphan and ' +
          "foregroundDeletion cannot be both set",
        'metadata.finalizers[2]: Invalid value: "a b": name is neither a standard finalizer name nor is it fully qualified',
        'metadata.finalizers[3]: Invalid value: "mine": name is neither',
      ],
    ],
    [
      {
        name: "a",
        managedFields: [{}, { operation: "Merge", fieldsType: "x", subresource: "s".repeat(257) }],
      },
      [
        "metadata.managedFields[0].operation: Required value: must not be empty",
        'metadata.managedFields[1].operation: Unsupported value: "Merge": supported values: "Apply", "Update"',
        'metadata.managedFields[1].fieldsType: Invalid value: "x": must be `FieldsV1`',
        "metadata.managedFields[1].subresource: Too long: may not be more than 256 bytes",
      ],
    ],
  ];
  for (const [meta, wanted] of rows) {
    assertTold(checkMetadataCreate({ namespace: "ns", ...meta }, rules), wanted);
  }
  const two = [
    { ...owner, controller: true },
    { ...owner, name: "e", controller: true },
  ];
  const [twice] = told(checkMetadataCreate({ ...good, ownerReferences: two }, rules));
  assert.match(twice!, /Found "true" in references for Deployment\/d and Deployment\/e$/);
});

test("the namespace must fit the kind's scope", () => {
  const required = "metadata.namespace: Required value";
  assertTold(checkMetadataCreate({ name: "a" }, rules), [required]);
  const cluster = { namespaced: false, builtIn: true };
  assertTold(checkMetadataCreate({ name: "a" }, cluster), []);
  assertTold(checkMetadataCreate({ name: "a", namespace: "b" }, cluster), [
    "metadata.namespace: Forbidden: not allowed on this type",
  ]);
});

test("kinds may have a rule of their own for names, and free finalizers", () => {
  const liberal = { namespaced: false, builtIn: false, nameRule: nameIsPathSegment };
  assertTold(checkMetadataCreate({ name: "System:X", finalizers: ["mine"] }, liberal), []);
  assertTold(checkMetadataCreate({ name: "a/b" }, liberal), ["metadata.name: Invalid value"]);
});

test("what an update may not change", () => {
  const rows: [ObjectMeta, ObjectMeta, string[]][] = [
    [good, good, []],
    [{ ...good, name: "Old:Style" }, { ...good, name: "Old:Style" }, []],
    [
      { ...good, resourceVersion: "" },
      good,
      ['metadata.resourceVersion: Invalid value: "": must be specified for an update'],
    ],
    [
      { ...good, generation: 1 },
      { ...good, generation: 2 },
      ["metadata.generation: Invalid value: 1: must not be decremented"],
    ],
    [{ ...good, finalizers: ["a/a"] }, good, []],
    [{ ...good, uid: "v" }, good, ['metadata.uid: Invalid value: "v": field is immutable']],
    [
      good,
      { ...good, deletionTimestamp: "2020-01-01T00:00:00Z" },
      ["metadata.deletionTimestamp: Invalid value: null: field is immutable"],
    ],
    [
      { ...good, deletionTimestamp: "2020-01-01T00:00:00Z", finalizers: ["b/b", "a/a", "o/o"] },
      { ...good, deletionTimestamp: "2020-01-01T00:00:00Z", finalizers: ["o/o"] },
      [
        "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new " +
          'finalizers []string{"a/a", "b/b"}',
      ],
    ],
  ];
  for (const [next, old, wanted] of rows) assertTold(checkMetadataUpdate(next, old, rules), wanted);
});

test("a field manager's name is short and printable", () => {
  assertTold(checkFieldManager("fieldManager", "kubectl (é)"), []);
  assertTold(checkFieldManager("fieldManager", "m".repeat(129)), [
    "fieldManager: Too long: may not be more than 128 bytes",
  ]);
  assertTold(checkFieldManager("f", "é\n"), [
    'f: Invalid value: "é\\n": invalid character U+000A (at position 2)',
  ]);
});
