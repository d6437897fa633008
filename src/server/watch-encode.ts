// Lines of a watch whose reader asked for another form than the stored bytes: another version, a Table, metadata.
import { jsonText } from "../schema/encode.ts";
import type { ApiObject } from "../schema/kind.ts";
import { protobufWatchFrame } from "../schema/protobuf.ts";
import { codecOf } from "./codec.ts";
import type { Output } from "./negotiate.ts";
import { encodeAs, protobufOf } from "./represent.ts";
import type { Scope } from "./scope.ts";
import { includeOf, partialOf, tableOf } from "./table.ts";
import type { Frames } from "./watch-follow.ts";
import { atRevision, bookmarkOf, lineOf, storedLines } from "./watch-frames.ts";

export function framesFor(scope: Scope): Frames<Uint8Array> {
  const { kind, output, parts } = scope;
  if (output.media === "protobuf") return protobufFrames(scope);
  if (output.as === undefined && parts.objects.answersStored(kind)) return storedLines(scope);
  const text = textOf(scope);
  const bytes = (object: ApiObject): Uint8Array => Buffer.from(text(object));
  return {
    change: (type, entry) => lineOf(type, bytes(parts.objects.parsed(kind, entry))),
    vanished: (entry, revision) =>
      lineOf("DELETED", bytes(atRevision(parts.objects.parsed(kind, entry), revision))),
    bookmark: (revision, initialEnd) =>
      lineOf("BOOKMARK", bytes(bookmarkOf(kind, revision, initialEnd))),
    error: (status) => lineOf("ERROR", Buffer.from(jsonText(status))),
    ...formOf(output),
  };
}

function protobufFrames({ kind, output, parts }: Scope): Frames<Uint8Array> {
  const as = output.as;
  const encode = (object: ApiObject): Uint8Array =>
    as === undefined
      ? protobufOf(kind, object)
      : (encodeAs(partialOf(kind, object, as.version), output) as Uint8Array);
  const frame = (type: string, object: ApiObject): Uint8Array =>
    protobufWatchFrame(type, encode(object));
  return {
    change: (type, entry) => frame(type, parts.objects.parsed(kind, entry)),
    vanished: (entry, revision) =>
      frame("DELETED", atRevision(parts.objects.parsed(kind, entry), revision)),
    bookmark: (revision, initialEnd) => frame("BOOKMARK", bookmarkOf(kind, revision, initialEnd)),
    error: (status) => protobufWatchFrame("ERROR", encodeAs(status, output) as Uint8Array),
    ...formOf(output),
  };
}

/** The first Table of a watch has headers, and each shows ages: it is for its own reader. */
function formOf({ media, pretty, as }: Output): { form?: string } {
  if (as?.kind === "Table") return {};
  return { form: `${media} ${pretty} ${as?.kind} ${as?.version}` };
}

function textOf({ context, kind, output }: Scope): (object: ApiObject) => string {
  const as = output.as;
  if (as === undefined) return codecOf(kind).encode;
  if (as.kind !== "Table") return (object) => jsonText(partialOf(kind, object, as.version));
  const include = includeOf(context.query);
  let headers = true;
  return (object) => {
    const metadata = { resourceVersion: object.metadata.resourceVersion ?? "" };
    const now = context.now;
    const table = tableOf(kind, [object], metadata, { version: as.version, include, now, headers });
    headers = false;
    return jsonText(table);
  };
}
