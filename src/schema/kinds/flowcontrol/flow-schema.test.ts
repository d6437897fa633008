// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { flowSchema } from "./flow-schema.ts";

const good = {
  metadata: { name: "fs1" },
  spec: {
    matchingPrecedence: 100,
    priorityLevelConfiguration: { name: "exempt" },
    distinguisherMethod: { type: "ByUser" },
    rules: [
      {
        subjects: [
          { kind: "User", user: { name: "u" } },
          { kind: "Group", group: { name: "g" } },
          { kind: "ServiceAccount", serviceAccount: { name: "s", namespace: "n" } },
        ],
        resourceRules: [
          {
            verbs: ["get", "list"],
            apiGroups: ["", "x"],
            resources: ["pods"],
            namespaces: ["a", "b"],
            clusterScope: true,
          },
        ],
        nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["/a", "/b/*"] }],
      },
    ],
  },
};

test("a new FlowSchema is refused in upstream's words", () => {
  assertTold(flowSchema, good, [
    [{ "spec.matchingPrecedence": 0 }, []],
    [
      { "spec.matchingPrecedence": 10001 },
      ["spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000"],
    ],
    [
      { "spec.priorityLevelConfiguration.name": "" },
      ["spec.priorityLevelConfiguration.name: Required value: must reference a priority level"],
    ],
    [
      { "spec.distinguisherMethod.type": "Odd" },
      [
        'spec.distinguisherMethod.type: Unsupported value: …: supported values: "ByNamespace", "ByUser"',
      ],
    ],
    [
      { "spec.rules.0.subjects": [] },
      ["spec.rules[0].subjects: Required value: subjects must contain at least one value"],
    ],
    [
      { "spec.rules.0.subjects.0": { kind: "Odd" } },
      [
        'spec.rules[0].subjects[0].kind: Unsupported value: "Odd": supported values: "Group", "ServiceAccount", "User"',
      ],
    ],
    [
      { "spec.rules.0.subjects.0": { kind: "User" } },
      [
        "spec.rules[0].subjects[0].user: Required value: user is required when subject kind is 'User'",
      ],
    ],
    [
      { "spec.rules.0.resourceRules.0.verbs": ["*", "get"] },
      [
        'spec.rules[0].resourceRules[0].verbs: Invalid value: ["*","get"]: if \'*\' is present, must not specify other verbs',
      ],
    ],
    [
      { "spec.rules.0.resourceRules.0.apiGroups": [] },
      [
        "spec.rules[0].resourceRules[0].apiGroups: Required value: resource rules must supply at least one api group",
      ],
    ],
    [
      { "spec.rules.0.resourceRules.0.namespaces": ["A_"] },
      [
        "spec.rules[0].resourceRules[0].namespaces[0]: Invalid value: \"A_\": each member of this list must be '*' or a DNS-1123 label; a lowercase RFC 1123 label…",
      ],
    ],
    [
      { "spec.rules.0.nonResourceRules.0.nonResourceURLs": ["x"] },
      [
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "x": must start with slash',
      ],
    ],
    [
      { "spec.rules.0.nonResourceRules.0.verbs": ["odd"] },
      [
        'spec.rules[0].nonResourceRules[0].verbs: Unsupported value: ["odd"]: supported values: "create", "delete", "de…',
      ],
    ],
    [
      { "spec.rules.0": { subjects: [{ kind: "User", user: { name: "u" } }] } },
      [
        "spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty",
      ],
    ],
  ]);
});
