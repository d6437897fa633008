// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../../test/kit/kinds.ts";
import { good } from "../../../../../test/kit/pods.ts";
import { pod } from "./pod.ts";

test("a new variable is refused in upstream's words", () => {
  assertTold(pod, good, [
    [
      {
        "spec.containers.0.env": [
          { name: "", value: "x" },
          { name: "a=b", value: "" },
        ],
      },
      [
        "spec.containers[0].env[0].name: Required value",
        "spec.containers[0].env[1].name: Invalid value: \"a=b\": a valid environment variable name must consist only of printable ASCII characters other than '='",
      ],
    ],
    [
      {
        "spec.containers.0.env": [
          { name: "A", value: "x", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
        ],
      },
      [
        'spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
      ],
    ],
    [
      { "spec.containers.0.env": [{ name: "A", valueFrom: {} }] },
      [
        'spec.containers[0].env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `…',
      ],
    ],
    [
      {
        "spec.containers.0.env": [
          { name: "A", valueFrom: { fieldRef: { fieldPath: "spec.odd" } } },
        ],
      },
      [
        'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.odd": error converting fieldPath: field label not supported: spec.odd',
      ],
    ],
    [
      {
        "spec.containers.0.env": [
          { name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.labels['a b']" } } },
        ],
      },
      ['spec.containers[0].env[0].valueFrom.fieldRef: Invalid value: "a b": name part…'],
    ],
    [
      {
        "spec.containers.0.env": [
          { name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.labels['a']" } } },
        ],
      },
      [],
    ],
    [
      {
        "spec.containers.0.env": [
          { name: "A", valueFrom: { resourceFieldRef: { resource: "limits.odd" } } },
        ],
      },
      [
        'spec.containers[0].env[0].valueFrom.resourceFieldRef.resource: Unsupported value: "limits.odd": supported valu…',
      ],
    ],
    [
      {
        "spec.containers.0.env": [
          { name: "A", valueFrom: { resourceFieldRef: { resource: "limits.cpu", divisor: "3" } } },
        ],
      },
      [
        'spec.containers[0].env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor\'s valu…',
      ],
    ],
    [
      {
        "spec.containers.0.env": [
          { name: "A", valueFrom: { secretKeyRef: { name: "", key: "a b" } } },
        ],
      },
      [
        'spec.containers[0].env[0].valueFrom.secretKeyRef.name: Invalid value: "": a lowercase RFC 1123 subdomain…',
        'spec.containers[0].env[0].valueFrom.secretKeyRef.key: Invalid value: "a b": a valid config key…',
      ],
    ],
    [
      {
        "spec.containers.0.env": [
          {
            name: "A",
            valueFrom: {
              configMapKeyRef: { name: "a", key: "b" },
              secretKeyRef: { name: "a", key: "b" },
            },
          },
        ],
      },
      [
        'spec.containers[0].env[0].valueFrom: Invalid value: "": may not have more than one field specified at a time',
      ],
    ],
    [
      { "spec.containers.0.envFrom": [{}] },
      [
        'spec.containers[0].envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`',
      ],
    ],
    [
      { "spec.containers.0.envFrom": [{ prefix: "a=", configMapRef: { name: "A_" } }] },
      [
        'spec.containers[0].envFrom[0].prefix: Invalid value: "a=": a valid environment variable name must consist only…',
        'spec.containers[0].envFrom[0].configMapRef.name: Invalid value: "A_": a lowercase RFC 1123 subdomain…',
      ],
    ],
    [
      { "spec.containers.0.envFrom": [{ configMapRef: { name: "a" }, secretRef: { name: "a" } }] },
      [
        'spec.containers[0].envFrom: Invalid value: "": may not have more than one field specified at a time',
      ],
    ],
  ]);
});
