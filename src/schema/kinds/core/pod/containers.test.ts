// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../../test/kit/kinds.ts";
import { good } from "../../../../../test/kit/pods.ts";
import { pod } from "./pod.ts";

test("a new container is refused in upstream's words", () => {
  assertTold(pod, good, [
    [{ "spec.containers": [] }, ["spec.containers: Required value"]],
    [
      { "spec.containers.0.name": "A_b" },
      ['spec.containers[0].name: Invalid value: "A_b": a lowercase RFC 1123 label…'],
    ],
    [{ "spec.containers.0.name": "" }, ["spec.containers[0].name: Required value"]],
    [{ "spec.containers.0.image": "" }, ["spec.containers[0].image: Required value"]],
    [
      { "spec.containers.0.image": " nginx" },
      [
        'spec.containers[0].image: Invalid value: " nginx": must not have leading or trailing whitespace',
      ],
    ],
    [
      {
        "spec.containers": [
          { name: "web", image: "nginx:1" },
          { name: "web", image: "nginx:1" },
        ],
      },
      ['spec.containers[1].name: Duplicate value: "web"'],
    ],
    [
      { "spec.initContainers": [{ name: "web", image: "nginx:1" }] },
      ['spec.initContainers[0].name: Duplicate value: "web"'],
    ],
    [
      { "spec.containers.0.imagePullPolicy": "Odd" },
      [
        'spec.containers[0].imagePullPolicy: Unsupported value: "Odd": supported values: "Always", "IfNotPresent", "Never"',
      ],
    ],
    [
      { "spec.containers.0.terminationMessagePolicy": "Odd" },
      [
        'spec.containers[0].terminationMessagePolicy: Unsupported value: "Odd": supported values: "File", "FallbackToLogsOnError"',
      ],
    ],
    [
      { "spec.containers.0.lifecycle": { preStop: {} } },
      ["spec.containers[0].lifecycle.preStop: Required value: must specify a handler type"],
    ],
    [
      { "spec.containers.0.lifecycle": { preStop: { exec: {}, sleep: { seconds: -1 } } } },
      [
        "spec.containers[0].lifecycle.preStop.exec.command: Required value",
        "spec.containers[0].lifecycle.preStop.sleep: Forbidden: may not specify more than 1 handler type",
      ],
    ],
    [
      {
        "spec.initContainers": [
          {
            name: "i",
            image: "i",
            lifecycle: { preStop: { exec: { command: ["x"] } } },
            readinessProbe: { exec: { command: ["x"] } },
          },
        ],
      },
      [
        "spec.initContainers[0].lifecycle: Forbidden: may not be set for init containers without restartPolicy=Always",
        "spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always",
      ],
    ],
    [
      { "spec.initContainers": [{ name: "i", image: "i", restartPolicy: "Odd" }] },
      [
        'spec.initContainers[0].restartPolicy: Unsupported value: "Odd": supported values: "Always", "Never", "OnFailure"',
      ],
    ],
    [
      { "spec.ephemeralContainers": [{ name: "e", image: "i" }] },
      ["spec.ephemeralContainers: Forbidden: cannot be set on create"],
    ],
    [
      { "spec.containers.0.ports": [{ containerPort: 0 }] },
      ["spec.containers[0].ports[0].containerPort: Required value"],
    ],
    [
      {
        "spec.containers.0.ports": [
          { name: "A", containerPort: 70000, hostPort: -1, protocol: "Odd" },
        ],
      },
      [
        'spec.containers[0].ports[0].name: Invalid value: "A": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
        'spec.containers[0].ports[0].name: Invalid value: "A": must contain at least one letter (a-z)',
        "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
        "spec.containers[0].ports[0].hostPort: Invalid value: -1: must be between 1 and 65535, inclusive",
        'spec.containers[0].ports[0].protocol: Unsupported value: "Odd": supported values: "SCTP", "TCP", "UDP"',
      ],
    ],
    [
      {
        "spec.containers.0.ports": [
          { name: "a", containerPort: 80 },
          { name: "a", containerPort: 81 },
        ],
      },
      ['spec.containers[0].ports[1].name: Duplicate value: "a"'],
    ],
    [
      {
        "spec.containers.0.ports": [
          { containerPort: 80, hostPort: 80 },
          { containerPort: 81, hostPort: 80 },
        ],
      },
      ['spec.containers[0].ports[1].hostPort: Duplicate value: "TCP//80"'],
    ],
    [
      {
        "spec.hostNetwork": true,
        "spec.containers.0.ports": [{ containerPort: 80, hostPort: 81 }],
      },
      [
        "spec.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when `hostNetwork` is true",
      ],
    ],
    [{ "spec.containers.0.ports": [{ containerPort: 80, hostIP: "x" }] }, []],
  ]);
});
