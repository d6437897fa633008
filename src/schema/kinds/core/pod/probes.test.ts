// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../../test/kit/kinds.ts";
import { good } from "../../../../../test/kit/pods.ts";
import { pod } from "./pod.ts";

test("a new probe is refused in upstream's words", () => {
  assertTold(pod, good, [
    [
      { "spec.containers.0.livenessProbe": {} },
      ["spec.containers[0].livenessProbe: Required value: must specify a handler type"],
    ],
    [
      { "spec.containers.0.livenessProbe": { exec: { command: ["a"] }, tcpSocket: { port: 1 } } },
      [
        "spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type",
      ],
    ],
    [
      { "spec.containers.0.livenessProbe": { exec: {} } },
      ["spec.containers[0].livenessProbe.exec.command: Required value"],
    ],
    [
      { "spec.containers.0.livenessProbe": { tcpSocket: { port: 0 } } },
      [
        "spec.containers[0].livenessProbe.tcpSocket.port: Invalid value: 0: must be between 1 and 65535, inclusive",
      ],
    ],
    [
      { "spec.containers.0.livenessProbe": { tcpSocket: { port: "NOT OK" } } },
      [
        'spec.containers[0].livenessProbe.tcpSocket.port: Invalid value: "NOT OK": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
        'spec.containers[0].livenessProbe.tcpSocket.port: Invalid value: "NOT OK": must contain at least one letter (a-z)',
      ],
    ],
    [
      {
        "spec.containers.0.livenessProbe": {
          httpGet: { port: 80, scheme: "Odd", httpHeaders: [{ name: "a b", value: "" }] },
        },
      },
      [
        'spec.containers[0].livenessProbe.httpGet.scheme: Unsupported value: "Odd": supported values: "HTTP", "HTTPS"',
        'spec.containers[0].livenessProbe.httpGet.httpHeaders: Invalid value: "a b": a valid HTTP header…',
      ],
    ],
    [
      { "spec.containers.0.livenessProbe": { grpc: { port: 0 } } },
      [
        "spec.containers[0].livenessProbe.grpc.port: Invalid value: 0: must be between 1 and 65535, inclusive",
      ],
    ],
    [
      {
        "spec.containers.0.livenessProbe": {
          tcpSocket: { port: 1 },
          periodSeconds: -1,
          timeoutSeconds: -1,
          initialDelaySeconds: -1,
          failureThreshold: -1,
          terminationGracePeriodSeconds: -1,
        },
      },
      [
        "spec.containers[0].livenessProbe.initialDelaySeconds: Invalid value: -1: must be greater than or equal to 0",
        "spec.containers[0].livenessProbe.timeoutSeconds: Invalid value: -1: must be greater than or equal to 0",
        "spec.containers[0].livenessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0",
        "spec.containers[0].livenessProbe.failureThreshold: Invalid value: -1: must be greater than or equal to 0",
        "spec.containers[0].livenessProbe.terminationGracePeriodSeconds: Invalid value: -1: must be greater than 0",
      ],
    ],
    [
      { "spec.containers.0.livenessProbe": { tcpSocket: { port: 1 }, successThreshold: 2 } },
      ["spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1"],
    ],
    [
      {
        "spec.containers.0.readinessProbe": {
          tcpSocket: { port: 1 },
          terminationGracePeriodSeconds: 1,
        },
      },
      [
        "spec.containers[0].readinessProbe.terminationGracePeriodSeconds: Invalid value: 1: must not be set for readinessProbes",
      ],
    ],
    [
      { "spec.containers.0.startupProbe": { tcpSocket: { port: 1 }, successThreshold: 2 } },
      ["spec.containers[0].startupProbe.successThreshold: Invalid value: 2: must be 1"],
    ],
  ]);
});
