import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  HorizontalPodAutoscalerBehavior,
  HPAScalingRules,
} from "../../schema/types/autoscaling-v2.ts";
import { bound, newHistory, rememberScale } from "./bounds.ts";

const second = 1000;
const scaleTargetRef = { kind: "Deployment", name: "a" };
const rules = (more: Partial<HPAScalingRules>): HPAScalingRules => ({
  selectPolicy: "Max",
  stabilizationWindowSeconds: 0,
  policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
  ...more,
});

type Row = {
  it: string;
  current: number;
  wanted: number;
  behavior?: HorizontalPodAutoscalerBehavior;
  /** Recommendations of before: seconds ago and replicas. */
  before?: [number, number][];
  /** Changes of before: seconds ago and by how many. */
  changed?: [number, number][];
  is: [number, string, string];
};

const both = (up: Partial<HPAScalingRules>, down: Partial<HPAScalingRules> = {}) => ({
  scaleUp: rules(up),
  scaleDown: rules(down),
});

const rows: Row[] = [
  { it: "grows to what is wanted", current: 3, wanted: 5, is: [5, "Ready", "DesiredWithinRange"] },
  { it: "at most doubles", current: 3, wanted: 9, is: [6, "Ready", "ScaleUpLimit"] },
  { it: "reaches 4 from 1", current: 1, wanted: 9, is: [4, "Ready", "ScaleUpLimit"] },
  { it: "stays below the maximum", current: 8, wanted: 20, is: [10, "Ready", "TooManyReplicas"] },
  { it: "stays above the minimum", current: 5, wanted: 1, is: [2, "Ready", "TooFewReplicas"] },
  {
    it: "shrinks to the highest of the last five minutes",
    current: 8,
    wanted: 3,
    before: [
      [400, 9],
      [200, 6],
    ],
    is: [6, "ScaleDownStabilized", "DesiredWithinRange"],
  },
  {
    it: "grows to the lowest of its window",
    current: 2,
    wanted: 8,
    before: [[20, 4]],
    behavior: both({ stabilizationWindowSeconds: 60 }),
    is: [4, "ScaleUpStabilized", "DesiredWithinRange"],
  },
  {
    it: "grows by the policy that lets it grow most",
    current: 4,
    wanted: 10,
    behavior: both({
      policies: [
        { type: "Pods", value: 3, periodSeconds: 15 },
        { type: "Percent", value: 50, periodSeconds: 15 },
      ],
    }),
    is: [7, "Ready", "ScaleUpLimit"],
  },
  {
    it: "counts what was added within the period",
    current: 4,
    wanted: 10,
    changed: [[10, 2]],
    behavior: both({ policies: [{ type: "Pods", value: 3, periodSeconds: 15 }] }),
    is: [5, "Ready", "ScaleUpLimit"],
  },
  {
    it: "shrinks by the policy that lets it shrink least",
    current: 9,
    wanted: 2,
    behavior: both(
      {},
      {
        selectPolicy: "Min",
        policies: [
          { type: "Pods", value: 2, periodSeconds: 15 },
          { type: "Percent", value: 50, periodSeconds: 15 },
        ],
      },
    ),
    is: [7, "Ready", "ScaleDownLimit"],
  },
  {
    it: "does not shrink when that is disabled",
    current: 9,
    wanted: 2,
    behavior: both({}, { selectPolicy: "Disabled" }),
    is: [9, "Ready", "ScaleDownLimit"],
  },
];

test("recommendations are steadied and limited", () => {
  const nowMs = 10_000_000;
  for (const { it, current, wanted, behavior, before = [], changed = [], is } of rows) {
    const spec = { scaleTargetRef, maxReplicas: 10, ...(behavior ? { behavior } : {}) };
    const history = newHistory(current, 0);
    history.recommended = before.map(([ago, replicas]) => ({
      replicas,
      atMs: nowMs - ago * second,
    }));
    for (const [ago, by] of changed)
      rememberScale(history, {
        spec,
        from: current - by,
        to: current,
        nowMs: nowMs - ago * second,
      });
    const { replicas, able, limited } = bound(history, { spec, current, wanted, least: 2, nowMs });
    const reason = able.reason === "ReadyForNewScale" ? "Ready" : able.reason;
    assert.deepEqual([replicas, reason, limited.reason], is, it);
    assert.equal(limited.isLimited, limited.reason !== "DesiredWithinRange", it);
  }
});

test("what is remembered stays bounded", () => {
  const history = newHistory(1, 0);
  const spec = { scaleTargetRef, maxReplicas: 10, behavior: both({}) };
  for (let at = 0; at < 10_000; at += 15) {
    bound(history, { spec, current: 2, wanted: 3, least: 1, nowMs: at * second });
    rememberScale(history, { spec, from: 2, to: 3, nowMs: at * second });
  }
  assert.ok(history.recommended.length <= 22, `${history.recommended.length}`);
  assert.ok(history.up.length <= 3, `${history.up.length}`);
});
