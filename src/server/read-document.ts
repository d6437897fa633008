// The documents that a request's body may be: JSON, YAML and protobuf, as values that are still to be decoded.

import { DecodeError } from "../schema/decode-place.ts";
import type { ApiObject, Kind } from "../schema/kind.ts";
import { readEnvelope } from "../schema/protobuf.ts";
import { decodeProtobuf } from "../schema/protobuf-decode.ts";
import { apiVersionOf } from "../schema/resource.ts";
import { type Document, duplicateFields, readJson, readJsonInGoes } from "../schema/scan.ts";
import type { ObjectShape } from "../schema/shape.ts";
import { badRequest } from "../schema/status-error.ts";
import type { Context } from "./context.ts";
import { rest } from "./turns.ts";

/** A parsed body: `bytes` for messages that show it. */
export type Parsed = {
  readonly value: unknown;
  readonly exact?: boolean;
  /** Of a patch: what was found wrong with it, in words. */
  readonly duplicates?: readonly string[];
  /** Of a patch: the object before it. */
  readonly old?: ApiObject;
  /** Paths of fields that stand twice. */
  readonly repeated?: readonly string[];
  readonly bytes?: Uint8Array;
  /** As JSON or YAML. */
  readonly written?: boolean;
  /** By server-side apply. */
  readonly applied?: boolean;
  /** By any patch. */
  readonly patched?: boolean;
  /** On plain maps that upstream then turns into the Go type: strategic merge patch and apply. */
  readonly restores?: boolean;
};

export function jsonDocument(bytes: Uint8Array, kind: Kind, duplicates: boolean): Parsed {
  try {
    return ofJson(bytes, kind, readJson(bytes, { duplicates }));
  } catch (error) {
    throw unreadable(error, kind, bytes);
  }
}

export async function largeDocument(
  context: Context,
  bytes: Uint8Array,
  kind: Kind,
  duplicates: boolean,
): Promise<Parsed> {
  try {
    const goes = { duplicates, rest: () => rest(context) };
    return ofJson(bytes, kind, await readJsonInGoes(bytes, goes));
  } catch (error) {
    throw unreadable(error, kind, bytes);
  }
}

function ofJson(bytes: Uint8Array, kind: Kind, { value, exact, duplicates }: Document): Parsed {
  const repeated = duplicateFields(duplicates, kind.codec ? undefined : kind.shape());
  return { value, exact, repeated, bytes, written: true };
}

function unreadable(error: unknown, kind: Kind, bytes: Uint8Array): unknown {
  if (!(error instanceof DecodeError)) return error;
  const why = `couldn't get version/kind; json parse error: ${error.message}`;
  return unrecognized(kind, why, bytes);
}

/** A message of another kind cannot be read with this one's numbers; what it says that it is is enough to refuse it. */
export function protobufDocument(bytes: Uint8Array, kind: Kind): Parsed {
  try {
    const { apiVersion, kind: given, raw } = readEnvelope(bytes);
    const ours = given === kind.resource.kind && apiVersion === apiVersionOf(kind.resource);
    const message = ours ? decodeProtobuf(kind.shape() as ObjectShape, raw) : {};
    return { value: { ...message, apiVersion, kind: given }, bytes };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw unrecognized(kind, error.message, bytes);
  }
}

export async function yamlDocument(bytes: Uint8Array, kind: Kind): Promise<Parsed> {
  const { readYaml } = await import("./yaml-process.ts");
  try {
    return { ...(await readYaml(bytes)), bytes, written: true };
  } catch (error) {
    throw unrecognized(kind, `yaml: ${error instanceof Error ? error.message : error}`, bytes);
  }
}

export const unrecognized = (kind: Kind, why: string, bytes: Uint8Array): Error =>
  badRequest(
    `the object provided is unrecognized (must be of type ${kind.resource.kind}): ` +
      `${why} (${summary(bytes)})`,
  );

/** The first bytes of a body, as upstream shows them. */
function summary(bytes: Uint8Array): string {
  if (bytes.length === 0) return "<empty>";
  const cut = bytes.length > summaryBytesMax;
  const part = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, summaryBytesMax));
  return part.toString(bytes[0] === 0x7b ? "utf8" : "hex") + (cut ? " ..." : "");
}

const summaryBytesMax = 30;
