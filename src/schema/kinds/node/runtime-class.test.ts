// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { runtimeClass } from "./runtime-class.ts";

const good = {
  metadata: { name: "rtc1" },
  handler: "h",
  overhead: { podFixed: { cpu: "1", memory: "1Mi" } },
  scheduling: {
    nodeSelector: { "beta.kubernetes.io/os": "b" },
    tolerations: [
      { key: "a", operator: "Equal", value: "b", effect: "NoExecute", tolerationSeconds: 1 },
      { operator: "Exists" },
    ],
  },
};

test("a new RuntimeClass is refused in upstream's words", () => {
  assertTold(runtimeClass, good, [
    [{ handler: "" }, ["handler: Required value"]],
    [{ handler: "A_" }, ['handler: Invalid value: "A_": a lowercase RFC 1123 label…']],
    [
      { "overhead.podFixed": { cpu: "-1" } },
      ['overhead.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0'],
    ],
    [
      { "overhead.podFixed": { Odd: "1" } },
      [
        'overhead.limits[Odd]: Invalid value: "Odd": must be a standard resource type or fully qualified',
        'overhead.limits[Odd]: Invalid value: "Odd": must be a standard resource for containers',
      ],
    ],
    [
      { "scheduling.nodeSelector": { "a b": "" } },
      ['scheduling.nodeSelector: Invalid value: "a b": name part…'],
    ],
    [
      { "scheduling.tolerations": [{ operator: "Odd", key: "a" }] },
      [
        'scheduling.tolerations[0].operator: Unsupported value: "Odd": supported values: "Equal", "Exists"',
      ],
    ],
  ]);
});

test("what a RuntimeClass may change", () => {
  assertTold(
    runtimeClass,
    good,
    [
      [{ handler: "i" }, ["handler: Invalid value: null: field is immutable"]],
      [
        { handler: undefined },
        ["handler: Invalid value: null: field is immutable", "handler: Required value"],
      ],
    ],
    { update: true },
  );
});
