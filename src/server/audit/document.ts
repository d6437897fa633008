// Bodies of requests and answers as JSON values, for the audit log. What cannot be read is left out.
import type { ApiRequest, ApiResponse } from "../../schema/api-request.ts";
import { hasShape, shapeOf } from "../../schema/facts.ts";
import { readEnvelope } from "../../schema/protobuf.ts";
import { decodeProtobuf } from "../../schema/protobuf-decode.ts";
import { WireReader, wire } from "../../schema/protobuf-wire.ts";
import { apiVersionOf } from "../../schema/resource.ts";
import type { ObjectShape } from "../../schema/shape.ts";
import type { Kinds } from "../context.ts";

/** Parsed; undefined when there is no body, or none that can be shown. */
export async function requestDocument(request: ApiRequest, kinds: Kinds): Promise<unknown> {
  if (request.object !== undefined) return request.object;
  try {
    const bytes = await request.body();
    if (bytes.length === 0) return undefined;
    return await read(bytes, request.headers["content-type"] ?? "", kinds);
  } catch {
    // Whoever needs the body has told the caller what is wrong with it.
    return undefined;
  }
}

export async function answerDocument(
  { headers, body }: ApiResponse,
  kinds: Kinds,
): Promise<unknown> {
  if (body.is === "object") return body.object;
  if (body.is !== "bytes") return undefined;
  const bytes = body.chunks.length === 1 ? body.chunks[0]! : Buffer.concat(body.chunks);
  try {
    return await read(bytes, String(headers["content-type"] ?? ""), kinds);
  } catch {
    // A text of a program, such as a proxied page.
    return undefined;
  }
}

async function read(bytes: Uint8Array, type: string, kinds: Kinds): Promise<unknown> {
  if (type.includes("protobuf")) return readProtobuf(bytes, kinds);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  if (!type.includes("yaml")) return JSON.parse(text);
  // Most patches that say they are YAML are JSON, which is YAML as well.
  if (text.startsWith("{")) return JSON.parse(text);
  const { parseYaml } = await import("../yaml.ts");
  return parseYaml(bytes).value;
}

function readProtobuf(bytes: Uint8Array, kinds: Kinds): unknown {
  const { apiVersion, kind, raw } = readEnvelope(bytes);
  const shapeFor = (name: string): ObjectShape | undefined =>
    kinds
      .all()
      .find(({ resource }) => resource.kind === name && apiVersionOf(resource) === apiVersion)
      ?.shape() as ObjectShape | undefined;
  const shape = shapeFor(kind);
  if (shape !== undefined) return { kind, apiVersion, ...decodeProtobuf(shape, raw) };
  const item = kind.endsWith("List") ? shapeFor(kind.slice(0, -"List".length)) : undefined;
  if (item !== undefined) return { kind, apiVersion, ...readList(item, raw) };
  const name = `${metaShapes}${kind}`;
  if (!hasShape(name)) return undefined;
  return { kind, apiVersion, ...decodeProtobuf(shapeOf(name) as ObjectShape, raw) };
}

const metaShapes = "io.k8s.apimachinery.pkg.apis.meta.v1.";

/** A list's message: its metadata, and the messages of its items. */
function readList(item: ObjectShape, raw: Uint8Array): { metadata: object; items: object[] } {
  const reader = new WireReader(raw);
  let metadata: object = {};
  const items: object[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    const [number, type] = [tag >>> 3, tag & 7];
    if (number === 1 && type === wire.bytes) {
      metadata = decodeProtobuf(shapeOf(`${metaShapes}ListMeta`) as ObjectShape, reader.bytes());
    } else if (number === 2 && type === wire.bytes)
      items.push(decodeProtobuf(item, reader.bytes()));
    else reader.skip(type);
  }
  return { metadata, items };
}
