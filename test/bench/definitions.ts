// Many custom resource definitions: 2,000 with ten objects each, and the time from one more to its first object.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { post } from "./bodies.ts";
import type { Measure } from "./figure.ts";
import { load } from "./load.ts";
import { type Measured, pause } from "./process.ts";
import { restMs } from "./requests.ts";

const group = "many.example.com";
const count = 2000;
const objectsEach = 10;
const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const tries = 20;

export const definitions: Measure = async function* ({ start }) {
  const folder = mkdtempSync(join(tmpdir(), "cox-bench-"));
  try {
    let server = await start({ folder });
    await load(server, 8, count, (i) => post(path, definitionOf(i)));
    await untilServed(server, count - 1);
    const objects = count * objectsEach;
    await load(server, 16, objects, (i) => post(pathOf(i % count), objectOf(i % count, `a${i}`)));
    await server.stop();
    server = await start({ folder });
    yield {
      what: `start with ${count} custom kinds of ${objectsEach} objects each`,
      value: server.readyMs,
      unit: "ms",
      target: "≤ 1500",
    };
    const index = await middle(5, () => ask(server, "/openapi/v3"));
    yield {
      what: `OpenAPI v3 index of ${count} custom kinds`,
      value: index,
      unit: "ms",
      target: "≤ 20",
    };
    await load(server, 8, count, (i) => ({ method: "GET", path: pathOf(i) }));
    await pause(restMs);
    yield {
      what: `memory with ${count} custom kinds, each listed once`,
      value: server.rssMb(),
      unit: "MB",
      target: "≤ 400",
    };
    let next = count;
    const first = await middle(tries, () => firstObject(server, next++));
    yield {
      what: "custom kind applied to first object accepted",
      value: first,
      unit: "ms",
      target: "≤ 50",
    };
    await server.stop();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const pathOf = (index: number): string =>
  `/apis/${groupOf(index)}/v1/namespaces/default/things${index}`;

/** A hundred kinds in a group. */
const groupOf = (index: number): string => `g${Math.floor(index / 100)}.${group}`;

/** The middle one of so many times, ms. */
async function middle(times: number, run: () => Promise<number>): Promise<number> {
  const all: number[] = [];
  for (let i = 0; i < times; i++) all.push(await run());
  return all.sort((a, b) => a - b)[Math.floor(times / 2)]!;
}

async function ask(server: Measured, asked: string): Promise<number> {
  const since = performance.now();
  await load(server, 1, 1, () => ({ method: "GET", path: asked }));
  return performance.now() - since;
}

async function untilServed(server: Measured, index: number): Promise<void> {
  for (let left = 300; ; left--) {
    const served = await load(server, 1, 1, () => ({ method: "GET", path: pathOf(index) })).catch(
      () => undefined,
    );
    if (served !== undefined) return;
    if (left === 0) throw new Error(`the kind ${index} is not served`);
    await pause(100);
  }
}

async function firstObject(server: Measured, index: number): Promise<number> {
  const since = performance.now();
  await load(server, 1, 1, () => post(path, definitionOf(index)));
  for (;;) {
    const made = await load(server, 1, 1, () => post(pathOf(index), objectOf(index))).catch(
      () => undefined,
    );
    if (made !== undefined) return performance.now() - since;
    await pause(1);
  }
}

const text = { type: "string", maxLength: 200 };
const field = (depth: number): unknown => ({
  type: "object",
  description: "a part of a thing, which has some fields and another part within it",
  properties: {
    name: text,
    count: { type: "integer", minimum: 0, default: 1 },
    mode: { type: "string", enum: ["fast", "slow"] },
    list: { type: "array", maxItems: 10, items: text },
    ...(depth > 0 ? { inner: field(depth - 1), other: field(depth - 1) } : {}),
  },
});

function definitionOf(index: number): unknown {
  const plural = `things${index}`;
  const rule = { rule: "!has(self.count) || self.count >= 0", message: "must not be negative" };
  const spec = { ...(field(2) as object), "x-kubernetes-validations": [rule] };
  const properties = { spec, status: { type: "object", properties: { phase: text } } };
  const names = { plural, singular: `thing${index}`, kind: `Thing${index}` };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${groupOf(index)}` },
    spec: {
      group: groupOf(index),
      scope: "Namespaced",
      names,
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { type: "object", properties } },
        },
      ],
    },
  };
}

const objectOf = (index: number, name = "a"): unknown => ({
  apiVersion: `${groupOf(index)}/v1`,
  kind: `Thing${index}`,
  metadata: { name },
  spec: { name: "a", inner: { name: "b", list: ["x", "y"] } },
});
