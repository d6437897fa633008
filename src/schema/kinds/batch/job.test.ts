// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { job } from "./job.ts";

const good = {
  metadata: { name: "once" },
  spec: {
    suspend: true,
    template: {
      spec: { restartPolicy: "Never", containers: [{ name: "work", image: "busybox:1" }] },
    },
  },
};

test("a new Job is refused in upstream's words", () => {
  assertTold(job, good, [
    [
      {
        "spec.parallelism": -1,
        "spec.completions": -1,
        "spec.backoffLimit": -1,
        "spec.activeDeadlineSeconds": -1,
        "spec.ttlSecondsAfterFinished": -1,
      },
      [
        "spec.parallelism: Invalid value: -1: must be greater than or equal to 0",
        "spec.completions: Invalid value: -1: must be greater than or equal to 0",
        "spec.activeDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0",
        "spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0",
        "spec.ttlSecondsAfterFinished: Invalid value: -1: must be greater than or equal to 0",
      ],
    ],
    [{ "spec.completionMode": "Indexed" }, []],
    [
      { "spec.completionMode": "Odd" },
      ['spec.completionMode: Unsupported value: "Odd": supported values: "NonIndexed", "Indexed"'],
    ],
    [
      { "spec.completionMode": "Indexed", "spec.completions": 100001, "spec.parallelism": 100001 },
      [
        "spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed",
      ],
    ],
    [
      { "spec.selector": { matchLabels: { a: "b" } } },
      [
        "spec.selector: Invalid value: …: `selector` not auto-generated",
        "spec.template.metadata.labels: Invalid value: …: `selector` does not match template `labels`",
      ],
    ],
    [
      { "spec.manualSelector": true },
      [
        "spec.selector: Required value",
        "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
      ],
    ],
    [
      { "spec.manualSelector": true, "spec.selector": { matchLabels: { a: "b" } } },
      [
        "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
      ],
    ],
    [
      { "spec.template.spec.restartPolicy": "Always" },
      ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    ],
    [
      { "spec.template.spec.restartPolicy": undefined },
      ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    ],
    [
      { "spec.backoffLimitPerIndex": 1 },
      ["spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode"],
    ],
    [
      { "spec.maxFailedIndexes": 1 },
      [
        "spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified",
        "spec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode",
      ],
    ],
    [
      { "spec.completionMode": "Indexed", "spec.completions": 5, "spec.maxFailedIndexes": 1 },
      ["spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified"],
    ],
    [
      {
        "spec.completionMode": "Indexed",
        "spec.completions": 5,
        "spec.backoffLimitPerIndex": -1,
        "spec.maxFailedIndexes": 6,
      },
      [
        "spec.backoffLimitPerIndex: Invalid value: -1: must be greater than or equal to 0",
        "spec.maxFailedIndexes: Invalid value: 6: must be less than or equal to completions",
      ],
    ],
    [
      { "spec.podReplacementPolicy": "Odd" },
      [
        'spec.podReplacementPolicy: Unsupported value: "Odd": supported values: "Failed", "TerminatingOrFailed"',
      ],
    ],
    [
      {
        "spec.podFailurePolicy": {
          rules: [{ action: "Odd", onExitCodes: { operator: "In", values: [1] } }],
        },
      },
      [
        'spec.podFailurePolicy.rules[0].action: Unsupported value: "Odd": supported values: "Count", "FailIndex", "FailJob", "Ignore"',
      ],
    ],
    [
      { "spec.podFailurePolicy": { rules: [{ action: "FailJob" }] } },
      [
        "spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required",
      ],
    ],
    [
      {
        "spec.podFailurePolicy": {
          rules: [{ action: "FailIndex", onExitCodes: { operator: "In", values: [0, 3, 2, 2] } }],
        },
      },
      [
        'spec.podFailurePolicy.rules[0].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set',
        "spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator",
        "spec.podFailurePolicy.rules[0].onExitCodes.values[3]: Duplicate value: 2",
        "spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [0,3,2,2]: must be ordered",
      ],
    ],
    [
      {
        "spec.podFailurePolicy": {
          rules: [
            {
              action: "Ignore",
              onExitCodes: { operator: "Odd", values: [1], containerName: "nobody" },
            },
          ],
        },
      },
      [
        'spec.podFailurePolicy.rules[0].onExitCodes.operator: Unsupported value: "Odd": supported values: "In", "NotIn"',
        'spec.podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: "nobody": must be one of the containe…',
      ],
    ],
    [
      {
        "spec.podFailurePolicy": {
          rules: [{ action: "Count", onPodConditions: [{ type: "a b", status: "Odd" }] }],
        },
      },
      [
        'spec.podFailurePolicy.rules[0].onPodConditions[0].type: Invalid value: "a b": name part…',
        'spec.podFailurePolicy.rules[0].onPodConditions[0].status: Unsupported value: "Odd": supported values: "False", "True", "Unknown"',
      ],
    ],
    [
      {
        "spec.podFailurePolicy": {
          rules: [{ action: "Count", onPodConditions: [{ type: "Ready", status: "True" }] }],
        },
        "spec.template.spec.restartPolicy": "OnFailure",
        "spec.podReplacementPolicy": "TerminatingOrFailed",
      },
      [
        'spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"',
        'spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified',
      ],
    ],
    [
      { "spec.successPolicy": { rules: [{ succeededCount: 1 }] } },
      ["spec.successPolicy: Invalid value: …: requires indexed completion mode"],
    ],
    [
      {
        "spec.completionMode": "Indexed",
        "spec.completions": 5,
        "spec.successPolicy": { rules: [] },
      },
      [
        "spec.successPolicy.rules: Required value: at least one rules must be specified when the successPolicy is specified",
      ],
    ],
    [
      {
        "spec.completionMode": "Indexed",
        "spec.completions": 5,
        "spec.successPolicy": { rules: [{}] },
      },
      [
        "spec.successPolicy.rules[0]: Required value: at least one of succeededCount or succeededIndexes must be specified",
      ],
    ],
    [
      {
        "spec.completionMode": "Indexed",
        "spec.completions": 5,
        "spec.successPolicy": {
          rules: [
            { succeededIndexes: "0-5" },
            { succeededIndexes: "1,0" },
            { succeededIndexes: "2-1" },
            { succeededIndexes: "a" },
            { succeededIndexes: "1", succeededCount: 2 },
            { succeededCount: 6 },
            { succeededCount: -1 },
          ],
        },
      },
      [
        'spec.successPolicy.rules[0].succeededIndexes: Invalid value: "0-5": error parsing succeededIndexes: too large index: "5"',
        'spec.successPolicy.rules[1].succeededIndexes: Invalid value: "1,0": error parsing succeededIndexes: non-increasing order, previous: 1, current: 0',
        'spec.successPolicy.rules[2].succeededIndexes: Invalid value: "2-1": error parsing succeededIndexes: non-increasing order, previous: 2, current: 1',
        'spec.successPolicy.rules[3].succeededIndexes: Invalid value: "a": error parsing succeededIndexes: cannot convert string to integer for index: "a"',
        "spec.successPolicy.rules[4].succeededCount: Invalid value: 2: must be less than or equal to 1 (the number of i…",
        "spec.successPolicy.rules[5].succeededCount: Invalid value: 6: must be less than or equal to 5 (the number of specified completions)",
        "spec.successPolicy.rules[6].succeededCount: Invalid value: -1: must be greater than or equal to 0",
      ],
    ],
    [
      { "spec.managedBy": "me" },
      [
        'spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")',
      ],
    ],
    [
      {
        "spec.managedBy":
          "me.example.com/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
      },
      ["spec.managedBy: Too long: may not be more than 63 bytes"],
    ],
    [{ "spec.template.spec.containers": [] }, ["spec.template.spec.containers: Required value"]],
  ]);
});

test("what a Job may change", () => {
  assertTold(
    job,
    good,
    [
      [
        { "spec.completions": 3 },
        [
          "spec.selector: Required value",
          "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
          "spec.completions: Invalid value: 3: field is immutable",
          "spec.selector: Invalid value: null: field is immutable",
        ],
      ],
      [
        {
          "spec.parallelism": 3,
          "spec.activeDeadlineSeconds": 5,
          "spec.backoffLimit": 9,
          "spec.ttlSecondsAfterFinished": 1,
          "spec.suspend": false,
        },
        [
          "spec.selector: Required value",
          "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
          "spec.completions: Invalid value: null: field is immutable",
          "spec.selector: Invalid value: null: field is immutable",
        ],
      ],
      [
        { "spec.template.spec.containers.0.image": "busybox:2" },
        [
          "spec.selector: Required value",
          "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
          "spec.selector: Invalid value: null: field is immutable",
          "spec.template.spec: Invalid value: …: field is immutable",
        ],
      ],
      [
        {
          "spec.template.metadata.annotations": { a: "b" },
          "spec.template.spec.nodeSelector": { a: "b" },
          "spec.template.spec.schedulingGates": [{ name: "g" }],
        },
        [
          "spec.selector: Required value",
          "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
          "spec.selector: Invalid value: null: field is immutable",
        ],
      ],
      [
        { "spec.completionMode": "Indexed", "spec.completions": 1 },
        [
          "spec.selector: Required value",
          "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
          "spec.selector: Invalid value: null: field is immutable",
          'spec.completionMode: Invalid value: "Indexed": field is immutable',
        ],
      ],
      [
        { "spec.podReplacementPolicy": "Failed" },
        [
          "spec.selector: Required value",
          "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
          "spec.selector: Invalid value: null: field is immutable",
        ],
      ],
      [
        { "spec.managedBy": "a.b/c" },
        [
          "spec.selector: Required value",
          "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
          "spec.selector: Invalid value: null: field is immutable",
          'spec.managedBy: Invalid value: "a.b/c": field is immutable',
        ],
      ],
      [
        {
          "spec.podFailurePolicy": {
            rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [1] } }],
          },
        },
        [
          "spec.selector: Required value",
          "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
          "spec.selector: Invalid value: null: field is immutable",
          "spec.podFailurePolicy: Invalid value: …: field is immutable",
        ],
      ],
      [
        { "spec.manualSelector": true },
        [
          "spec.selector: Required value",
          "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
          "spec.selector: Invalid value: null: field is immutable",
        ],
      ],
    ],
    { update: true },
  );
});

test("what the status of a Job may say", () => {
  assertTold(
    job,
    good,
    [
      [
        { status: { active: -1, succeeded: -1, failed: -1, ready: -1 } },
        [
          "status.active: Invalid value: -1: must be greater than or equal to 0",
          "status.succeeded: Invalid value: -1: must be greater than or equal to 0",
          "status.failed: Invalid value: -1: must be greater than or equal to 0",
          "status.ready: Invalid value: -1: must be greater than or equal to 0",
          "status.failed: Invalid value: -1: cannot decrease the failed counter",
          "status.succeeded: Invalid value: -1: cannot decrease the succeeded counter",
        ],
      ],
      [
        { status: { terminating: -1 } },
        ["status.terminating: Invalid value: -1: must be greater than or equal to 0"],
      ],
      [{ status: { startTime: "2026-01-01T00:00:00Z" } }, []],
      [
        { status: { completionTime: "2026-01-01T00:00:00Z" } },
        [
          'status.completionTime: Invalid value: "2026-01-01T00:00:00Z": cannot set completionTime when there is no Complete=True condition',
        ],
      ],
      [
        { status: { completedIndexes: "0" } },
        [
          'status.completedIndexes: Invalid value: "0": cannot set non-empty completedIndexes when non-indexed completion mode',
        ],
      ],
      [
        { status: { conditions: [{ type: "Complete", status: "True" }] } },
        [
          "status.completionTime: Required value: completionTime is required for Complete jobs",
          "status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition",
          "status.startTime: Required value: startTime is required for finished job",
        ],
      ],
      [
        {
          status: {
            conditions: [
              { type: "Complete", status: "True" },
              { type: "Failed", status: "True" },
            ],
          },
        },
        [
          "status.conditions: Invalid value: cannot set Complete=True and Failed=true conditions",
          "status.completionTime: Required value: completionTime is required for Complete jobs",
          "status.conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition",
          "status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition",
          "status.startTime: Required value: startTime is required for finished job",
        ],
      ],
      [
        { status: { active: 1, conditions: [{ type: "Failed", status: "True" }] } },
        [
          "status.conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition",
          "status.active: Invalid value: 1: active>0 is invalid for finished job",
          "status.startTime: Required value: startTime is required for finished job",
        ],
      ],
    ],
    { subresource: "status" },
  );
});
