// Series of random writes to custom resources of random schemas, and what upstream's own code
// (apimachinery v0.37.2, structured-merge-diff v6.4.2) made of them: objects, owners, conflicts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { equal } from "../../lib/equal.ts";
import { deepFreeze } from "../clone.ts";
import type { Field, ListShape, ObjectShape, Shape } from "../shape.ts";
import { StatusError } from "../status-error.ts";
import { serverSideApply } from "./apply.ts";
import type { Entry } from "./entries.ts";
import { ownCreateOrUpdate } from "./own.ts";
import answers from "./upstream-answers.json" with { type: "json" };

type Schema = {
  type?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema;
  items?: Schema;
  default?: unknown;
  [extension: `x-kubernetes-${string}`]: unknown;
};
type Answer = { spec: unknown; labels?: unknown; owners: Entry[] };
type Step = {
  do: "apply" | "update";
  manager: string;
  force?: boolean;
  /** Written under the second schema. */
  later?: boolean;
  spec: unknown;
  labels?: unknown;
  /** A list: the causes of a conflict; a text: another refusal. */
  gives: Answer | string[] | string;
};
type Series = { schema: Schema; later?: Schema; steps: Step[] };

const field = (name: string, schema: Schema): [string, Field] => {
  const shape = shapeFrom(schema);
  const value = schema.default === undefined ? {} : { default: schema.default };
  const flags = { number: 0, always: false, pointer: false, required: false };
  return [name, { name, shape: () => shape, ...flags, ...value }];
};

function shapeFrom(schema: Schema): Shape {
  const atomic = schema["x-kubernetes-map-type"] === "atomic";
  switch (schema.type) {
    case "string":
      return { kind: "scalar", type: "string" };
    case "integer":
      return { kind: "scalar", type: "int64" };
    case "boolean":
      return { kind: "scalar", type: "bool" };
    case "array": {
      const item = shapeFrom(schema.items!);
      const listType = (schema["x-kubernetes-list-type"] ?? "atomic") as ListShape["listType"];
      const keys = (schema["x-kubernetes-list-map-keys"] ?? []) as string[];
      return { kind: "list", item: () => item, listType, keys };
    }
    case "object": {
      if (schema.additionalProperties === undefined) return objectFrom(schema, atomic);
      const value = shapeFrom(schema.additionalProperties);
      return { kind: "map", value: () => value, atomic };
    }
    default: {
      const intOrString = schema["x-kubernetes-int-or-string"] === true;
      return { kind: "scalar", type: intOrString ? "intOrString" : "any" };
    }
  }
}

const objectFrom = (schema: Schema, atomic: boolean): ObjectShape => ({
  kind: "object",
  name: "",
  fields: new Map(Object.entries(schema.properties ?? {}).map(([name, s]) => field(name, s))),
  atomic,
  keepsUnknown: schema["x-kubernetes-preserve-unknown-fields"] === true,
  embedded: false,
});

const text: Schema = { type: "string" };
const metadata: Schema = {
  type: "object",
  properties: {
    name: text,
    uid: text,
    labels: { type: "object", additionalProperties: text },
    managedFields: { type: "array", items: { type: "object" } },
  },
};
const wholeFrom = (spec: Schema): ObjectShape =>
  objectFrom({ properties: { apiVersion: text, kind: text, metadata, spec } }, false);

type Live = Record<string, unknown> & { metadata: Record<string, unknown> };

function written(series: Series, step: Step, live: Live | undefined): Live {
  const shape = wholeFrom(step.later ? series.later! : series.schema);
  const labels = step.labels === undefined ? {} : { labels: step.labels };
  const type = { apiVersion: "g/v1", kind: "T" };
  const body = deepFreeze({
    ...type,
    metadata: { name: "x", uid: "u", ...labels },
    spec: step.spec,
  });
  const base = { shape, apiVersion: "g/v1", manager: step.manager, now: 0 };
  if (step.do === "update") {
    const managedFields = ownCreateOrUpdate({ ...base, old: live, next: body });
    return deepFreeze({ ...body, metadata: { ...body.metadata, managedFields } });
  }
  const force = step.force ?? false;
  const applied = serverSideApply({ ...base, kind: "T", live, applied: body, force });
  const { object, managedFields } = applied;
  return deepFreeze({ ...object, metadata: { ...(object["metadata"] as object), managedFields } });
}

function refused(error: unknown, wanted: string[] | string): void {
  assert.ok(error instanceof StatusError, String(error));
  if (typeof wanted === "string") assert.ok(error.message.startsWith("failed to"), wanted);
  else {
    const causes = error.details?.causes ?? [];
    assert.deepEqual(causes.map((c) => `${c.field} ${c.message}`).sort(), wanted);
  }
}

const withoutTimes = (entries: readonly Entry[]): string[] =>
  entries
    .map(({ manager, operation, fieldsV1 }) => JSON.stringify({ fieldsV1, manager, operation }))
    .sort();

function follow(series: Series, i: number): void {
  let live: Live | undefined;
  for (const [j, step] of series.steps.entries()) {
    const where = `series ${i}, step ${j}: ${JSON.stringify(step)}`;
    const { gives } = step;
    if (typeof gives === "string" || Array.isArray(gives)) {
      try {
        written(series, step, live);
      } catch (error) {
        refused(error, gives);
        continue;
      }
      assert.fail(where);
    }
    live = written(series, step, live);
    assert.ok(equal(live["spec"], gives.spec), where);
    assert.deepEqual(live.metadata["labels"], gives.labels, where);
    const entries = live.metadata["managedFields"] as Entry[];
    assert.deepEqual(withoutTimes(entries), withoutTimes(gives.owners), where);
  }
}

test("random writes to custom resources end as upstream has them", () => {
  assert.ok(answers.length > 0);
  for (const [i, answer] of answers.entries()) follow(JSON.parse(answer) as Series, i);
});
