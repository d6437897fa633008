// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../../test/kit/kinds.ts";
import { good } from "../../../../../test/kit/pods.ts";
import { pod } from "./pod.ts";

test("a new affinity is refused in upstream's words", () => {
  assertTold(pod, good, [
    [
      {
        "spec.affinity.nodeAffinity": {
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] },
        },
      },
      [
        "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term",
      ],
    ],
    [
      {
        "spec.affinity.nodeAffinity": {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              {
                matchExpressions: [
                  { key: "a", operator: "In" },
                  { key: "a", operator: "Exists", values: ["x"] },
                  { key: "a", operator: "Gt", values: ["x"] },
                  { key: "a b", operator: "Odd", values: ["c d"] },
                ],
              },
            ],
          },
        },
      },
      [
        "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpression…",
        "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpression…",
        "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpression…",
        'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[3].key: Invalid value: "a b": name part…',
        "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[3].values[0]: Invalid value: \"c d\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.'…",
      ],
    ],
    [
      {
        "spec.affinity.nodeAffinity": {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              {
                matchFields: [
                  { key: "odd", operator: "In", values: ["a"] },
                  { key: "metadata.name", operator: "Exists" },
                  { key: "metadata.name", operator: "In", values: ["a", "b"] },
                ],
              },
            ],
          },
        },
      },
      [
        "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchFields[0].…",
        "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchFields[1].…",
        "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchFields[2].…",
      ],
    ],
    [
      {
        "spec.affinity.nodeAffinity": {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 0, preference: {} },
            { weight: 101, preference: { matchExpressions: [{ key: "a", operator: "Exists" }] } },
          ],
        },
      },
      [
        "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 0: must be in the range 1-100",
        "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[1].weight: Invalid value: 101: must be in the range 1-100",
      ],
    ],
    [
      {
        "spec.affinity.podAffinity": {
          requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "" }],
        },
      },
      [
        "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Required value: can not be empty",
        'spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Invalid value: "": name part must be non-empty',
        'spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Invalid value: "": name part…',
      ],
    ],
    [
      {
        "spec.affinity.podAffinity": {
          requiredDuringSchedulingIgnoredDuringExecution: [
            {
              topologyKey: "z",
              namespaces: ["A_"],
              labelSelector: { matchExpressions: [{ key: "a", operator: "Odd" }] },
              matchLabelKeys: ["k"],
              mismatchLabelKeys: ["k"],
            },
          ],
        },
      },
      [
        "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector.matchExpressions[0].…",
        'spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].namespace: Invalid value: "A_": a lowercase RFC 1123 label…',
        "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].matchLabelKeys[0]: Invalid value: …",
      ],
    ],
    [
      {
        "spec.affinity.podAntiAffinity": {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 0, podAffinityTerm: { topologyKey: "z" } },
          ],
        },
      },
      [
        "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 0: must be in the range 1-100",
      ],
    ],
    [
      {
        "spec.topologySpreadConstraints": [
          { maxSkew: 0, topologyKey: "", whenUnsatisfiable: "Odd" },
        ],
      },
      [
        "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
        "spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty",
        'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "Odd": supported values: "DoNotSchedule", "ScheduleAnyway"',
      ],
    ],
    [
      {
        "spec.topologySpreadConstraints": [
          {
            maxSkew: 1,
            topologyKey: "z",
            whenUnsatisfiable: "ScheduleAnyway",
            minDomains: 1,
            nodeAffinityPolicy: "Odd",
            nodeTaintsPolicy: "Odd",
            matchLabelKeys: ["a b"],
          },
        ],
      },
      [
        "spec.topologySpreadConstraints[0].minDomains: Invalid value: 1: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway",
        'spec.topologySpreadConstraints[0].nodeAffinityPolicy: Unsupported value: "Odd": supported values: "Honor", "Ignore"',
        'spec.topologySpreadConstraints[0].nodeTaintsPolicy: Unsupported value: "Odd": supported values: "Honor", "Ignore"',
        "spec.topologySpreadConstraints[0].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set",
      ],
    ],
    [
      {
        "spec.topologySpreadConstraints": [
          { maxSkew: 1, topologyKey: "z", whenUnsatisfiable: "DoNotSchedule" },
          { maxSkew: 2, topologyKey: "z", whenUnsatisfiable: "DoNotSchedule" },
        ],
      },
      [
        'spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value: "{z, DoNotSchedule}"',
      ],
    ],
    [
      { "spec.nodeSelector": { "a b": "c d" } },
      [
        'spec.nodeSelector: Invalid value: "a b": name part…',
        "spec.nodeSelector: Invalid value: \"c d\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.'…",
      ],
    ],
    [
      {
        "spec.tolerations": [
          { key: "a b", operator: "Odd" },
          { operator: "Equal", value: "x" },
          { key: "a", operator: "Exists", value: "x" },
          { key: "a", operator: "Exists", effect: "Odd" },
          { key: "a", operator: "Exists", effect: "NoSchedule", tolerationSeconds: 1 },
        ],
      },
      [
        'spec.tolerations[0].key: Invalid value: "a b": name part…',
        'spec.tolerations[0].operator: Unsupported value: "Odd": supported values: "Equal", "Exists"',
        'spec.tolerations[1].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
        "spec.tolerations[2].operator: Invalid value: \"x\": value must be empty when `operator` is 'Exists'",
        'spec.tolerations[3].effect: Unsupported value: "Odd": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
        "spec.tolerations[4].effect: Invalid value: \"NoSchedule\": effect must be 'NoExecute' when `tolerationSeconds` is set",
      ],
    ],
    [
      { "spec.schedulingGates": [{ name: "a b" }, { name: "g" }, { name: "g" }] },
      [
        'spec.schedulingGates[0]: Invalid value: "a b": name part…',
        'spec.schedulingGates[2]: Duplicate value: "g"',
      ],
    ],
    [
      { "spec.schedulingGates": [{ name: "g" }], "spec.nodeName": "n" },
      ["spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared"],
    ],
  ]);
});
