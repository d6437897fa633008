// Writes documents of a kind as the server would, up to the store, and tells what is wrong with them.
import assert from "node:assert/strict";
import { decode } from "../../src/schema/decode.ts";
import type { ApiObject, Kind, Write } from "../../src/schema/kind.ts";
import type { ObjectShape } from "../../src/schema/shape.ts";
import type { ObjectMeta } from "../../src/schema/types/meta-v1.ts";
import { applyDefaults } from "../../src/server/defaults.ts";

const now = Date.UTC(2026, 0, 1, 12);

/** By dotted path, `spec.ports.0.name`; undefined takes the field away. */
export type Changes = Readonly<Record<string, unknown>>;

/** What is changed in a good document, and what is told about it: `field: message`. `…`: anything. */
export type Row = readonly [changes: Changes, told: readonly string[]];

export function changed<T>(document: T, changes: Changes): T {
  const copy = structuredClone(document);
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split(".");
    let place = copy as Record<string, unknown>;
    for (const key of keys.slice(0, -1)) {
      place[key] ??= {};
      place = place[key] as Record<string, unknown>;
    }
    const last = keys.at(-1)!;
    if (value === undefined) delete place[last];
    else place[last] = structuredClone(value);
  }
  return copy;
}

type Written<T> = { object: T; told: string[]; warnings: string[] };

/** With defaults, prepared and judged; `old` makes it an update. Without warnings when it is refused. */
export function write<T extends ApiObject>(
  kind: Kind,
  document: unknown,
  old?: T,
  options: Partial<Write> = {},
): Written<T> {
  const operation = old === undefined ? "create" : "update";
  const write: Write = { operation, subresource: "", user: "ada", now, ...options };
  const { group, version } = kind.resource;
  const object = decode(kind.shape() as ObjectShape, document, { written: true })
    .object as unknown as T;
  object.apiVersion = group === "" ? version : `${group}/${version}`;
  object.kind = kind.resource.kind;
  applyDefaults(kind, object);
  const given: ObjectMeta = { namespace: "default", uid: "u-1" };
  const { namespace, uid, generation } = old?.metadata ?? given;
  Object.assign(object.metadata, { namespace, uid }, generation && { generation });
  if (old !== undefined) object.metadata.resourceVersion = "1";
  kind.prepare?.(object, old, write);
  const causes = kind.validate?.(object, old, write) ?? [];
  const texts = causes.map(({ field, message }) => (field ? `${field}: ${message}` : message));
  const told = [...new Set(texts)];
  const isStatus = write.subresource === "status";
  const warnings = isStatus ? kind.statusWarnings?.(object) : kind.warnings?.(object, old);
  return { object, told, warnings: told.length ? [] : (warnings ?? []) };
}

type Way = {
  /** The document is stored first, and each row is an update of it. */
  readonly update?: boolean;
  /** The part that is written; its rows are updates. */
  readonly subresource?: string;
};

/** Writes a good document with the changes of each row. */
export function assertTold(
  kind: Kind,
  document: unknown,
  rows: readonly Row[],
  { update = false, subresource = "" }: Way = {},
): void {
  const first = write<ApiObject>(kind, document);
  assert.deepEqual(first.told, [], "the document without changes");
  const whole = subresource === "" ? first : { object: changed(first.object, statusOf(document)) };
  const old = update || subresource ? freeze(whole.object) : undefined;
  for (const [changes, wanted] of rows) {
    const { told } = write(kind, changed(document, changes), old, { subresource });
    const fits = told.length === wanted.length && told.every((text, i) => agrees(text, wanted[i]!));
    if (!fits) assert.deepEqual(told, wanted, JSON.stringify(changes));
  }
}

const statusOf = (document: unknown): Changes => {
  const { status } = document as { status?: unknown };
  return status === undefined ? {} : { status };
};

function agrees(text: string, wanted: string): boolean {
  const [start, end] = wanted.split("…");
  return end === undefined ? text === wanted : text.startsWith(start!) && text.endsWith(end);
}

function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const inner of Object.values(value)) freeze(inner);
    Object.freeze(value);
  }
  return value;
}
