// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { networkPolicy } from "./network-policy.ts";

const good = {
  metadata: { name: "np1" },
  spec: {
    podSelector: {
      matchLabels: { a: "b" },
      matchExpressions: [{ key: "a", operator: "In", values: ["b"] }],
    },
    policyTypes: ["Ingress", "Egress"],
    ingress: [
      {
        ports: [{ port: 80, endPort: 90, protocol: "TCP" }, { port: "http" }],
        from: [
          {
            podSelector: {
              matchLabels: { a: "b" },
              matchExpressions: [{ key: "a", operator: "In", values: ["b"] }],
            },
            namespaceSelector: {},
          },
          { ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] } },
        ],
      },
    ],
    egress: [
      {
        to: [{ ipBlock: { cidr: "fd00::/8", except: ["fd00:1::/32"] } }],
        ports: [{ protocol: "SCTP" }],
      },
    ],
  },
};

test("a new NetworkPolicy is refused in upstream's words", () => {
  assertTold(networkPolicy, good, [
    [
      { "spec.policyTypes": ["Odd"] },
      ['spec.policyTypes[0]: Unsupported value: "Odd": supported values: "Ingress", "Egress"'],
    ],
    [
      { "spec.policyTypes": ["a", "b", "c"] },
      ['spec.policyTypes: Invalid value: ["a","b","c"]: may not specify more than two policyTypes'],
    ],
    [
      { "spec.ingress.0.ports.0.port": 0 },
      ["spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive"],
    ],
    [
      { "spec.ingress.0.ports.0.endPort": 5 },
      [
        "spec.ingress[0].ports[0].endPort: Invalid value: 5: must be greater than or equal to `port`",
      ],
    ],
    [
      { "spec.ingress.0.ports.1.endPort": 5 },
      [
        "spec.ingress[0].ports[1].endPort: Invalid value: 5: may not be specified when `port` is non-numeric",
      ],
    ],
    [
      { "spec.ingress.0.ports.0.protocol": "Odd" },
      [
        'spec.ingress[0].ports[0].protocol: Unsupported value: "Odd": supported values: "TCP", "UDP", "SCTP"',
      ],
    ],
    [
      { "spec.ingress.0.from.0": {} },
      ["spec.ingress[0].from[0]: Required value: must specify a peer"],
    ],
    [
      { "spec.ingress.0.from.0.ipBlock": { cidr: "10.0.0.0/8" } },
      ["spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer"],
    ],
    [
      { "spec.ingress.0.from.1.ipBlock.cidr": "x" },
      ['spec.ingress[0].from[1].ipBlock.cidr: Invalid value: "x": must be a valid CIDR value,…'],
    ],
    [
      { "spec.ingress.0.from.1.ipBlock.except": ["10.0.0.0/8", "11.0.0.0/16", "x"] },
      [
        'spec.ingress[0].from[1].ipBlock.except[0]: Invalid value: "10.0.0.0/8": must be a strict subset of `cidr`',
        'spec.ingress[0].from[1].ipBlock.except[1]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
        'spec.ingress[0].from[1].ipBlock.except[2]: Invalid value: "x": must be a valid CIDR value,…',
      ],
    ],
    [
      { "spec.podSelector": { matchExpressions: [{ key: "a", operator: "Odd" }] } },
      [
        'spec.podSelector.matchExpressions[0].operator: Invalid value: "Odd": not a valid selector operator',
      ],
    ],
  ]);
});
