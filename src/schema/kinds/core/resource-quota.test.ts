// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { resourceQuota } from "./resource-quota.ts";

const good = { metadata: { name: "q" }, spec: { hard: { pods: "5" } } };

test("a new ResourceQuota is refused in upstream's words", () => {
  assertTold(resourceQuota, good, [
    [
      { "spec.hard": { pods: "-1" } },
      ['spec.hard[pods]: Invalid value: "-1": must be greater than or equal to 0'],
    ],
    [
      { "spec.hard": { "bad name": "1" } },
      [
        'spec.hard[bad name]: Invalid value: "bad name": name part…',
        'spec.hard[bad name]: Invalid value: "bad name": must be a standard resource for quota',
      ],
    ],
    [
      { "spec.hard": { "pods.x": "1.5" } },
      [
        'spec.hard[pods.x]: Invalid value: "pods.x": must be a standard resource type or fully qualified',
        'spec.hard[pods.x]: Invalid value: "pods.x": must be a standard resource for quota',
      ],
    ],
    [
      { "spec.hard": { pods: "1.5" } },
      ['spec.hard[pods]: Invalid value: "1500m": must be an integer'],
    ],
    [{ "spec.scopes": ["Odd"] }, ['spec.scopes: Invalid value: ["Odd"]: unsupported scope']],
    [
      { "spec.scopes": ["BestEffort", "NotBestEffort"] },
      ['spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes'],
    ],
    [
      { "spec.scopes": ["BestEffort"], "spec.hard": { cpu: "1" } },
      ['spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource'],
    ],
    [
      {
        "spec.scopeSelector": {
          matchExpressions: [
            { scopeName: "BestEffort", operator: "In", values: ["x"] },
            { scopeName: "PriorityClass", operator: "In" },
          ],
        },
      },
      [
        "spec.scopeSelector.matchExpressions.operator: Invalid value: \"In\": must be 'Exists' when scope is any of Resou…",
        "spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
      ],
    ],
  ]);
});

test("what a ResourceQuota may change", () => {
  assertTold(
    resourceQuota,
    good,
    [
      [
        { "spec.scopes": ["BestEffort"] },
        ['spec.scopes: Invalid value: ["BestEffort"]: field is immutable'],
      ],
      [{ "spec.hard": { pods: "6" } }, []],
    ],
    { update: true },
  );
});

test("what the status of a ResourceQuota may say", () => {
  assertTold(
    resourceQuota,
    good,
    [
      [
        { "status.hard": { pods: "-1" } },
        ['status.hard[pods]: Invalid value: "-1": must be greater than or equal to 0'],
      ],
      [
        { "status.used": { "odd name": "1" } },
        [
          'status.used[odd name]: Invalid value: "odd name": name part…',
          'status.used[odd name]: Invalid value: "odd name": must be a standard resource for quota',
        ],
      ],
    ],
    { subresource: "status" },
  );
});
