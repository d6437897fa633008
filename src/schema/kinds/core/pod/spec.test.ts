// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../../test/kit/kinds.ts";
import { good } from "../../../../../test/kit/pods.ts";
import { pod } from "./pod.ts";

test("a new pod is refused in upstream's words", () => {
  assertTold(pod, good, [
    [
      { "spec.restartPolicy": "Odd" },
      [
        'spec.restartPolicy: Unsupported value: "Odd": supported values: "Always", "OnFailure", "Never"',
      ],
    ],
    [
      { "spec.dnsPolicy": "Odd" },
      [
        'spec.dnsPolicy: Unsupported value: "Odd": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"',
      ],
    ],
    [
      { "spec.dnsPolicy": "None" },
      ["spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"],
    ],
    [
      {
        "spec.dnsConfig": {
          nameservers: ["x", "1.1.1.1", "1.1.1.1", "1.1.1.1"],
          searches: ["A_b", "a."],
          options: [{}],
        },
      },
      [
        'spec.dnsConfig.nameservers: Invalid value: ["x","1.1.1.1","1.1.1.1","1.1.1.1"]: must not have more than 3 nameservers',
        'spec.dnsConfig.nameservers[0]: Invalid value: "x": must be a valid IP address,…',
        'spec.dnsConfig.searches[0]: Invalid value: "A_b": a lowercase RFC 1123 subdomain…',
        "spec.dnsConfig.options[0]: Required value: must not be empty",
      ],
    ],
    [
      { "spec.activeDeadlineSeconds": 0 },
      ["spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive"],
    ],
    [{ "spec.terminationGracePeriodSeconds": -1 }, []],
    [
      { "spec.hostname": "a.b", "spec.subdomain": "A" },
      [
        'spec.hostname: Invalid value: "a.b": must not contain dots',
        'spec.subdomain: Invalid value: "A": a lowercase RFC 1123 label…',
      ],
    ],
    [
      { "spec.hostAliases": [{ ip: "x", hostnames: ["A_b"] }] },
      [
        'spec.hostAliases[0].ip: Invalid value: "x": must be a valid IP address,…',
        'spec.hostAliases[0].hostnames[0]: Invalid value: "A_b": a lowercase RFC 1123 subdomain…',
      ],
    ],
    [
      { "spec.nodeName": "A_b" },
      ['spec.nodeName: Invalid value: "A_b": a lowercase RFC 1123 subdomain…'],
    ],
    [{ "spec.imagePullSecrets": [{}] }, []],
    [
      { "spec.readinessGates": [{ conditionType: "a b" }] },
      ['spec.readinessGates[0].conditionType: Invalid value: "a b": name part…'],
    ],
    [
      { "spec.hostnameOverride": "A_b" },
      ['spec.hostnameOverride: Invalid value: "A_b": a lowercase RFC 1123 subdomain…'],
    ],
    [{ "spec.schedulerName": "" }, []],
    [
      { "metadata.annotations": { "controller.kubernetes.io/pod-deletion-cost": "x" } },
      [
        'metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "x": must be a 32bit integer',
      ],
    ],
    [
      {
        "spec.containers.0.restartPolicy": "Never",
        "spec.containers.0.restartPolicyRules": [
          { action: "Odd", exitCodes: { operator: "Odd", values: [] } },
        ],
      },
      [
        'spec.containers[0].restartPolicyRules[0].action: Unsupported value: "Odd": supported values: "Restart", "RestartAllContainers"',
        'spec.containers[0].restartPolicyRules[0].exitCodes.operator: Unsupported value: "Odd": supported values: "In", "NotIn"',
      ],
    ],
  ]);
});
