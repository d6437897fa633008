import assert from "node:assert/strict";
import { test } from "node:test";
import { encode, jsonText } from "./encode.ts";
import { shapeOf } from "./facts.ts";

const rows: { type: string; object: unknown; text: string }[] = [
  {
    type: "io.k8s.api.core.v1.Pod",
    object: {
      status: { phase: "" },
      metadata: { name: "a", labels: { b: "1", a: "2" } },
      kind: "Pod",
      extra: 1,
    },
    text: '{"kind":"Pod","metadata":{"name":"a","labels":{"a":"2","b":"1"}},"spec":{"containers":null},"status":{}}',
  },
  {
    type: "io.k8s.api.core.v1.PodCondition",
    object: { type: "Ready", status: "True" },
    text: '{"type":"Ready","status":"True","lastProbeTime":null,"lastTransitionTime":null}',
  },
  { type: "io.k8s.api.rbac.v1.Role", object: { rules: [] }, text: '{"metadata":{},"rules":null}' },
  { type: "io.k8s.api.core.v1.PodList", object: { items: [] }, text: '{"metadata":{},"items":[]}' },
  {
    type: "io.k8s.api.apps.v1.DeploymentSpec",
    object: { replicas: 0, paused: false, selector: null },
    text: '{"replicas":0,"selector":null,"template":{"metadata":{},"spec":{"containers":null}},"strategy":{}}',
  },
  {
    type: "io.k8s.api.core.v1.Toleration",
    object: { key: 'a"\n', tolerationSeconds: 9223372036854775807n },
    text: '{"key":"a\\"\\n","tolerationSeconds":9223372036854775807}',
  },
];

test("fields are written in upstream's order, empty ones by Go's rules", () => {
  for (const { type, object, text } of rows) assert.equal(encode(shapeOf(type), object), text);
});

test("keys of maps are in the order of their bytes", () => {
  const data = { "\u{10000}": "1", "\uffff": "2", a: "3", Z: "4" };
  const text = encode(shapeOf("io.k8s.api.core.v1.ConfigMap"), { data });
  assert.equal(text, '{"metadata":{},"data":{"Z":"4","a":"3","\uffff":"2","\u{10000}":"1"}}');
});

test("integers beyond 2^53 keep their digits in any JSON", () => {
  assert.equal(jsonText({ a: [9007199254740993n], b: "x" }), '{"a":[9007199254740993],"b":"x"}');
});
