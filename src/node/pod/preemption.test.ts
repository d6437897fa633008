import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Pod } from "../../schema/types/core-v1.ts";
import type { Missing } from "./admission.ts";
import { makeWay } from "./preemption.ts";

type Ask = { cpu?: string; memory?: string; limited?: boolean; priority?: number };

function pod(name: string, { cpu, memory, limited = false, priority = 0 }: Ask = {}): Pod {
  const requests = { ...(cpu ? { cpu } : {}), ...(memory ? { memory } : {}) };
  const resources = { requests, ...(limited ? { limits: requests } : {}) };
  return { metadata: { name }, spec: { priority, containers: [{ name: "c", resources }] } };
}

const critical = pod("critical", { priority: 2_000_000_000 });
const cpu = (amount: number): Missing[] => [{ resource: "cpu", amount }];
const room: Missing[] = [{ resource: "pods", amount: 1 }];

type Row = { what: string; others: Pod[]; missing: Missing[]; ends: string[] | undefined };

const rows: Row[] = [
  { what: "the one that has it", others: [pod("a", { cpu: "1" })], missing: cpu(500), ends: ["a"] },
  {
    what: "nobody has enough",
    others: [pod("a", { cpu: "1" })],
    missing: cpu(1001),
    ends: undefined,
  },
  {
    what: "the smaller of two that have it",
    others: [pod("much", { cpu: "2" }), pod("enough", { cpu: "1" })],
    missing: cpu(1000),
    ends: ["enough"],
  },
  {
    what: "as few as possible",
    others: [pod("a", { cpu: "300m" }), pod("b", { cpu: "1" }), pod("c", { cpu: "300m" })],
    missing: cpu(600),
    ends: ["b"],
  },
  {
    what: "one that is guaranteed its share comes last",
    others: [
      pod("sure", { cpu: "1", memory: "1Gi", limited: true }),
      pod("half", { cpu: "500m" }),
      pod("rest", { cpu: "500m" }),
    ],
    missing: cpu(1000),
    ends: ["half", "rest"],
  },
  {
    what: "a place of a pod that asked for nothing",
    others: [pod("a", { cpu: "1" }), pod("idle")],
    missing: room,
    ends: ["idle"],
  },
  {
    what: "no other critical pod of the same priority",
    others: [pod("a", { cpu: "1", priority: 2_000_000_000 })],
    missing: cpu(1),
    ends: undefined,
  },
  {
    what: "two resources, two pods",
    others: [pod("c", { cpu: "1" }), pod("m", { memory: "1Gi" }), pod("x")],
    missing: [...cpu(1000), { resource: "memory", amount: 2 ** 30 }],
    ends: ["c", "m"],
  },
];

for (const { what, others, missing, ends } of rows) {
  test(`a critical pod takes ${what}`, () => {
    const ended = makeWay(critical, others, missing);
    assert.deepEqual(ended?.map((p) => p.metadata.name).sort(), ends?.toSorted());
  });
}

test("those who are ended may be ended, and give what is missing", () => {
  const ask = fc.record({
    cpu: fc.constantFrom("0", "100m", "300m", "1"),
    limited: fc.boolean(),
    priority: fc.constantFrom(0, 1000, 2_000_000_000, 2_000_001_000),
  });
  fc.assert(
    fc.property(
      fc.array(ask, { maxLength: 8 }),
      fc.integer({ min: 1, max: 3000 }),
      (asks, amount) => {
        const others = asks.map((each, i) => pod(`${i}`, each));
        const milli = (p: Pod): number =>
          ({ "0": 0, "100m": 100, "300m": 300, "1": 1000 })[
            p.spec.containers[0]?.resources?.requests?.["cpu"] ?? "0"
          ] ?? 0;
        const sum = (pods: readonly Pod[]) => pods.reduce((all, p) => all + milli(p), 0);
        const may = others.filter((p) => (p.spec.priority ?? 0) < 2_000_000_000);
        const ended = makeWay(critical, others, cpu(amount));
        if (!ended) return assert.ok(sum(may) < amount);
        assert.ok(sum(ended) >= amount);
        assert.ok(ended.every((p) => may.includes(p)));
        return assert.equal(new Set(ended).size, ended.length);
      },
    ),
  );
});
