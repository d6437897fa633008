// From objects to the bytes of an answer in the form that was agreed on.
import { decode } from "../schema/decode.ts";
import { jsonText } from "../schema/encode.ts";
import { hasShape, shapeOf } from "../schema/facts.ts";
import type { ApiObject, Kind } from "../schema/kind.ts";
import { protobufObject } from "../schema/protobuf.ts";
import { apiVersionOf } from "../schema/resource.ts";
import { readJson } from "../schema/scan.ts";
import type { ObjectShape } from "../schema/shape.ts";
import { codecOf } from "./codec.ts";
import type { Output } from "./negotiate.ts";

/** An object of a kind. */
export function encodeObject(
  kind: Kind,
  object: ApiObject,
  output: Output,
): Uint8Array | Promise<Uint8Array> {
  if (output.media !== "protobuf") return textAs(codecOf(kind).encode(object), output);
  return protobufOf(kind, object);
}

export const protobufOf = (kind: Kind, object: ApiObject): Uint8Array =>
  protobufObject(
    kind.shape() as ObjectShape,
    { apiVersion: apiVersionOf(kind.resource), kind: kind.resource.kind },
    object,
  );

/** A document without a kind's codec: Status, discovery, tables, metadata. */
export function encodeAs(document: object, output: Output): Uint8Array | Promise<Uint8Array> {
  if (output.media !== "protobuf") return textAs(jsonText(document), output);
  const { apiVersion = "", kind = "" } = document as { apiVersion?: string; kind?: string };
  const shape = documentShape(apiVersion, kind);
  return protobufObject(shape, { apiVersion, kind }, decode(shape, document).object);
}

/** Documents are of the meta API, whatever version they say, or of the group of discovery. */
function documentShape(apiVersion: string, kind: string): ObjectShape {
  const [group, version] = apiVersion.split("/");
  const own = `io.k8s.api.${group?.split(".", 1)[0]}.${version}.${kind}`;
  return shapeOf(hasShape(own) ? own : `io.k8s.apimachinery.pkg.apis.meta.v1.${kind}`);
}

/** `text` is JSON as upstream writes it. */
function textAs(text: string, output: Output): Uint8Array | Promise<Uint8Array> {
  if (output.media === "yaml") return yamlOf(text);
  if (!output.pretty) return Buffer.from(`${text}\n`);
  return Buffer.from(JSON.stringify(JSON.parse(text), null, 2));
}

/** Loaded when first asked for: nearly nobody does. */
async function yamlOf(text: string): Promise<Uint8Array> {
  const { writeYaml } = await import("./yaml-write.ts");
  return Buffer.from(writeYaml(readJson(Buffer.from(text), { duplicates: false }).value));
}
