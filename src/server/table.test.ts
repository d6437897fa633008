import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiObject, Column, Kind } from "../schema/kind.ts";
import { makeKind } from "../schema/kind.ts";
import { includeOf, partialListOf, tableOf } from "./table.ts";

type Box = ApiObject & { spec: { items: string[] } };

const items: Column<Box> = { name: "Items", type: "integer", cell: (o) => o.spec.items.length };
const age: Column<Box> = {
  name: "Age",
  priority: 1,
  cell: (o, now) => (o.metadata.creationTimestamp ? now : "?"),
};

function kindWith(columns: Column<Box>[] | undefined, type = "test.Box"): Kind {
  const resource = {
    group: "",
    version: "v1",
    kind: "Box",
    plural: "boxes",
    scope: "Cluster",
    type,
  } as const;
  const spec = columns === undefined ? {} : { columns };
  return makeKind<Box>(resource, spec, () => {
    throw new Error("no shape is needed");
  }) as unknown as Kind;
}
const box: Box = {
  apiVersion: "v1",
  kind: "Box",
  metadata: { name: "a", creationTimestamp: "2026-01-01T00:00:00Z" },
  spec: { items: ["x", "y"] },
};
const options = { version: "v1", include: "Metadata", now: 7, headers: true } as const;

test("a table has Name, the kind's columns and the metadata", () => {
  assert.deepEqual(tableOf(kindWith([items, age]), [box], { resourceVersion: "5" }, options), {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: { resourceVersion: "5" },
    columnDefinitions: [
      {
        name: "Name",
        type: "string",
        format: "name",
        description: "Unique within its namespace; set by whoever creates the object.",
        priority: 0,
      },
      { name: "Items", type: "integer", format: "", description: "", priority: 0 },
      { name: "Age", type: "string", format: "", description: "", priority: 1 },
    ],
    rows: [
      {
        cells: ["a", 2, 7],
        object: {
          kind: "PartialObjectMetadata",
          apiVersion: "meta.k8s.io/v1",
          metadata: box.metadata,
        },
      },
    ],
  });
});

test("a kind without columns shows when it was created", () => {
  const table = tableOf(kindWith(undefined), [box], {}, { ...options, include: "Object" });
  assert.deepEqual(table.rows, [{ cells: ["a", "2026-01-01T00:00:00Z"], object: box }]);
});

const emptyRows: [columns: Column<Box>[] | undefined, type: string, rows: [] | null][] = [
  [[items], "test.Box", []],
  [undefined, "test.Box", null],
  [[items], "", null],
];
test("an empty table is written as upstream's printers do", () => {
  for (const [columns, type, rows] of emptyRows) {
    assert.deepEqual(tableOf(kindWith(columns, type), [], {}, options).rows, rows);
  }
});

test("later events of a watch and bookmarks have rows all the same", () => {
  const bookmark = {
    metadata: { resourceVersion: "9", annotations: { "k8s.io/initial-events-end": "true" } },
  };
  const table = tableOf(
    kindWith([items, age]),
    [bookmark],
    {},
    { ...options, include: "None", headers: false },
  );
  assert.equal(table.columnDefinitions, null);
  assert.deepEqual(table.rows, [
    {
      cells: ["", "", "?"],
      object: {
        kind: "PartialObjectMetadata",
        apiVersion: "meta.k8s.io/v1",
        metadata: bookmark.metadata,
      },
    },
  ]);
});

test("includeObject takes three words", () => {
  const include = (query: string): string => includeOf(new URLSearchParams(query));
  assert.equal(include(""), "Metadata");
  assert.equal(include("includeObject="), "Metadata");
  assert.equal(include("includeObject=None"), "None");
  assert.throws(() => include("includeObject=All"), {
    code: 400,
    message:
      "Unable to convert to Table as requested: includeObject: Invalid value: \"All\": must be 'Metadata', 'Object', 'None', or empty",
  });
});

test("metadata alone, as a list", () => {
  assert.deepEqual(partialListOf(kindWith([]), [box], { resourceVersion: "5" }, "v1beta1"), {
    kind: "PartialObjectMetadataList",
    apiVersion: "meta.k8s.io/v1beta1",
    metadata: { resourceVersion: "5" },
    items: [
      { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1beta1", metadata: box.metadata },
    ],
  });
});

test("annotations that stand for fields are no metadata, and a cell may have no head", () => {
  const kind: Kind = {
    ...kindWith([items, { ...age, headless: true }]),
    fieldAnnotations: ["kept"],
  };
  const named = { ...box, metadata: { name: "b", annotations: { kept: "1", own: "2" } } };
  const table = tableOf(kind, [named], { resourceVersion: "5" }, options);
  assert.deepEqual(
    table.columnDefinitions?.map(({ name }) => name),
    ["Name", "Items"],
  );
  const row = table.rows![0]!;
  assert.equal(row.cells.length, 3);
  assert.deepEqual((row.object as ApiObject).metadata, { name: "b", annotations: { own: "2" } });
  const bare = { ...named, metadata: { name: "b", annotations: { kept: "1" } } };
  const { items: shown } = partialListOf(kind, [bare], {}, "v1") as { items: ApiObject[] };
  assert.deepEqual(shown[0]?.metadata, { name: "b" });
});
