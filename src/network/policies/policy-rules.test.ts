import assert from "node:assert/strict";
import { test } from "node:test";
import type { Namespace, Pod } from "../../schema/types/core-v1.ts";
import type { NetworkPolicy, NetworkPolicySpec } from "../../schema/types/networking-v1.ts";
import { type Match, policyRules } from "./policy-rules.ts";

const namespace = (name: string, labels: Record<string, string> = {}): Namespace => ({
  metadata: { name, labels: { "kubernetes.io/metadata.name": name, ...labels } },
  spec: {},
  status: {},
});

type Given = {
  at?: string;
  labels?: Record<string, string>;
  port?: { name: string; number: number };
  phase?: "Running" | "Succeeded";
  hostNetwork?: boolean;
};

const pod = (name: string, ip: string, given: Given = {}): Pod => {
  const [space = "", own = ""] = name.split("/");
  const { port } = given;
  const ports = port
    ? [{ name: port.name, containerPort: port.number, protocol: "TCP" as const }]
    : [];
  return {
    metadata: { namespace: space, name: own, labels: given.labels ?? {} },
    spec: {
      nodeName: given.at ?? "here",
      hostNetwork: given.hostNetwork ?? false,
      containers: [{ name: "c", ports }],
    },
    status: { podIP: ip, phase: given.phase ?? "Running" },
  };
};

const web = pod("shop/web", "10.0.0.1", {
  labels: { app: "web" },
  port: { name: "http", number: 8080 },
});
const front = pod("shop/front", "10.0.1.2", { at: "there", labels: { app: "front" } });
const admin = pod("ops/admin", "10.0.0.3", { labels: { app: "admin" } });
const other = pod("ops/other", "10.0.0.4", {
  labels: { app: "web" },
  port: { name: "http", number: 9090 },
});
const pods = [
  web,
  front,
  admin,
  other,
  pod("shop/done", "10.0.0.9", { labels: { app: "front" }, phase: "Succeeded" }),
  pod("shop/host", "192.168.0.1", { labels: { app: "front" }, hostNetwork: true }),
  pod("shop/six", "fd00::1", { labels: { app: "front" } }),
];
const namespaces = [namespace("shop"), namespace("ops", { team: "ops" })];

const policy = (spec: NetworkPolicySpec, space = "shop"): NetworkPolicy => ({
  metadata: { namespace: space, name: "p" },
  spec,
});
const rulesOf = (...policies: NetworkPolicy[]) =>
  policyRules({ nodeName: "here", policies, pods, namespaces });
const selected = { podSelector: { matchLabels: { app: "web" } } };
const anyPods = (...addresses: string[]) => ({ is: "pods" as const, addresses });

/** What may reach the pod `web` of the namespace `shop`. */
const ingressRows: { what: string; spec: NetworkPolicySpec; lets: Match[] | undefined }[] = [
  { what: "no rule lets nobody in", spec: { ...selected }, lets: [] },
  { what: "an empty rule lets everybody in", spec: { ...selected, ingress: [{}] }, lets: [{}] },
  {
    what: "another pod is selected",
    spec: { podSelector: { matchLabels: { app: "none" } } },
    lets: undefined,
  },
  { what: "an empty selector selects all pods", spec: { podSelector: {} }, lets: [] },
  {
    what: "pods of the own namespace, on any node",
    spec: {
      ...selected,
      ingress: [{ from: [{ podSelector: { matchLabels: { app: "front" } } }] }],
    },
    lets: [{ peer: anyPods("10.0.1.2") }],
  },
  {
    what: "all pods of chosen namespaces",
    spec: {
      ...selected,
      ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: "ops" } } }] }],
    },
    lets: [{ peer: anyPods("10.0.0.3", "10.0.0.4") }],
  },
  {
    what: "chosen pods of chosen namespaces",
    spec: {
      ...selected,
      ingress: [
        {
          from: [
            {
              namespaceSelector: { matchLabels: { team: "ops" } },
              podSelector: {
                matchExpressions: [{ key: "app", operator: "In", values: ["admin"] }],
              },
            },
          ],
        },
      ],
    },
    lets: [{ peer: anyPods("10.0.0.3") }],
  },
  {
    what: "two peers are alternatives, each with each port",
    spec: {
      ...selected,
      ingress: [
        {
          from: [
            { podSelector: {} },
            { ipBlock: { cidr: "172.16.5.9/12", except: ["172.17.0.0/16"] } },
          ],
          ports: [{ port: 80 }, { protocol: "UDP", port: 5000, endPort: 5010 }],
        },
      ],
    },
    lets: [
      { peer: anyPods("10.0.0.1", "10.0.1.2"), port: { protocol: "tcp", from: 80, to: 80 } },
      { peer: anyPods("10.0.0.1", "10.0.1.2"), port: { protocol: "udp", from: 5000, to: 5010 } },
      {
        peer: { is: "block", cidr: "172.16.0.0/12", except: ["172.17.0.0/16"] },
        port: { protocol: "tcp", from: 80, to: 80 },
      },
      {
        peer: { is: "block", cidr: "172.16.0.0/12", except: ["172.17.0.0/16"] },
        port: { protocol: "udp", from: 5000, to: 5010 },
      },
    ],
  },
  {
    what: "a named port is that of the pod itself",
    spec: { ...selected, ingress: [{ ports: [{ port: "http" }] }] },
    lets: [{ port: { protocol: "tcp", from: 8080, to: 8080 } }],
  },
  {
    what: "a name that no container has lets nobody in",
    spec: { ...selected, ingress: [{ ports: [{ port: "grpc" }] }] },
    lets: [],
  },
  {
    what: "all ports of a protocol",
    spec: { ...selected, ingress: [{ ports: [{ protocol: "SCTP" }] }] },
    lets: [{ port: { protocol: "sctp" } }],
  },
  {
    what: "a block of IPv6 lets nobody of IPv4 in",
    spec: { ...selected, ingress: [{ from: [{ ipBlock: { cidr: "::/0" } }] }] },
    lets: [],
  },
  {
    what: "a policy for egress alone leaves ingress open",
    spec: { ...selected, policyTypes: ["Egress"] },
    lets: undefined,
  },
];

for (const { what, spec, lets } of ingressRows) {
  test(`ingress: ${what}`, () => {
    assert.deepEqual(rulesOf(policy(spec)).ingress.get("10.0.0.1"), lets);
  });
}

/** Where the pod `web` of the namespace `shop` may go. */
const egressRows: { what: string; spec: NetworkPolicySpec; lets: Match[] | undefined }[] = [
  {
    what: "ingress rules alone leave it open",
    spec: { ...selected, ingress: [] },
    lets: undefined,
  },
  { what: "no rule lets it nowhere", spec: { ...selected, policyTypes: ["Egress"] }, lets: [] },
  {
    what: "without types, egress rules isolate too",
    spec: { ...selected, egress: [{ ports: [{ protocol: "UDP", port: 53 }] }] },
    lets: [{ port: { protocol: "udp", from: 53, to: 53 } }],
  },
  {
    what: "a named port is that of each pod that is called",
    spec: {
      ...selected,
      egress: [{ to: [{ namespaceSelector: {} }], ports: [{ port: "http" }] }],
    },
    lets: [
      { peer: anyPods("10.0.0.1"), port: { protocol: "tcp", from: 8080, to: 8080 } },
      { peer: anyPods("10.0.0.4"), port: { protocol: "tcp", from: 9090, to: 9090 } },
    ],
  },
  {
    what: "a named port of a block is none",
    spec: {
      ...selected,
      egress: [{ to: [{ ipBlock: { cidr: "10.0.0.0/8" } }], ports: [{ port: "http" }] }],
    },
    lets: [],
  },
];

for (const { what, spec, lets } of egressRows) {
  test(`egress: ${what}`, () => {
    assert.deepEqual(rulesOf(policy(spec)).egress.get("10.0.0.1"), lets);
  });
}

test("only pods of this node and of the policy's namespace are isolated", () => {
  const { ingress, egress } = rulesOf(
    policy({ podSelector: {}, policyTypes: ["Ingress", "Egress"] }),
  );
  assert.deepEqual([...ingress.keys()], ["10.0.0.1"]);
  assert.deepEqual([...egress.keys()], ["10.0.0.1"]);
});

test("what one policy lets through, another cannot forbid", () => {
  const { ingress } = rulesOf(
    policy({ podSelector: {} }),
    policy({ ...selected, ingress: [{ ports: [{ port: 80 }] }] }),
  );
  assert.deepEqual(ingress.get("10.0.0.1"), [{ port: { protocol: "tcp", from: 80, to: 80 } }]);
});
