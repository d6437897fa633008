// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { node } from "./node.ts";

const good = { metadata: { name: "worker-1" }, spec: { podCIDR: "10.0.0.0/24" } };

test("a new Node is refused in upstream's words", () => {
  assertTold(node, good, [
    [
      {
        "spec.taints": [
          { key: "", effect: "NoSchedule" },
          { key: "a", effect: "Odd" },
          { key: "b", value: "c d", effect: "NoExecute" },
        ],
      },
      [
        'metadata.taints[0].key: Invalid value: "": name part must be non-empty',
        'metadata.taints[0].key: Invalid value: "": name part…',
        'metadata.taints[1].effect: Unsupported value: "Odd": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
        "metadata.taints[2].value: Invalid value: \"c d\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.'…",
      ],
    ],
    [
      {
        "spec.taints": [
          { key: "a", effect: "NoSchedule" },
          { key: "a", value: "x", effect: "NoSchedule" },
        ],
      },
      ["metadata.taints[1]: Duplicate value: …: taints must be unique by key and effect pair"],
    ],
    [
      { "spec.podCIDR": "x" },
      ['spec.podCIDRs[0]: Invalid value: "x": must be a valid CIDR value,…'],
    ],
    [
      { "spec.podCIDRs": ["10.0.0.0/24", "10.0.1.0/24"] },
      [
        'spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.0.1.0/24"]: may specify no more than one CIDR for each IP family',
      ],
    ],
    [{ "spec.podCIDRs": ["10.9.0.0/24"] }, []],
    [
      { "status.capacity": { cpu: "-1" } },
      [
        'status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0',
        'status.allocatable.cpu: Invalid value: "-1": must be greater than or equal to 0',
      ],
    ],
    [
      { "metadata.annotations": { "scheduler.alpha.kubernetes.io/preferAvoidPods": "x" } },
      [
        "metadata.annotations.AvoidPods: Invalid value: \"scheduler.alpha.kubernetes.io/preferAvoidPods\": invalid character 'x' looking for beginning of value",
      ],
    ],
  ]);
});

test("what a Node may change", () => {
  assertTold(
    node,
    good,
    [
      [
        { "spec.podCIDR": "10.0.1.0/24", "spec.podCIDRs": ["10.0.1.0/24"] },
        ['spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid'],
      ],
      [{ "spec.providerID": "a" }, []],
      [{ "spec.unschedulable": true, "spec.taints": [{ key: "a", effect: "NoSchedule" }] }, []],
      [{ "spec.externalID": "a" }, ["spec.externalID: Forbidden: may not be updated"]],
    ],
    { update: true },
  );
});

test("what the status of a Node may say", () => {
  assertTold(
    node,
    good,
    [
      [
        {
          "status.addresses": [
            { type: "InternalIP", address: "1.2.3.4" },
            { type: "InternalIP", address: "1.2.3.4" },
          ],
        },
        ["status.addresses[1]: Duplicate value: …"],
      ],
      [{ "status.config": { active: { configMap: { name: "a" } } } }, []],
    ],
    { subresource: "status" },
  );
});
