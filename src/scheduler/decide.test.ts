import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node, Pod, PodSpec } from "../schema/types/core-v1.ts";
import type { PodDisruptionBudget } from "../schema/types/policy-v1.ts";
import { Cluster } from "./cluster.ts";
import { type Choice, decide, sampleSize } from "./decide.ts";
import { explain, explainPreemption } from "./explain.ts";
import type { World } from "./filter.ts";
import { askOf } from "./pod-ask.ts";
import { chooseVictims } from "./preempt.ts";

const world: World = {
  namespaceLabels: () => ({}),
  volumeProblem: () => undefined,
  volumeCheck: () => undefined,
  exclusiveClaims: ({ pod }) =>
    (pod.spec.volumes ?? []).flatMap((v) => v.persistentVolumeClaim?.claimName ?? []),
  serviceLabels: () => ({}),
  budgets: () => [],
};

type NodeSketch = {
  labels?: Record<string, string>;
  spec?: Node["spec"];
  cpu?: string;
  pods?: string;
};

function node(
  name: string,
  { labels = {}, spec = {}, cpu = "4", pods = "110" }: NodeSketch = {},
): Node {
  const allocatable = { cpu, memory: "8Gi", pods, "example.com/gpu": "1" };
  return {
    metadata: { name, labels: { host: name, "kubernetes.io/hostname": name, ...labels } },
    spec,
    status: { allocatable },
  };
}

type PodSketch = Partial<PodSpec> & {
  labels?: Record<string, string>;
  cpu?: string;
  gpu?: string;
  hostPort?: number;
};

function pod(name: string, sketch: PodSketch = {}): Pod {
  const { labels = {}, cpu, gpu, hostPort, ...spec } = sketch;
  const requests = { ...(cpu ? { cpu } : {}), ...(gpu ? { "example.com/gpu": gpu } : {}) };
  const ports = hostPort ? [{ containerPort: 80, hostPort }] : [];
  const containers = [{ name: "c", image: "i", resources: { requests }, ports }];
  return { metadata: { name, namespace: "ns", uid: name, labels }, spec: { containers, ...spec } };
}

function clusterOf(nodes: Node[], placed: Pod[]): Choice {
  const cluster = new Cluster();
  for (const n of nodes) cluster.setNode(n);
  for (const p of placed) cluster.setPod(p);
  return { cluster, world, round: { start: 0 }, random: () => 0.5 };
}

const on = (nodeName: string, name: string, sketch: PodSketch = {}) =>
  pod(name, { ...sketch, nodeName });
const app = (value: string) => ({
  labelSelector: { matchLabels: { app: value } },
  topologyKey: "host",
});
const zoned = (zone: string) => ({ labels: { zone } });

const withClaim: PodSketch = {
  volumes: [{ name: "v", persistentVolumeClaim: { claimName: "data" } }],
};

/** Affinity to nodes by name; several lists in one term exclude each other. */
const named = (...lists: string[][]): PodSketch => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          {
            matchFields: lists.map((values) => ({ key: "metadata.name", operator: "In", values })),
          },
        ],
      },
    },
  },
});

type Row = {
  title: string;
  nodes: Node[];
  placed?: Pod[];
  pod: Pod;
  node?: string;
  message?: string;
};

const rows: Row[] = [
  {
    title: "no node at all",
    nodes: [],
    pod: pod("p"),
    message: "no nodes available to schedule pods",
  },
  {
    title: "too little cpu on one, cordon on the other",
    nodes: [node("a", { cpu: "1" }), node("b", { spec: { unschedulable: true } })],
    pod: pod("p", { cpu: "2" }),
    message: "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable.",
  },
  {
    title: "requests of placed pods count",
    nodes: [node("a", { cpu: "2" }), node("b", { cpu: "2" })],
    placed: [on("a", "x", { cpu: "1500m" })],
    pod: pod("p", { cpu: "1" }),
    node: "b",
  },
  {
    title: "an extended resource is taken",
    nodes: [node("a")],
    placed: [on("a", "x", { gpu: "1" })],
    pod: pod("p", { gpu: "1" }),
    message: "0/1 nodes are available: 1 Insufficient example.com/gpu.",
  },
  {
    title: "the number of pods is bounded",
    nodes: [node("a", { pods: "1", cpu: "1" })],
    placed: [on("a", "x", { cpu: "1" })],
    pod: pod("p", { cpu: "1" }),
    message: "0/1 nodes are available: 1 Insufficient cpu, 1 Too many pods.",
  },
  {
    title: "a taint keeps away who does not tolerate it",
    nodes: [node("a", { spec: { taints: [{ key: "k", value: "v", effect: "NoSchedule" }] } })],
    pod: pod("p"),
    message: "0/1 nodes are available: 1 node(s) had untolerated taint(s).",
  },
  {
    title: "a toleration opens it",
    nodes: [node("a", { spec: { taints: [{ key: "k", value: "v", effect: "NoSchedule" }] } })],
    pod: pod("p", { tolerations: [{ key: "k", operator: "Exists" }] }),
    node: "a",
  },
  {
    title: "node selector",
    nodes: [node("a"), node("b", zoned("x"))],
    pod: pod("p", { nodeSelector: { zone: "x" } }),
    node: "b",
  },
  {
    title: "node affinity with Gt and NotIn",
    nodes: [node("a", { labels: { n: "3" } }), node("b", { labels: { n: "7" } })],
    pod: pod("p", {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: "n", operator: "Gt", values: ["3"] }] },
            ],
          },
        },
      },
    }),
    node: "b",
  },
  {
    title: "a host port is taken",
    nodes: [node("a")],
    placed: [on("a", "x", { hostPort: 80 })],
    pod: pod("p", { hostPort: 80 }),
    message:
      "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.",
  },
  {
    title: "anti-affinity keeps apart",
    nodes: [node("a"), node("b")],
    placed: [on("a", "x", { labels: { app: "w" } })],
    pod: pod("p", {
      affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [app("w")] } },
    }),
    node: "b",
  },
  {
    title: "anti-affinity of those who are there counts too",
    nodes: [node("a")],
    placed: [
      on("a", "x", {
        affinity: {
          podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [app("w")] },
        },
      }),
    ],
    pod: pod("p", { labels: { app: "w" } }),
    message: "0/1 nodes are available: 1 node(s) didn't satisfy existing pods anti-affinity rules.",
  },
  {
    title: "affinity without a companion refuses",
    nodes: [node("a")],
    pod: pod("p", {
      affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [app("w")] } },
    }),
    message: "0/1 nodes are available: 1 node(s) didn't match pod affinity rules.",
  },
  {
    title: "the first of a group that wants to be together may go anywhere",
    nodes: [node("a")],
    pod: pod("p", {
      labels: { app: "w" },
      affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [app("w")] } },
    }),
    node: "a",
  },
  {
    title: "a claim for one pod alone is taken wherever the other pod is",
    nodes: [node("a"), node("b")],
    placed: [on("a", "x", withClaim)],
    pod: pod("p", withClaim),
    message:
      "0/2 nodes are available: 2 node(s) unavailable due to PersistentVolumeClaim with " +
      "ReadWriteOncePod access mode already in-use by another pod.",
  },
  {
    title: "nodes that an affinity does not name are not looked at",
    nodes: [node("a", { spec: { unschedulable: true } }), node("b", { cpu: "1" })],
    pod: pod("p", { cpu: "2", ...named(["b"]) }),
    message:
      "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) didn't satisfy plugin(s) [NodeAffinity].",
  },
  {
    title: "names that exclude each other",
    nodes: [node("a"), node("b")],
    pod: pod("p", named(["a"], ["b"])),
    message: "0/2 nodes are available: pod affinity terms conflict.",
  },
  {
    title: "hard topology spread",
    nodes: [node("a", zoned("x")), node("b", zoned("y"))],
    placed: [on("a", "x", { labels: { app: "w" } })],
    pod: pod("p", {
      labels: { app: "w" },
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "zone",
          whenUnsatisfiable: "DoNotSchedule",
          labelSelector: { matchLabels: { app: "w" } },
        },
      ],
    }),
    node: "b",
  },
];

for (const row of rows) {
  test(`scheduler: ${row.title}`, () => {
    const choice = clusterOf(row.nodes, row.placed ?? []);
    const decision = decide(askOf(row.pod), choice);
    if (decision.fits) assert.equal(decision.node.name, row.node);
    else assert.equal(explain(decision), row.message);
  });
}

test("pods of one service spread over the nodes, and those of a Job do not", () => {
  const placed = [1, 2, 3].map((i) => on("a", `x${i}`, { labels: { app: "w" } }));
  const ask = pod("p", { labels: { app: "w" } });
  // The node with the pods has more room, which is worth less than the spread.
  const choice = clusterOf([node("a", { cpu: "40" }), node("b"), node("c", { cpu: "2" })], placed);
  const byService = { ...choice, world: { ...world, serviceLabels: () => ({ app: "w" }) } };
  const small = { ...ask, metadata: { ...ask.metadata, name: "q" } };
  for (const p of [ask, small])
    p.spec = {
      ...p.spec,
      containers: [{ name: "c", image: "i", resources: { requests: { cpu: "1" } } }],
    };
  const where = (c: Choice, p: Pod) => {
    const decision = decide(askOf(p), c);
    return decision.fits ? decision.node.name : "none";
  };
  assert.equal(where(choice, ask), "a");
  assert.equal(where(byService, small), "b");
  const owner = { apiVersion: "batch/v1", kind: "Job", name: "j", uid: "u", controller: true };
  const ofJob = { ...ask, metadata: { ...ask.metadata, ownerReferences: [owner] } };
  assert.equal(where(choice, ofJob), "a");
});

test("an image that one of many nodes has weighs little", () => {
  const images = [{ names: ["big:1"], sizeBytes: 900 * 1024 * 1024 }];
  const withImage = node("a", { cpu: "4" });
  withImage.status = { ...withImage.status, images };
  const p = pod("p", { cpu: "1" });
  p.spec.containers[0]!.image = "big:1";
  const decideAmong = (nodes: Node[]) => {
    const decision = decide(askOf(p), clusterOf(nodes, []));
    return decision.fits && decision.node.name;
  };
  assert.equal(decideAmong([withImage, node("b", { cpu: "5" })]), "a");
  const others = Array.from({ length: 30 }, (_, i) => node(`n${i}`, { cpu: "4" }));
  assert.equal(decideAmong([withImage, node("b", { cpu: "8" }), ...others]), "b");
});

test("pods of one owner spread over the nodes", () => {
  const choice = clusterOf([node("a"), node("b"), node("c")], []);
  const owner = [
    { apiVersion: "apps/v1", kind: "ReplicaSet", name: "r", uid: "u", controller: true },
  ];
  const counts = new Map<string, number>();
  for (let i = 0; i < 30; i++) {
    const p = pod(`p${i}`);
    p.metadata.ownerReferences = owner;
    const decision = decide(askOf(p), choice);
    assert.ok(decision.fits);
    choice.cluster.assume(askOf(p), decision.node.name);
    counts.set(decision.node.name, (counts.get(decision.node.name) ?? 0) + 1);
  }
  assert.deepEqual([...counts.values()], [10, 10, 10]);
});

test("what no other pod has to do with is not to be cured by displacing pods", () => {
  const zones = (topologyKey: string): PodSketch => ({
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey, whenUnsatisfiable: "DoNotSchedule", labelSelector: {} },
    ],
  });
  const near = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [app("w")] } };
  const apart = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [app("v")] } };
  const rows: [string, PodSketch, boolean][] = [
    ["more than the node has", { cpu: "5" }, false],
    ["more of a device than the node has", { gpu: "2" }, false],
    ["more than is left", { cpu: "4" }, true],
    ["nobody to be near", { affinity: near }, false],
    ["somebody not to be near", { affinity: apart }, true],
    ["no such label", zones("rack"), false],
  ];
  for (const [title, sketch, isCurable] of rows) {
    const placed = [on("a", "x", { cpu: "1", labels: { app: "v" } })];
    const decision = decide(askOf(pod("p", sketch)), clusterOf([node("a")], placed));
    assert.ok(!decision.fits, title);
    assert.deepEqual(
      [...decision.misfits.values()].map((m) => m.isCurable),
      [isCurable],
      title,
    );
  }
});

test("what keeps a pod from every node is told once, not by node", () => {
  const problem = "pod has unbound immediate PersistentVolumeClaims";
  const choice = clusterOf([node("a"), node("b", { spec: { unschedulable: true } })], []);
  const decision = decide(askOf(pod("p")), {
    ...choice,
    world: { ...world, volumeProblem: () => problem },
  });
  assert.ok(!decision.fits);
  assert.equal(explain(decision), `0/2 nodes are available: ${problem}.`);
  assert.equal(
    explainPreemption(decision, new Map()),
    "preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
  );
});

/** The victims of a pod of priority 10 that wants 2 CPUs, where it fits nowhere. */
function preempt(nodes: Node[], placed: Pod[], budgets: PodDisruptionBudget[] = []) {
  const choice = clusterOf(nodes, placed);
  const ask = askOf(pod("p", { cpu: "2", priority: 10 }));
  const decision = decide(ask, choice);
  assert.ok(!decision.fits);
  const own = { ...world, budgets: () => budgets };
  const before = choice.cluster.nodes.map((n) => n.pods.size);
  const { victims, failures } = chooseVictims(ask, decision.misfits, choice.cluster, own);
  const after = choice.cluster.nodes.map((n) => n.pods.size);
  assert.deepEqual(after, before, "looking displaces nobody");
  const told = explainPreemption(decision, failures);
  return { on: victims?.node.name, pods: victims?.pods.map((p) => p.key), told };
}

const budget = (name: string, disruptionsAllowed: number): PodDisruptionBudget => ({
  metadata: { name, namespace: "ns" },
  spec: { selector: { matchLabels: { app: name } } },
  status: { disruptionsAllowed, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 },
});

test("the least important pod that makes room is displaced", () => {
  const placed = [
    on("a", "low", { cpu: "2", priority: 1 }),
    on("a", "lower", { cpu: "2", priority: 0 }),
    on("b", "high", { cpu: "4", priority: 50 }),
  ];
  const { on: where, pods } = preempt([node("a"), node("b")], placed);
  assert.deepEqual([where, pods], ["a", ["ns/lower"]]);
});

test("a pod that a disruption budget keeps is displaced after others, and only where nothing else helps", () => {
  const web = { labels: { app: "web" } };
  const placed = [
    on("a", "kept", { ...web, cpu: "2", priority: 0 }),
    on("a", "other", { cpu: "2", priority: 5 }),
  ];
  const nodes = [node("a")];
  assert.deepEqual(preempt(nodes, placed).pods, ["ns/kept"]);
  assert.deepEqual(preempt(nodes, placed, [budget("web", 1)]).pods, ["ns/kept"]);
  assert.deepEqual(preempt(nodes, placed, [budget("web", 0)]).pods, ["ns/other"]);
  assert.deepEqual(
    preempt(nodes, placed.slice(0, 1).concat(on("a", "big", { cpu: "2", priority: 50 })), [
      budget("web", 0),
    ]).pods,
    ["ns/kept"],
  );
});

test("a node where no budget is broken goes before one with less important pods", () => {
  const placed = [
    on("a", "kept", { labels: { app: "web" }, cpu: "4", priority: 0 }),
    on("b", "other", { cpu: "4", priority: 5 }),
  ];
  const nodes = [node("a"), node("b")];
  assert.equal(preempt(nodes, placed).on, "a");
  assert.equal(preempt(nodes, placed, [budget("web", 0)]).on, "b");
});

test("what preemption cannot do is told per kind of reason", () => {
  const small = { cpu: "1" };
  const nodes = [
    node("a", small),
    node("b", { spec: { unschedulable: true } }),
    node("c"),
    node("d"),
  ];
  const placed = [
    on("c", "high", { cpu: "3", priority: 50 }),
    on("d", "more", { cpu: "3", priority: 50 }),
    on("d", "low", { cpu: "1" }),
  ];
  assert.equal(
    preempt(nodes, placed).told,
    "preemption: 0/4 nodes are available: 1 Insufficient cpu, 1 No preemption victims found for " +
      "incoming pod, 2 Preemption is not helpful for scheduling.",
  );
});

test("few nodes are all looked at, many are sampled", () => {
  assert.deepEqual(
    [1, 100, 101, 1000, 5000, 20_000].map(sampleSize),
    [1, 100, 100, 420, 500, 1000],
  );
});
