import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node, Pod, PodSpec } from "../../schema/types/core-v1.ts";
import { judge } from "./admission.ts";

const node = (more: Partial<Node["spec"]> = {}): Node => ({
  metadata: { name: "n", labels: { zone: "a" } },
  spec: { ...more },
  status: { allocatable: { cpu: "2", memory: "1Gi", pods: "3", "example.com/gpu": "1" } },
});

const pod = (spec: Partial<PodSpec> = {}, labels: Record<string, string> = {}): Pod => ({
  metadata: { name: "p", labels },
  spec: { nodeName: "n", containers: [{ name: "c" }], ...spec },
});
const asks = (requests: Record<string, string>): Pod =>
  pod({ containers: [{ name: "c", resources: { requests } }] });
const port = (hostPort: number, more = {}): Pod =>
  pod({ containers: [{ name: "c", ports: [{ containerPort: 1, hostPort, ...more }] }] });
const fleeing = { key: "k", effect: "NoExecute" as const };

type Row = {
  what: string;
  pod: Pod;
  others?: Pod[];
  node?: Node;
  is?: [reason: string, message: string];
};

const short = (text: string): string => `Node didn't have enough resource: ${text}`;
const rows: Row[] = [
  { what: "a pod that asks for nothing", pod: pod() },
  { what: "all that is left", pod: asks({ cpu: "1500m" }), others: [asks({ cpu: "500m" })] },
  {
    what: "more cpu than is left",
    pod: asks({ cpu: "1501m" }),
    others: [asks({ cpu: "500m" })],
    is: ["OutOfcpu", short("cpu, requested: 1501, used: 500, capacity: 2000")],
  },
  {
    what: "more memory than is left",
    pod: asks({ memory: "2Gi" }),
    is: ["OutOfmemory", short("memory, requested: 2147483648, used: 0, capacity: 1073741824")],
  },
  {
    what: "one pod too many",
    pod: pod(),
    others: [pod(), pod(), pod()],
    is: ["OutOfpods", short("pods, requested: 1, used: 3, capacity: 3")],
  },
  {
    what: "a device that is taken",
    pod: asks({ "example.com/gpu": "1" }),
    others: [asks({ "example.com/gpu": "1" })],
    is: ["OutOfexample.com/gpu", short("example.com/gpu, requested: 1, used: 1, capacity: 1")],
  },
  { what: "a resource that the node does not know", pod: asks({ "example.com/other": "7" }) },
  {
    what: "another node's label",
    pod: pod({ nodeSelector: { zone: "b" } }),
    is: [
      "NodeAffinity",
      "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
    ],
  },
  { what: "the node's own label", pod: pod({ nodeSelector: { zone: "a" } }) },
  {
    what: "a port that is taken",
    pod: port(80),
    others: [port(80, { hostIP: "10.0.0.1" })],
    is: [
      "NodePorts",
      "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
    ],
  },
  {
    what: "the same port of another protocol",
    pod: port(80),
    others: [port(80, { protocol: "UDP" })],
  },
  {
    what: "the same port of another address",
    pod: port(80, { hostIP: "10.0.0.2" }),
    others: [port(80, { hostIP: "10.0.0.1" })],
  },
  {
    what: "a taint that drives pods away",
    pod: pod(),
    node: node({ taints: [fleeing] }),
    is: ["TaintToleration", "Predicate TaintToleration failed: node(s) had untolerated taint(s)"],
  },
  {
    what: "a taint that the pod bears",
    pod: pod({ tolerations: [{ operator: "Exists" }] }),
    node: node({ taints: [fleeing] }),
  },
  {
    what: "a taint for the scheduler",
    pod: pod(),
    node: node({ taints: [{ key: "k", effect: "NoSchedule" }] }),
  },
  {
    what: "another operating system",
    pod: pod({ os: { name: "windows" } }),
    is: ["PodOSNotSupported", "Failed to admit pod as the OS field doesn't match node OS"],
  },
  {
    what: "a setting of the kernel that reaches beyond the pod",
    pod: pod({ securityContext: { sysctls: [{ name: "kernel.msgmax", value: "65536" }] } }),
    is: ["SysctlForbidden", 'forbidden sysctl: "kernel.msgmax" not allowlisted'],
  },
  {
    what: "a setting of a network that the pod shares with its node",
    pod: pod({
      hostNetwork: true,
      securityContext: { sysctls: [{ name: "net.ipv4.tcp_syncookies", value: "1" }] },
    }),
    is: [
      "SysctlForbidden",
      'forbidden sysctl: "net.ipv4.tcp_syncookies" not allowed with host Net enabled',
    ],
  },
  {
    what: "a setting of the pod's own network",
    pod: pod({ securityContext: { sysctls: [{ name: "net/ipv4/tcp_syncookies", value: "1" }] } }),
  },
  {
    what: "resources are told before labels",
    pod: pod({
      nodeSelector: { zone: "b" },
      containers: [{ name: "c", resources: { requests: { cpu: "9" } } }],
    }),
    is: ["OutOfcpu", short("cpu, requested: 9000, used: 0, capacity: 2000")],
  },
];

for (const row of rows) {
  test(`${row.is ? "refused" : "taken"}: ${row.what}`, () => {
    const found = judge({ pod: row.pod, node: row.node ?? node(), others: row.others ?? [] });
    const refusal = found.is === "refused" ? found.refusal : undefined;
    assert.deepEqual(refusal && [refusal.reason, refusal.message], row.is);
    assert.equal(found.is, row.is ? "refused" : "taken");
  });
}

test("a critical pod is short of room, and refused for everything else", () => {
  const critical = (spec: Partial<PodSpec>) => pod({ priority: 2_000_000_000, ...spec });
  const containers = [{ name: "c", resources: { requests: { cpu: "3", memory: "2Gi" } } }];
  const others = [asks({ cpu: "500m" })];
  const found = judge({ pod: critical({ containers }), node: node(), others });
  assert.deepEqual(found.is === "short" && found.missing, [
    { resource: "cpu", amount: 1500 },
    { resource: "memory", amount: 2 ** 30 },
  ]);
  const wrong = judge({
    pod: critical({ containers, nodeSelector: { zone: "b" } }),
    node: node(),
    others,
  });
  assert.equal(wrong.is === "refused" && wrong.refusal.reason, "NodeAffinity");
});
