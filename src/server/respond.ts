// Answers made of objects: one or a list of them, in any representation, from stored bytes where that is possible.
import type { ApiResponse } from "../schema/api-request.ts";
import { shapeOf } from "../schema/facts.ts";
import type { ApiObject, Kind } from "../schema/kind.ts";
import { protobufList, protobufListItem } from "../schema/protobuf.ts";
import { encodeProtobuf } from "../schema/protobuf-encode.ts";
import { apiVersionOf } from "../schema/resource.ts";
import type { ObjectShape } from "../schema/shape.ts";
import { StatusError } from "../schema/status-error.ts";
import type { ListMeta } from "../schema/types/meta-v1.ts";
import type { Entry } from "../store/store.ts";
import { documentAnswer } from "./answer.ts";
import { codecOf } from "./codec.ts";
import { compressedBytesMin, gzipHeaders, takesGzip } from "./compress.ts";
import { sizeOf } from "./listen-body.ts";
import { mediaTypes, type Transform } from "./negotiate.ts";
import { encodeObject } from "./represent.ts";
import type { Scope } from "./scope.ts";
import { includeOf, partialListOf, partialOf, tableOf } from "./table.ts";
import { rest } from "./turns.ts";

/** An object to answer with: from the store (`entry`), or one that is not stored. */
export type Shown = {
  readonly entry: Entry | undefined;
  /** Frozen, in the version of the request; made when needed. */
  readonly object: () => ApiObject;
};

export const shownEntry = ({ parts, kind }: Scope, entry: Entry): Shown => ({
  entry,
  object: () => parts.objects.parsed(kind, entry),
});

export async function objectAnswer(scope: Scope, code: number, shown: Shown): Promise<ApiResponse> {
  const { context, kind, output, parts } = scope;
  if (context.isLarge) await rest(context);
  if (output.as !== undefined) {
    const document = transformed(scope, shown.object(), output.as);
    return documentOrObject(scope, code, document);
  }
  if (context.request.wantsObjects)
    return { status: code, headers: {}, body: { is: "object", object: shown.object() } };
  const plain = output.media === "json" && !output.pretty;
  const bytes =
    plain && shown.entry !== undefined && parts.objects.answersStored(kind)
      ? [shown.entry.value, newline]
      : [await encodeObject(kind, shown.object(), output)];
  return {
    status: code,
    headers: { "content-type": mediaTypes[output.media] },
    body: { is: "bytes", chunks: bytes },
  };
}

const newline = Buffer.from("\n");

function transformed(scope: Scope, object: ApiObject, as: Transform): object {
  switch (as.kind) {
    case "PartialObjectMetadata":
      return partialOf(scope.kind, object, as.version);
    case "PartialObjectMetadataList":
      throw notAcceptable(
        `you requested PartialObjectMetadataList, but the requested object is not a list ` +
          `(*${internalType(scope.kind)})`,
      );
    case "Table":
      return table(
        scope,
        [object],
        object.metadata.resourceVersion === undefined
          ? {}
          : { resourceVersion: object.metadata.resourceVersion },
      );
  }
}

const table = (
  { context, kind, output }: Scope,
  objects: readonly ApiObject[],
  metadata: ListMeta,
): object =>
  tableOf(kind, objects, metadata, {
    version: output.as!.version,
    include: includeOf(context.query),
    now: context.now,
    headers: true,
  });

export type ShownList = { readonly items: readonly Shown[]; readonly metadata: ListMeta };

export async function listAnswer(scope: Scope, list: ShownList): Promise<ApiResponse> {
  const { context, output, parts, kind } = scope;
  const { metadata } = list;
  if (output.as !== undefined) {
    const objects = list.items.map((item) => item.object());
    return documentOrObject(scope, 200, transformedList(scope, objects, metadata));
  }
  const stored = parts.objects.answersStored(kind);
  if (output.media === "protobuf")
    return piecesAnswer(scope, list, protobufPieces(scope, list, stored));
  const plain = output.media === "json" && !output.pretty && !context.request.wantsObjects;
  if (!plain || !stored) return builtList(scope, list);
  return piecesAnswer(scope, list, jsonPieces(kind, list));
}

function transformedList(scope: Scope, objects: readonly ApiObject[], metadata: ListMeta): object {
  const as = scope.output.as!;
  switch (as.kind) {
    case "PartialObjectMetadataList":
      return partialListOf(scope.kind, objects, metadata, as.version);
    case "PartialObjectMetadata":
      throw notAcceptable(
        `you requested PartialObjectMetadata, but the requested object is a list ` +
          `(*${internalType(scope.kind)}List)`,
      );
    case "Table":
      return table(scope, objects, metadata);
  }
}

async function builtList(scope: Scope, { items, metadata }: ShownList): Promise<ApiResponse> {
  const { context, kind, output } = scope;
  const { resource } = kind;
  const list = {
    kind: `${resource.kind}List`,
    apiVersion: apiVersionOf(resource),
    metadata,
    items: items.map((item) => item.object()),
  };
  if (context.request.wantsObjects)
    return { status: 200, headers: {}, body: { is: "object", object: list } };
  const text = `${listHead(kind, metadata)}${list.items.map((o) => itemText(kind, o)).join(",")}]}`;
  return documentAnswer(JSON.parse(text), output);
}

const itemText = (kind: Kind, object: ApiObject): string => {
  const text = codecOf(kind).encode(object);
  return isCustom(kind) ? text : `{${text.slice(typeLength(kind))}`;
};

/** Only lists of custom resources say of each item what it is. */
const isCustom = (kind: Kind): boolean => kind.resource.type === "";

/** Length of `{"kind":"Pod","apiVersion":"v1",`, with which the stored bytes of a built-in kind begin. */
const typeLength = ({ resource }: Kind): number =>
  `{"kind":"${resource.kind}","apiVersion":"${apiVersionOf(resource)}",`.length;

function listHead(kind: Kind, metadata: ListMeta): string {
  const { resource } = kind;
  const shown = isCustom(kind) ? { continue: "", ...metadata } : metadata;
  return (
    `{"kind":"${resource.kind}List","apiVersion":"${apiVersionOf(resource)}",` +
    `"metadata":${JSON.stringify(shown)},"items":[`
  );
}

/** `items` are to be written one after the other, with `between` them. */
type Pieces = {
  readonly head: Uint8Array;
  readonly items: readonly Uint8Array[];
  readonly between: Uint8Array;
  readonly tail: Uint8Array;
};

function piecesAnswer(
  { context, kind, output, parts }: Scope,
  { items: shown }: ShownList,
  { head, items, between, tail }: Pieces,
): ApiResponse {
  const headers = { "content-type": mediaTypes[output.media] };
  const { request } = context;
  const entries = parts.objects.answersStored(kind)
    ? shown.flatMap(({ entry }) => entry ?? [])
    : [];
  const long = sizeOf(items) > compressedBytesMin && entries.length === items.length;
  if (!long || request.method !== "GET" || !takesGzip(request.headers["accept-encoding"]))
    return {
      status: 200,
      headers,
      body: { is: "bytes", chunks: [head, ...separated(items, between), tail] },
    };
  const batches = parts.zipped.stream({
    form: `${apiVersionOf(kind.resource)} ${kind.resource.kind} ${output.media}`,
    entries,
    head,
    between,
    tail,
    bytesOf: (from, to) => Buffer.concat(separated(items.slice(from, to), between)),
  });
  return { status: 200, headers: { ...headers, ...gzipHeaders }, body: { is: "stream", batches } };
}

function separated(items: readonly Uint8Array[], between: Uint8Array): readonly Uint8Array[] {
  if (between.length === 0) return items;
  const all: Uint8Array[] = [];
  for (const [i, item] of items.entries()) {
    if (i > 0) all.push(between);
    all.push(item);
  }
  return all;
}

function protobufPieces(
  { kind, parts }: Scope,
  { items, metadata }: ShownList,
  stored: boolean,
): Pieces {
  const shape = kind.shape() as ObjectShape;
  const messages = items.map(({ entry, object }) =>
    stored && entry !== undefined
      ? parts.messages.of(kind, entry, parts.objects)
      : protobufListItem(shape, object()),
  );
  const type = { apiVersion: apiVersionOf(kind.resource), kind: `${kind.resource.kind}List` };
  const meta = encodeProtobuf(shapeOf("io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta"), metadata);
  return { ...protobufList(type, meta, messages), between: nothing };
}

function jsonPieces(kind: Kind, { items, metadata }: ShownList): Pieces {
  const skipped = isCustom(kind) ? 0 : typeLength(kind);
  const brace = skipped > 0 && items.length > 0 ? "{" : "";
  return {
    head: Buffer.from(listHead(kind, metadata) + brace),
    items: items.map(({ entry, object }) => {
      if (entry === undefined) return Buffer.from(codecOf(kind).encode(object()).slice(skipped));
      return skipped === 0 ? entry.value : entry.value.subarray(skipped);
    }),
    between: skipped > 0 ? nextBrace : comma,
    tail: listEnd,
  };
}

const nothing = new Uint8Array(0);
const comma = Buffer.from(",");
const nextBrace = Buffer.from(",{");
const listEnd = Buffer.from("]}\n");

async function documentOrObject(
  { context, output }: Scope,
  code: number,
  document: object,
): Promise<ApiResponse> {
  if (context.request.wantsObjects)
    return { status: code, headers: {}, body: { is: "object", object: document } };
  return documentAnswer(document, output, { code });
}

const notAcceptable = (message: string): StatusError =>
  new StatusError(406, "NotAcceptable", message);

/** The name of Go's type inside upstream's server, which its messages show. */
function internalType({ resource }: Kind): string {
  if (resource.type === "") return `unstructured.Unstructured`;
  const { group } = resource;
  const internal = group === "" || group === "events.k8s.io" ? "core" : group.split(".", 1)[0];
  return `${internal}.${resource.kind}`;
}
