// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { mutatingWebhookConfiguration } from "./webhook-configuration.ts";

const good = {
  metadata: { name: "mwc1" },
  webhooks: [
    {
      name: "a.b.c",
      admissionReviewVersions: ["v1", "v1beta1"],
      sideEffects: "None",
      failurePolicy: "Fail",
      matchPolicy: "Exact",
      timeoutSeconds: 5,
      namespaceSelector: {
        matchLabels: { a: "b" },
        matchExpressions: [{ key: "a", operator: "In", values: ["b"] }],
      },
      objectSelector: {},
      rules: [
        {
          operations: ["CREATE", "UPDATE"],
          apiGroups: ["", "apps"],
          apiVersions: ["v1"],
          resources: ["pods", "deployments/scale"],
          scope: "Namespaced",
        },
      ],
      clientConfig: { service: { namespace: "n", name: "s", path: "/a/b", port: 443 } },
      matchConditions: [{ name: "a", expression: 'object.metadata.name == "x"' }],
      reinvocationPolicy: "IfNeeded",
    },
    {
      name: "d.e.f",
      admissionReviewVersions: ["v1", "v1beta1"],
      sideEffects: "None",
      failurePolicy: "Fail",
      matchPolicy: "Exact",
      timeoutSeconds: 5,
      namespaceSelector: {
        matchLabels: { a: "b" },
        matchExpressions: [{ key: "a", operator: "In", values: ["b"] }],
      },
      objectSelector: {},
      rules: [
        {
          operations: ["CREATE", "UPDATE"],
          apiGroups: ["", "apps"],
          apiVersions: ["v1"],
          resources: ["pods", "deployments/scale"],
          scope: "Namespaced",
        },
      ],
      clientConfig: { url: "https://a/b" },
      matchConditions: [{ name: "a", expression: 'object.metadata.name == "x"' }],
    },
  ],
};

test("a new MutatingWebhookConfiguration is refused in upstream's words", () => {
  assertTold(mutatingWebhookConfiguration, good, [
    [
      { "webhooks.0.name": "plain" },
      [
        'webhooks[0].name: Invalid value: "plain": should be a domain with at least three segments separated by dots',
      ],
    ],
    [{ "webhooks.1.name": "a.b.c" }, ['webhooks[1].name: Duplicate value: "a.b.c"']],
    [
      { "webhooks.0.sideEffects": undefined },
      ["webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun"],
    ],
    [
      { "webhooks.0.sideEffects": "Some" },
      [
        'webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"',
      ],
    ],
    [
      { "webhooks.0.admissionReviewVersions": [] },
      ["webhooks[0].admissionReviewVersions: Required value: must specify one of v1, v1beta1"],
    ],
    [
      { "webhooks.0.admissionReviewVersions": ["v9"] },
      [
        'webhooks[0].admissionReviewVersions: Invalid value: ["v9"]: must include at least one of v1, v1beta1',
      ],
    ],
    [
      {
        "webhooks.0.failurePolicy": "Odd",
        "webhooks.0.matchPolicy": "Odd",
        "webhooks.0.reinvocationPolicy": "Odd",
      },
      [
        'webhooks[0].failurePolicy: Unsupported value: "Odd": supported values: "Fail", "Ignore"',
        'webhooks[0].matchPolicy: Unsupported value: "Odd": supported values: "Equivalent", "Exact"',
        'webhooks[0].reinvocationPolicy: Unsupported value: "Odd": supported values: "IfNeeded", "Never"',
      ],
    ],
    [
      { "webhooks.0.timeoutSeconds": 31 },
      [
        "webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds",
      ],
    ],
    [
      { "webhooks.0.clientConfig": {} },
      ["webhooks[0].clientConfig: Required value: exactly one of url or service is required"],
    ],
    [
      { "webhooks.1.clientConfig.url": "http://a" },
      [
        "webhooks[1].clientConfig.url: Invalid value: \"http\": 'https' is the only allowed URL scheme; desired format: https://host[/path]",
      ],
    ],
    [
      { "webhooks.1.clientConfig.url": "https://a b/" },
      [
        'webhooks[1].clientConfig.url: Required value: url must be a valid URL: parse "https://a b/": invalid character " " in host name; desired format: https://host[/path]',
      ],
    ],
    [
      { "webhooks.1.clientConfig.url": "https://a/b?c#d" },
      [
        'webhooks[1].clientConfig.url: Invalid value: "d": fragments are not permitted in the URL',
        'webhooks[1].clientConfig.url: Invalid value: "c": query parameters are not permitted in the URL',
      ],
    ],
    [
      { "webhooks.0.clientConfig.service": { namespace: "", name: "", port: 0, path: "a" } },
      [
        "webhooks[0].clientConfig.service.name: Required value",
        "webhooks[0].clientConfig.service.namespace: Required value",
        "webhooks[0].clientConfig.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive",
        "webhooks[0].clientConfig.service.path: Invalid value: \"a\": must start with a '/'",
        'webhooks[0].clientConfig.service.path: Invalid value: "a": segment[0] may not be empty',
      ],
    ],
    [{ "webhooks.0.rules.0.operations": [] }, ["webhooks[0].rules[0].operations: Required value"]],
    [
      { "webhooks.0.rules.0.operations": ["*", "CREATE"] },
      [
        'webhooks[0].rules[0].operations: Invalid value: ["*","CREATE"]: if \'*\' is present, must not specify other operations',
      ],
    ],
    [
      { "webhooks.0.rules.0.apiGroups": ["*", "a"] },
      [
        'webhooks[0].rules[0].apiGroups: Invalid value: ["*","a"]: if \'*\' is present, must not specify other API groups',
      ],
    ],
    [
      { "webhooks.0.rules.0.resources": ["*", "pods"] },
      [
        'webhooks[0].rules[0].resources: Invalid value: ["*","pods"]: if \'*\' is present, must not specify other resources without subresources',
      ],
    ],
    [{ "webhooks.0.rules.0.resources": ["a/b/c"] }, []],
    [
      { "webhooks.0.rules.0.scope": "Odd" },
      [
        'webhooks[0].rules[0].scope: Unsupported value: "Odd": supported values: "*", "Cluster", "Namespaced"',
      ],
    ],
    [
      { "webhooks.0.namespaceSelector": { matchExpressions: [{ key: "a", operator: "Odd" }] } },
      [
        'webhooks[0].namespaceSelector.matchExpressions[0].operator: Invalid value: "Odd": not a valid selector operator',
      ],
    ],
    [
      { "webhooks.0.matchConditions": [{ name: "", expression: "" }] },
      [
        "webhooks[0].matchConditions[0].expression: Required value",
        "webhooks[0].matchConditions[0].name: Required value",
      ],
    ],
    [
      {
        "webhooks.0.matchConditions": [
          { name: "a", expression: "true" },
          { name: "a", expression: "true" },
        ],
      },
      ['webhooks[0].matchConditions[1].name: Duplicate value: "a"'],
    ],
  ]);
});
