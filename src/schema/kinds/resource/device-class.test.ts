// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { deviceClass } from "./device-class.ts";

const good = {
  metadata: { name: "c" },
  spec: {
    selectors: [{ cel: { expression: "device.driver == 'a.example.com'" } }],
    config: [{ opaque: { driver: "a.example.com", parameters: { a: 1 } } }],
    extendedResourceName: "example.com/gpu",
  },
};

test("a new DeviceClass is refused in upstream's words", () => {
  assertTold(deviceClass, good, [
    [{ "spec.selectors.0.cel": undefined }, ["spec.selectors[0].cel: Required value"]],
    [
      { "spec.selectors.0.cel.expression": "1" },
      [
        'spec.selectors[0].cel.expression: Invalid value: "1": must evaluate to bool or the unknown type, not int',
      ],
    ],
    [
      { "spec.selectors.0.cel.expression": "device.foo" },
      [
        "spec.selectors[0].cel.expression: Invalid value: \"device.foo\": compilation failed: ERROR: <input>:1:7: undefined field 'foo'…",
      ],
    ],
    [{ "spec.selectors.0.cel.expression": "device.attributes['a'].b" }, []],
    [{ "spec.config.0.opaque": undefined }, ["spec.config[0].opaque: Required value"]],
    [{ "spec.config.0.opaque.driver": "" }, ["spec.config[0].opaque.driver: Required value"]],
    [{ "spec.config.0.opaque.driver": "A.example" }, []],
    [
      { "spec.config.0.opaque.driver": "a".repeat(64) },
      ["spec.config[0].opaque.driver: Too long: may not be more than 63 characters"],
    ],
    [
      { "spec.config.0.opaque.parameters": undefined },
      ["spec.config[0].opaque.parameters: Required value"],
    ],
    [
      { "spec.extendedResourceName": "gpu" },
      [
        "spec.extendedResourceName: Invalid value: \"gpu\": a name must be a domain-prefixed path, such as 'example.com/my-prop'",
      ],
    ],
    [
      { "spec.extendedResourceName": "kubernetes.io/gpu" },
      [
        'spec.extendedResourceName: Invalid value: "kubernetes.io/gpu": must not have "kubernetes.io/" domain',
      ],
    ],
  ]);
});
