// The two forms of an answer that are made for programs that show objects: a Table of printed cells, and metadata
// alone.
import type { ApiObject, Column, Kind } from "../schema/kind.ts";
import { badRequest } from "../schema/status-error.ts";
import type {
  ListMeta,
  ObjectMeta,
  TableColumnDefinition,
  TableRow,
} from "../schema/types/meta-v1.ts";

/** How much of the object stands beside the cells of its row. */
export type Include = "Metadata" | "Object" | "None";

export type MetaVersion = "v1" | "v1beta1";

export type TableOptions = {
  readonly version: MetaVersion;
  readonly include: Include;
  /** Wall clock, ms. */
  readonly now: number;
  /** False for all events of a watch but the first. */
  readonly headers: boolean;
};

export type PrintedTable = {
  kind: "Table";
  apiVersion: string;
  metadata: ListMeta;
  columnDefinitions: TableColumnDefinition[] | null;
  rows: TableRow[] | null;
};

/** Reads `includeObject` of a query. Throws StatusError(400) for a word that it does not know. */
export function includeOf(query: URLSearchParams): Include {
  const asked = query.get("includeObject") || "Metadata";
  if (asked === "Metadata" || asked === "Object" || asked === "None") return asked;
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(asked)}: ` +
      "must be 'Metadata', 'Object', 'None', or empty",
  );
}

/** `metadata`: of the list, or `{ resourceVersion }` of a single object. `objects` carry apiVersion and kind. */
export function tableOf(
  kind: Kind,
  objects: readonly ApiObject[],
  metadata: ListMeta,
  options: TableOptions,
): PrintedTable {
  const columns = columnsOf(kind);
  const ordered = kind.rowOrder === undefined ? objects : objects.toSorted(kind.rowOrder);
  const rows = ordered.map((object) => rowOf(kind, columns, object, objects, options));
  return {
    kind: "Table",
    apiVersion: `meta.k8s.io/${options.version}`,
    metadata:
      metadata.resourceVersion === "" ? { ...metadata, resourceVersion: undefined } : metadata,
    columnDefinitions: options.headers ? definitionsOf(columns) : null,
    rows: rows.length === 0 && !hasPrinter(kind) ? null : rows,
  };
}

export type PartialObject = {
  kind: "PartialObjectMetadata";
  apiVersion: string;
  metadata: ObjectMeta;
};

export const partialOf = (
  kind: Kind,
  { metadata }: ApiObject,
  version: MetaVersion,
): PartialObject => ({
  kind: "PartialObjectMetadata",
  apiVersion: `meta.k8s.io/${version}`,
  metadata: kind.fieldAnnotations ? withoutAnnotations(metadata, kind.fieldAnnotations) : metadata,
});

function withoutAnnotations(metadata: ObjectMeta, names: readonly string[]): ObjectMeta {
  const { annotations, ...rest } = metadata;
  const left = Object.entries(annotations ?? {}).filter(([name]) => !names.includes(name));
  return left.length === 0 ? rest : { ...metadata, annotations: Object.fromEntries(left) };
}

export const partialListOf = (
  kind: Kind,
  objects: readonly ApiObject[],
  metadata: ListMeta,
  version: MetaVersion,
): object => ({
  kind: "PartialObjectMetadataList",
  apiVersion: `meta.k8s.io/${version}`,
  metadata,
  // Upstream's converter writes nothing at all as null.
  items: objects.length === 0 ? null : objects.map((object) => partialOf(kind, object, version)),
});

const nameColumn: Column<ApiObject> = {
  name: "Name",
  format: "name",
  description: "Unique within its namespace; set by whoever creates the object.",
  cell: ({ metadata }) => metadata.name ?? "",
};

const createdAt: Column<ApiObject> = {
  name: "Created At",
  type: "date",
  cell: ({ metadata }) => metadata.creationTimestamp ?? null,
};

/** Name comes first, unless the kind has a column of that name. */
function columnsOf({ columns }: Kind): readonly Column<ApiObject>[] {
  if (columns === undefined) return [nameColumn, createdAt];
  return columns.some((c) => c.name === "Name") ? columns : [nameColumn, ...columns];
}

/** Upstream writes no rows as null where a kind has no printer of its own, custom resources included. */
function hasPrinter({ columns, resource }: Kind): boolean {
  return resource.type !== "" && columns !== undefined && columns[0]?.name !== createdAt.name;
}

const definitionsOf = (columns: readonly Column<ApiObject>[]): TableColumnDefinition[] =>
  columns.filter(({ headless }) => !headless).map(definitionOf);

const definitionOf = (column: Column<ApiObject>): TableColumnDefinition => ({
  name: column.name,
  type: column.type ?? "string",
  format: column.format ?? (column.name === "Name" ? "name" : ""),
  description: column.description ?? "",
  priority: column.priority ?? 0,
});

function rowOf(
  kind: Kind,
  columns: readonly Column<ApiObject>[],
  object: ApiObject,
  all: readonly ApiObject[],
  options: TableOptions,
): TableRow {
  const bookmark = object.metadata.name === undefined;
  const shown = bookmark ? { spec: {}, status: {}, ...object } : object;
  const conditions = bookmark ? [] : (kind.rowConditions?.(object) ?? []);
  const ended = object.metadata.annotations?.["k8s.io/initial-events-end"] === "true";
  return {
    cells: columns.map((column) =>
      bookmark ? blankCell(column, shown, options.now) : column.cell(shown, options.now, all),
    ),
    ...(conditions.length === 0 ? {} : { conditions: conditions.map((c) => ({ ...c })) }),
    object: included(kind, object, ended ? "Metadata" : options.include, options.version),
  };
}

function included(
  kind: Kind,
  object: ApiObject,
  include: Include,
  version: MetaVersion,
): TableRow["object"] {
  switch (include) {
    case "Object":
      return object;
    case "Metadata":
      return partialOf(kind, object, version);
    case "None":
      return null as unknown as undefined;
  }
}

/** A bookmark is an object of its kind without content; a printer that needs some has nothing to say. */
function blankCell(column: Column<ApiObject>, object: ApiObject, now: number): unknown {
  try {
    return column.cell(object, now, [object]);
  } catch (error) {
    if (error instanceof TypeError) return "";
    throw error;
  }
}
