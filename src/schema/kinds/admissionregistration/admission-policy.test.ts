// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { validatingAdmissionPolicy } from "./admission-policy.ts";

const good = {
  metadata: { name: "vap1" },
  spec: {
    failurePolicy: "Fail",
    paramKind: { apiVersion: "v1", kind: "ConfigMap" },
    matchConstraints: {
      matchPolicy: "Exact",
      namespaceSelector: {},
      objectSelector: {
        matchLabels: { a: "b" },
        matchExpressions: [{ key: "a", operator: "In", values: ["b"] }],
      },
      resourceRules: [
        {
          operations: ["CREATE", "UPDATE"],
          apiGroups: ["", "apps"],
          apiVersions: ["v1"],
          resources: ["pods", "deployments/scale"],
          scope: "Namespaced",
          resourceNames: ["a", "b"],
        },
      ],
      excludeResourceRules: [
        {
          operations: ["CREATE", "UPDATE"],
          apiGroups: ["", "apps"],
          apiVersions: ["v1"],
          resources: ["pods", "deployments/scale"],
          scope: "Namespaced",
        },
      ],
    },
    matchConditions: [{ name: "a", expression: "params != null" }],
    variables: [{ name: "v", expression: "1" }],
    validations: [
      { expression: "variables.v == 1", message: "m", reason: "Invalid", messageExpression: '"x"' },
    ],
    auditAnnotations: [{ key: "k", valueExpression: '"x"' }],
  },
};

test("a new ValidatingAdmissionPolicy is refused in upstream's words", () => {
  assertTold(validatingAdmissionPolicy, good, [
    [
      { "spec.failurePolicy": "Odd" },
      ['spec.failurePolicy: Unsupported value: "Odd": supported values: "Fail", "Ignore"'],
    ],
    [
      { "spec.paramKind": {} },
      ["spec.paramKind.apiVersion: Required value", "spec.paramKind.kind: Required value"],
    ],
    [{ "spec.matchConstraints": undefined }, ["spec.matchConstraints: Required value"]],
    [
      { "spec.matchConstraints.resourceRules": [] },
      ["spec.matchConstraints.resourceRules: Required value"],
    ],
    [
      { "spec.validations": undefined, "spec.auditAnnotations": undefined },
      [
        "spec.validations: Required value: validations or auditAnnotations must contain at least one item",
        "spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item",
      ],
    ],
    [
      { "spec.validations.0.expression": "" },
      ["spec.validations[0].expression: Required value: expression is not specified"],
    ],
    [
      { "spec.validations.0.reason": "Odd" },
      [
        'spec.validations[0].reason: Unsupported value: "Odd": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
      ],
    ],
    [
      { "spec.validations.0.message": "a\nb" },
      ['spec.validations[0].message: Invalid value: "a\\nb": must not contain line breaks'],
    ],
    [
      { "spec.variables": [{ name: "a b", expression: "1" }] },
      [
        'spec.variables[0].name: Invalid value: "a b": must be a valid CEL identifier',
        "spec.validations[0].expression: Invalid value: \"variables.v == 1\": compilation failed: ERROR: <input>:1:10: undefined field 'v'…",
      ],
    ],
    [
      { "spec.auditAnnotations": [{ key: "a b", valueExpression: "" }] },
      [
        'spec.auditAnnotations[0].key: Invalid value: "vap1/a b": name part…',
        "spec.auditAnnotations[0].valueExpression: Required value: valueExpression is not specified",
      ],
    ],
    [
      {
        "spec.auditAnnotations": [
          { key: "k", valueExpression: '"x"' },
          { key: "k", valueExpression: '"x"' },
        ],
      },
      ['spec.auditAnnotations[1].key: Duplicate value: "k"'],
    ],
  ]);
});
