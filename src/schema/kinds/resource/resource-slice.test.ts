// Expected texts are what kube-apiserver 1.37 told.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertTold, changed, write } from "../../../../test/kit/kinds.ts";
import type { ResourceSlice } from "../../types/resource-v1.ts";
import { deviceTaintRule } from "./device-taint-rule.ts";
import { resourceSlice } from "./resource-slice.ts";

const good = {
  metadata: { name: "s" },
  spec: {
    driver: "a.example.com",
    nodeName: "n1",
    pool: { name: "p", generation: 1, resourceSliceCount: 1 },
    devices: [
      {
        name: "d0",
        attributes: { a: { string: "x" } },
        capacity: { mem: { value: "1Gi" } },
        taints: [{ key: "k", value: "v", effect: "NoSchedule" }],
      },
    ],
  },
};
const one =
  "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";
const d0 = "spec.devices[0]";

test("a new ResourceSlice is refused in upstream's words", () => {
  assertTold(resourceSlice, good, [
    [{ "spec.nodeName": undefined }, [`spec: Required value: ${one}`]],
    [
      { "spec.allNodes": true },
      [`spec: Invalid value: "{\`nodeName\`, \`allNodes\`}": ${one}, but multiple fields are set`],
    ],
    [{ "spec.driver": "" }, ["spec.driver: Required value"]],
    [
      { "spec.pool.resourceSliceCount": 0 },
      ["spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero"],
    ],
    [
      { "spec.devices.0.attributes.a": {} },
      [
        `${d0}.attributes[a]: Invalid value: "": must specify one of: \`int\`, \`bool\`, \`string\`, \`version\`, \`ints\`, \`bools\`, \`strings\`, \`versions\``,
      ],
    ],
    [
      { "spec.devices.0.attributes.a": { int: 1, bool: true } },
      [`${d0}.attributes[a]: Invalid value: "{int, bool}": must specify exactly one of: …`],
    ],
    [
      { "spec.devices.0.attributes.a": { version: "1.2" } },
      [
        `${d0}.attributes[a].version: Invalid value: "1.2": must be a string compatible with semver.org spec 2.0.0`,
      ],
    ],
    [{ "spec.devices.0.taints.0.effect": "" }, [`${d0}.taints[0].effect: Required value`]],
    [
      { "spec.devices.0.nodeName": "n" },
      [
        `${d0}: Invalid value: null: \`nodeName\`, \`nodeSelector\` and \`allNodes\` can only be set if \`perDeviceNodeSelection\` is set to true in the ResourceSlice spec`,
      ],
    ],
    [
      { "spec.devices.0.bindingConditions": ["a"] },
      [
        `${d0}.bindingFailureConditions: Invalid value: null: bindingFailureConditions are required to use bindingConditions`,
      ],
    ],
    [
      { "spec.devices.0.capacity.mem.requestPolicy": {} },
      [`${d0}.capacity[mem].requestPolicy: Forbidden: allowMultipleAllocations must be true`],
    ],
  ]);
});

test("what users of a shared device may ask for", () => {
  const shared = structuredClone(good);
  Object.assign(shared.spec.devices[0]!, { allowMultipleAllocations: true });
  const at = `${d0}.capacity[mem].requestPolicy`;
  const policy = (requestPolicy: object) => ({
    "spec.devices.0.capacity.mem.requestPolicy": requestPolicy,
  });
  assertTold(resourceSlice, shared, [
    [policy({ default: "1Mi", validRange: { min: "1Mi", step: "1Mi" } }), []],
    [
      policy({ validRange: { min: "1Mi" } }),
      [`${at}.default: Required value: required when validRange is defined`],
    ],
    [
      policy({ default: "2Gi", validRange: { min: "1Mi", max: "2Gi" } }),
      [`${at}.validRange.max: Invalid value: "2Gi": max is larger than capacity value: 1Gi`],
    ],
    [
      policy({ default: "3Mi", validRange: { min: "1Mi", step: "4Mi" } }),
      [
        `${at}.validRange.step: Invalid value: "3Mi": value is not a multiple of a given step (4Mi) from (1Mi)`,
      ],
    ],
    [
      policy({ default: "3Mi", validValues: ["2Mi", "1Mi"] }),
      [
        `${at}.validValues[1]: Invalid value: "1Mi": values must be sorted in ascending order`,
        `${at}.validValues: Invalid value: "3Mi": default value is not valid according to the requestPolicy`,
      ],
    ],
  ]);
});

test("a taint tells since when it is there", () => {
  const { object } = write<ResourceSlice>(resourceSlice, good);
  assert.equal(object.spec.devices?.[0]?.taints?.[0]?.timeAdded, "2026-01-01T12:00:00Z");
});

test("counters and devices are kept apart, were they none", () => {
  const both = 'spec: Invalid value: "": only one of `sharedCounters` or `devices` is allowed';
  assertTold(resourceSlice, good, [
    [{ "spec.sharedCounters": [] }, [both]],
    [
      { "spec.sharedCounters": [{}, {}] },
      [
        both,
        'spec.sharedCounters[1]: Duplicate value: {"name":""}',
        "spec.sharedCounters[0].name: Required value",
        "spec.sharedCounters[0].counters: Required value",
        "spec.sharedCounters[1].name: Required value",
        "spec.sharedCounters[1].counters: Required value",
      ],
    ],
    [
      { "spec.nodeName": undefined, "spec.nodeSelector": {} },
      [
        "spec.nodeSelector.nodeSelectorTerms: Required value: must have at least one node selector term",
        "spec.nodeSelector.nodeSelectorTerms: Invalid value: null: must have exactly one node selector term",
      ],
    ],
  ]);
});

test("lists of values are dropped where a slice has none yet", () => {
  const lists = changed(good, { "spec.devices.0.attributes": { a: { int: 1, ints: [1] } } });
  const attributes = { a: { int: 1 } };
  const plain = write<ResourceSlice>(resourceSlice, lists).object;
  assert.deepEqual(plain.spec.devices?.[0]?.attributes, attributes);
  const { told } = write(resourceSlice, lists, lists as unknown as ResourceSlice);
  assert.match(told.join(), /Invalid value: "\{int, ints\}": must specify exactly one of/);
});

test("a new DeviceTaintRule is refused in upstream's words", () => {
  const rule = {
    metadata: { name: "r" },
    spec: { deviceSelector: { pool: "p" }, taint: { key: "k", effect: "NoExecute" } },
  };
  assertTold(deviceTaintRule, rule, [
    [{ "spec.taint.effect": "" }, ["spec.taint.effect: Required value"]],
    [{ "spec.deviceSelector.driver": "" }, ["spec.deviceSelector.driver: Required value"]],
    [
      { "spec.deviceSelector.device": "a.b" },
      ['spec.deviceSelector.device: Invalid value: "a.b": must not contain dots'],
    ],
  ]);
});
