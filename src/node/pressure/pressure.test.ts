import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod, PodSpec } from "../../schema/types/core-v1.ts";
import { bytesToFree, imagesToRemove } from "../image-garbage.ts";
import type { RuntimeImage } from "../runtime.ts";
import { victimOf } from "./rank.ts";
import { type PressureType, refusedUnder, type Signals, shortages } from "./signals.ts";

const mebi = 2 ** 20;
const gibi = 2 ** 30;
const plenty: Signals = {
  memory: { available: 4 * gibi, capacity: 8 * gibi },
  disk: { available: 50 * gibi, capacity: 100 * gibi },
  inodes: { available: 500, capacity: 1000 },
  processes: { available: 30_000, capacity: 32_768 },
};

const rows: [what: string, signals: Partial<Signals>, short: string[]][] = [
  ["plenty of everything", {}, []],
  ["memory", { memory: { available: 99 * mebi, capacity: 8 * gibi } }, ["MemoryPressure memory"]],
  [
    "a tenth of a small disk",
    { disk: { available: 0.9 * gibi, capacity: 10 * gibi } },
    ["DiskPressure ephemeral-storage"],
  ],
  [
    "a twentieth of a large disk is room",
    { disk: { available: 5 * gibi, capacity: 100 * gibi } },
    [],
  ],
  ["inodes", { inodes: { available: 49, capacity: 1000 } }, ["DiskPressure inodes"]],
  ["processes", { processes: { available: 50, capacity: 32_768 } }, ["PIDPressure pids"]],
];

for (const [what, signals, short] of rows) {
  test(`short of: ${what}`, () => {
    const found = shortages({ ...plenty, ...signals });
    assert.deepEqual(
      found.map((s) => `${s.type} ${s.resource}`),
      short,
    );
  });
}

const pod = (
  name: string,
  spec: Partial<PodSpec> = {},
  qosClass: "BestEffort" | "Burstable" = "Burstable",
): Pod => ({
  metadata: { name },
  spec: { containers: [{ name: "c", resources: { requests: { memory: "100Mi" } } }], ...spec },
  status: { qosClass },
});
const [short] = shortages({ ...plenty, memory: { available: 50 * mebi, capacity: gibi } });
const using = (one: Pod, mebibytes: number) => ({
  pod: one,
  uses: [{ name: "c", bytes: mebibytes * mebi }],
});

test("who uses more than it asked for goes first, then the less important, then the greedier", () => {
  assert.ok(short);
  const modest = using(pod("modest", { priority: 0 }), 90);
  const important = using(pod("important", { priority: 100 }), 900);
  const greedy = using(pod("greedy", { priority: 10 }), 300);
  const greedier = using(pod("greedier", { priority: 10 }), 400);
  const critical = using(pod("critical", { priority: 2_000_000_000 }), 5000);
  const name = (...all: ReturnType<typeof using>[]) => victimOf(short, all)?.pod.metadata.name;
  assert.equal(name(modest, important, greedy, greedier, critical), "greedier");
  assert.equal(name(modest, important), "important");
  assert.equal(name(modest, critical), "modest");
  assert.equal(name(critical), undefined);
});

test("an evicted pod is told why, in upstream's words", () => {
  assert.ok(short);
  assert.equal(
    victimOf(short, [using(pod("a"), 300)])?.message,
    "The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. " +
      "Container c was using 300Mi, request is 100Mi, has larger consumption of memory. ",
  );
});

const memory: PressureType[] = ["MemoryPressure"];
const bears = {
  tolerations: [{ key: "node.kubernetes.io/memory-pressure", operator: "Exists" as const }],
};
const admitted: [what: string, pressures: PressureType[], pod: Pod, message: string | undefined][] =
  [
    ["no pressure", [], pod("a", {}, "BestEffort"), undefined],
    ["memory, a pod that asks for some", memory, pod("a"), undefined],
    [
      "memory, a pod that asks for none",
      memory,
      pod("a", {}, "BestEffort"),
      "The node had condition: [MemoryPressure]. ",
    ],
    ["memory, a pod that bears it", memory, pod("a", bears, "BestEffort"), undefined],
    ["disk", ["DiskPressure"], pod("a"), "The node had condition: [DiskPressure]. "],
    ["disk, a critical pod", ["DiskPressure"], pod("a", { priority: 2_000_001_000 }), undefined],
  ];

for (const [what, pressures, one, message] of admitted) {
  test(`admission under pressure: ${what}`, () => {
    assert.equal(refusedUnder(pressures, one)?.message, message);
  });
}

const image = (id: string, sizeBytes: number, pinned = false): RuntimeImage => ({
  ...{ id, sizeBytes, pinned },
  ...{ repoTags: [], repoDigests: [], username: "" },
});

test("images go in the order of their last use, as many as are needed", () => {
  const hour = 3_600_000;
  const known = [
    { image: image("recent", 100), seenAt: 0, usedAt: 5 * hour },
    { image: image("old", 100), seenAt: 0, usedAt: hour },
    { image: image("running", 100), seenAt: 0, usedAt: 0 },
    { image: image("pinned", 100, true), seenAt: 0, usedAt: 0 },
    { image: image("new", 100), seenAt: 6 * hour - 1000, usedAt: 0 },
  ];
  const ids = (bytes: number) =>
    imagesToRemove(known, ({ id }) => id === "running", { bytes, now: 6 * hour }).map((i) => i.id);
  assert.deepEqual(ids(0), []);
  assert.deepEqual(ids(50), ["old"]);
  assert.deepEqual(ids(101), ["old", "recent"]);
  assert.deepEqual(ids(Number.POSITIVE_INFINITY), ["old", "recent"]);
});

const disks: [availableGibi: number, capacityGibi: number, freeGibi: number][] = [
  [15, 100, 0],
  [6, 100, 0],
  [5, 100, 3],
  [2, 10, 0],
  [1, 10, 1],
];

for (const [available, capacity, free] of disks) {
  test(`a disk of ${capacity} GiB with ${available} free wants ${free} back`, () => {
    const signal = { available: available * gibi, capacity: capacity * gibi };
    assert.equal(bytesToFree(signal), free * gibi);
  });
}
