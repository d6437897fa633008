// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../../test/kit/kinds.ts";
import { service } from "./service.ts";

const good = {
  metadata: { name: "web" },
  spec: { clusterIP: "10.96.7.7", selector: { app: "web" }, ports: [{ port: 80 }] },
};

test("a new Service is refused in upstream's words", () => {
  assertTold(service, good, [
    [{ "spec.ports": undefined }, ["spec.ports: Required value"]],
    [
      { "spec.ports": [{ port: 0 }] },
      [
        "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
        "spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive",
      ],
    ],
    [
      { "spec.ports": [{ port: 80 }, { port: 81 }] },
      ["spec.ports[0].name: Required value", "spec.ports[1].name: Required value"],
    ],
    [
      {
        "spec.ports": [
          { name: "a", port: 80 },
          { name: "a", port: 81 },
        ],
      },
      ['spec.ports[1].name: Duplicate value: "a"'],
    ],
    [
      {
        "spec.ports": [
          { name: "a", port: 80 },
          { name: "b", port: 80 },
        ],
      },
      ["spec.ports[1]: Duplicate value: …"],
    ],
    [
      { "spec.ports": [{ port: 80, protocol: "Odd", targetPort: "NOT OK", appProtocol: "a b" }] },
      [
        'spec.ports[0].protocol: Unsupported value: "Odd": supported values: "SCTP", "TCP", "UDP"',
        'spec.ports[0].targetPort: Invalid value: "NOT OK": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
        'spec.ports[0].targetPort: Invalid value: "NOT OK": must contain at least one letter (a-z)',
        'spec.ports[0].appProtocol: Invalid value: "a b": name part…',
      ],
    ],
    [
      { "spec.ports": [{ name: "A", port: 80, targetPort: 70000 }] },
      [
        'spec.ports[0].name: Invalid value: "A": a lowercase RFC 1123 label…',
        "spec.ports[0].targetPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
      ],
    ],
    [
      { "spec.ports": [{ port: 80, nodePort: 30000 }] },
      ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    ],
    [
      { "spec.type": "Odd" },
      [
        'spec.type: Unsupported value: "Odd": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
      ],
    ],
    [
      { "spec.type": "ExternalName" },
      [
        "spec.clusterIPs: Forbidden: may not be set for ExternalName services",
        "spec.externalName: Required value",
      ],
    ],
    [
      { "spec.type": "ExternalName", "spec.externalName": "A_b", "spec.clusterIP": undefined },
      ['spec.externalName: Invalid value: "A_b": a lowercase RFC 1123 subdomain…'],
    ],
    [{ "spec.type": "ExternalName", "spec.externalName": "a.b", "spec.clusterIP": undefined }, []],
    [
      { "spec.selector": { "a b": "c d" } },
      [
        'spec.selector: Invalid value: "a b": name part…',
        "spec.selector: Invalid value: \"c d\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.'…",
      ],
    ],
    [
      { "spec.sessionAffinity": "Odd" },
      ['spec.sessionAffinity: Unsupported value: "Odd": supported values: "ClientIP", "None"'],
    ],
    [
      {
        "spec.sessionAffinity": "ClientIP",
        "spec.sessionAffinityConfig": { clientIP: { timeoutSeconds: 0 } },
      },
      [
        "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 0: must be greater than 0 and less than 86400",
      ],
    ],
    [{ "spec.sessionAffinityConfig": { clientIP: { timeoutSeconds: 5 } } }, []],
    [
      { "spec.clusterIP": "bad" },
      ['spec.clusterIPs[0]: Invalid value: "bad": must be a valid IP address,…'],
    ],
    [
      { "spec.clusterIPs": ["10.96.7.8"] },
      ['spec.clusterIPs: Invalid value: ["10.96.7.8"]: first value must match `clusterIP`'],
    ],
    [
      { "spec.clusterIPs": ["10.96.7.7", "10.96.7.8"] },
      [
        'spec.clusterIPs: Invalid value: ["10.96.7.7","10.96.7.8"]: may specify no more than one IP for each IP family',
      ],
    ],
    [
      { "spec.clusterIP": "None", "spec.type": "NodePort" },
      [
        "spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort services",
      ],
    ],
    [
      { "spec.ipFamilies": ["Odd"] },
      ['spec.ipFamilies[0]: Unsupported value: "Odd": supported values: "IPv4", "IPv6"'],
    ],
    [
      { "spec.ipFamilies": ["IPv4", "IPv4"], "spec.ipFamilyPolicy": "PreferDualStack" },
      ['spec.ipFamilies[1]: Duplicate value: "IPv4"'],
    ],
    [
      { "spec.ipFamilyPolicy": "Odd" },
      [
        'spec.ipFamilyPolicy: Unsupported value: "Odd": supported values: "PreferDualStack", "RequireDualStack", "SingleStack"',
      ],
    ],
    [
      { "spec.externalIPs": ["1.2.3", "127.0.0.1", "0.0.0.0", "169.254.1.1"] },
      [
        'spec.externalIPs[0]: Invalid value: "1.2.3": must be a valid IP address,…',
        'spec.externalIPs[1]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
        'spec.externalIPs[2]: Invalid value: "0.0.0.0": may not be unspecified (0.0.0.0)',
        'spec.externalIPs[3]: Invalid value: "169.254.1.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
      ],
    ],
    [
      { "spec.loadBalancerSourceRanges": ["10.0.0.0/8"] },
      ["spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'"],
    ],
    [
      { "spec.type": "LoadBalancer", "spec.loadBalancerSourceRanges": ["x", " 10.0.0.0/8"] },
      ['spec.LoadBalancerSourceRanges[0]: Invalid value: "x": must be a valid CIDR value,…'],
    ],
    [
      { "spec.loadBalancerClass": "a.b/c" },
      ["spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'"],
    ],
    [
      { "spec.type": "LoadBalancer", "spec.loadBalancerClass": "-" },
      ['spec.loadBalancerClass: Invalid value: "-": name part…'],
    ],
    [
      { "spec.allocateLoadBalancerNodePorts": true },
      [
        "spec.allocateLoadBalancerNodePorts: Forbidden: may only be used when `type` is 'LoadBalancer'",
      ],
    ],
    [
      { "spec.externalTrafficPolicy": "Local" },
      [
        'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
      ],
    ],
    [
      { "spec.type": "NodePort", "spec.externalTrafficPolicy": "Odd" },
      [
        'spec.externalTrafficPolicy: Unsupported value: "Odd": supported values: "Cluster", "Local"',
      ],
    ],
    [
      { "spec.healthCheckNodePort": 31000 },
      [
        "spec.healthCheckNodePort: Invalid value: 31000: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
      ],
    ],
    [
      { "spec.internalTrafficPolicy": "Odd" },
      [
        'spec.internalTrafficPolicy: Unsupported value: "Odd": supported values: "Cluster", "Local"',
      ],
    ],
    [
      { "spec.trafficDistribution": "Odd" },
      [
        'spec.trafficDistribution: Unsupported value: "Odd": supported values: "PreferClose", "PreferSameZone", "PreferSameNode"',
      ],
    ],
    [{ "spec.publishNotReadyAddresses": true }, []],
  ]);
});

test("what a Service may change", () => {
  assertTold(
    service,
    good,
    [
      [
        { "spec.clusterIP": "10.96.7.8" },
        ['spec.clusterIPs[0]: Invalid value: ["10.96.7.8"]: may not change once set'],
      ],
      [{ "spec.clusterIP": undefined }, []],
      [
        { "spec.type": "ExternalName", "spec.externalName": "a.b", "spec.clusterIP": undefined },
        [],
      ],
      [
        { "spec.ports": [{ port: 81 }, { port: 82 }] },
        ["spec.ports[0].name: Required value", "spec.ports[1].name: Required value"],
      ],
      [
        { "spec.ipFamilyPolicy": "SingleStack", "spec.ipFamilies": ["IPv6"] },
        [
          'spec.clusterIPs[0]: Invalid value: "10.96.7.7": expected an IPv6 value as indicated by `ipFamilies[0]`',
        ],
      ],
      [{ "spec.selector": undefined, "spec.sessionAffinity": "ClientIP" }, []],
    ],
    { update: true },
  );
});

test("what the status of a Service may say", () => {
  assertTold(
    service,
    good,
    [
      [
        { "status.loadBalancer": { ingress: [{ ip: "1.2.3" }] } },
        [
          "status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'",
        ],
      ],
      [
        { "status.loadBalancer": { ingress: [{ ip: "1.2.3.4" }] } },
        [
          "status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'",
        ],
      ],
      [{ "status.conditions": [{ type: "", status: "Odd", reason: "a b", message: "" }] }, []],
    ],
    { subresource: "status" },
  );
});
