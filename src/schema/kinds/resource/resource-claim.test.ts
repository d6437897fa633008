// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { resourceClaim } from "./resource-claim.ts";
import { resourceClaimTemplate } from "./resource-claim-template.ts";

const exactly = {
  deviceClassName: "dc",
  count: 1,
  tolerations: [{ key: "k", operator: "Equal", value: "v", effect: "NoSchedule" }],
};
const devices = {
  requests: [
    { name: "r0", exactly },
    { name: "r1", firstAvailable: [{ name: "s0", deviceClassName: "dc" }] },
  ],
  constraints: [{ requests: ["r0", "r1/s0"], matchAttribute: "a.example.com/x" }],
  config: [{ requests: ["r1"], opaque: { driver: "a.example.com", parameters: {} } }],
};
const allocation = {
  devices: { results: [{ request: "r0", driver: "a.example.com", pool: "p", device: "d" }] },
};
const good = {
  metadata: { name: "c" },
  spec: { devices },
  status: {
    allocation,
    reservedFor: [{ resource: "pods", name: "p", uid: "1" }],
    devices: [
      {
        driver: "a.example.com",
        pool: "p",
        device: "d",
        networkData: { interfaceName: "eth0", ips: ["10.0.0.1/24"] },
      },
    ],
  },
};
const ref =
  "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
const r0 = "spec.devices.requests[0]";

test("a new ResourceClaim is refused in upstream's words", () => {
  assertTold(resourceClaim, good, [
    [
      { "spec.devices.requests.0.name": "A" },
      [
        `${r0}.name: Invalid value: "A": a lowercase…`,
        `spec.devices.constraints[0].requests[0]: Invalid value: "r0": ${ref}`,
      ],
    ],
    [
      { "spec.devices.requests.0.exactly": undefined },
      [`${r0}: Required value: exactly one of \`exactly\` or \`firstAvailable\` is required`],
    ],
    [
      { "spec.devices.requests.1.exactly": exactly },
      ["spec.devices.requests[1]: Invalid value: null: exactly one of…multiple fields are set"],
    ],
    [
      { "spec.devices.requests.0.exactly.deviceClassName": "" },
      [`${r0}.exactly.deviceClassName: Required value`],
    ],
    [
      { "spec.devices.requests.0.exactly.count": -1 },
      [`${r0}.exactly.count: Invalid value: -1: must be greater than zero`],
    ],
    [
      { "spec.devices.requests.0.exactly.allocationMode": "All" },
      [`${r0}.exactly.count: Invalid value: 1: must not be specified when allocationMode is 'All'`],
    ],
    [
      { "spec.devices.requests.0.exactly.allocationMode": "Some" },
      [
        `${r0}.exactly.allocationMode: Unsupported value: "Some": supported values: "All", "ExactCount"`,
      ],
    ],
    [
      { "spec.devices.requests.0.exactly.tolerations.0.operator": "Exists" },
      [
        `${r0}.exactly.tolerations[0].value: Invalid value: "v": must be empty for operator \`Exists\``,
      ],
    ],
    [
      { "spec.devices.requests.0.exactly.tolerations.0.effect": "Never" },
      [
        `${r0}.exactly.tolerations[0].effect: Unsupported value: "Never": supported values: "NoExecute", "NoSchedule", "None"`,
      ],
    ],
    [
      { "spec.devices.constraints.0.requests": ["r1/s9"] },
      [`spec.devices.constraints[0].requests[0]: Invalid value: "r1/s9": ${ref}`],
    ],
    [
      { "spec.devices.constraints.0.requests": ["r0", "r0"] },
      ['spec.devices.constraints[0].requests[1]: Duplicate value: "r0"'],
    ],
    [
      { "spec.devices.constraints.0.matchAttribute": undefined },
      [
        'spec.devices.constraints[0]: Required value: exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set',
      ],
    ],
    [
      { "spec.devices.constraints.0.matchAttribute": "x" },
      [
        'spec.devices.constraints[0].matchAttribute: Invalid value: "x": a fully qualified name must be a domain and a name separated by a slash',
      ],
    ],
  ]);
});

test("what a claim asks for does not change", () => {
  const told = ["spec: Invalid value: null: field is immutable"];
  assertTold(resourceClaim, good, [[{ "spec.devices.config": undefined }, told]], {
    update: true,
  });
});

test("the status of a claim is refused in upstream's words", () => {
  assertTold(
    resourceClaim,
    good,
    [
      [
        { "status.allocation.devices.results.0.pool": "q" },
        ["status.allocation: Invalid value: null: field cannot be modified once set"],
      ],
      [{ "status.reservedFor.0.uid": "" }, ["status.reservedFor[0].uid: Required value"]],
      [
        { "status.allocation": undefined },
        ["status.reservedFor: Forbidden: may not be specified when `allocated` is not set"],
      ],
      [
        { "status.devices.0.networkData.ips": ["10.0.0.1/24", "10.0.0.1/24"] },
        ['status.devices[0].networkData.ips[1]: Duplicate value: "10.0.0.1/24"'],
      ],
      [
        { "status.devices.0.shareID": "x" },
        [
          "status.devices[0]: Invalid value: …: must be an allocated device in the claim",
          'status.devices[0].shareID: Invalid value: "x": must be a lowercase UUID in 8-4-4-4-12 format',
        ],
      ],
    ],
    { subresource: "status" },
  );
});

test("a template is held to the rules of a claim, and has labels and annotations only", () => {
  const template = { metadata: { name: "t" }, spec: { metadata: {}, spec: { devices } } };
  assertTold(resourceClaimTemplate, template, [
    [{ "spec.metadata.name": "x" }, ["spec.metadata.name: Forbidden: cannot be set"]],
    [{ "spec.metadata.uid": "x" }, ["spec.metadata.uID: Forbidden: cannot be set"]],
    [
      { "spec.spec.devices.requests.0.exactly.count": -1 },
      ["spec.spec.devices.requests[0].exactly.count: Invalid value: -1: must be greater than zero"],
    ],
  ]);
});
