import assert from "node:assert/strict";
import { test } from "node:test";
import { now, type PodOptions, pod } from "../../../test/kit/controllers.ts";
import { printTime } from "../../schema/time.ts";
import { proposeByPods, proposeByRatio, proposeByShare } from "./proposal.ts";

const tolerance = { up: 0.1, down: 0.1 };

/** Of each pod: its use in milli (undefined: not measured), and what it is. */
type Use = [number | undefined, PodOptions?];

function propose(
  uses: Use[],
  more: { percent?: number; isCpu?: boolean; startedAgo?: number } = {},
) {
  const { percent, isCpu = false, startedAgo = 1000 } = more;
  const pods = uses.map(([, options], i) => {
    const made = pod(`p${i}`, { readyFor: 500, ...options });
    return { ...made, status: { ...made.status!, startTime: printTime(now - startedAgo * 1000) } };
  });
  const samples = new Map(
    uses.flatMap(([milli], i) =>
      milli === undefined ? [] : [[`p${i}`, { milli, atMs: now, windowMs: 30_000 }] as const],
    ),
  );
  const requests = new Map(pods.map(({ metadata }) => [metadata.name ?? "", 1000]));
  const target = percent === undefined ? { milli: 100 } : { percent, requests };
  return proposeByPods({ pods, samples, current: uses.length, tolerance, now, isCpu, target });
}

const rows: { it: string; uses: Use[]; is: number; more?: Parameters<typeof propose>[1] }[] = [
  { it: "twice the target", uses: [[200], [200]], is: 4 },
  { it: "half of the target", uses: [[50], [50], [50], [50]], is: 2 },
  { it: "within the tolerance", uses: [[109], [109]], is: 2 },
  { it: "a share of the requests", uses: [[900], [900]], is: 4, more: { percent: 50 } },
  { it: "unmeasured pods hold growth back", uses: [[200], [undefined]], is: 2 },
  { it: "unmeasured pods hold shrinking back", uses: [[10], [10], [undefined]], is: 2 },
  { it: "pending pods hold growth back", uses: [[300], [undefined, { phase: "Pending" }]], is: 3 },
  { it: "failed pods do not count", uses: [[200], [900, { phase: "Failed" }]], is: 2 },
  {
    it: "CPU of a pod that has just started does not count",
    uses: [[100], [1000, { readyFor: 5 }]],
    is: 2,
    more: { isCpu: true, startedAgo: 20 },
  },
];

test("use of pods becomes a count", () => {
  for (const { it, uses, is, more } of rows) assert.equal(propose(uses, more).replicas, is, it);
});

test("averages are shown beside it", () => {
  const { averageMilli, percent } = propose([[300], [500]], { percent: 80 });
  assert.deepEqual([averageMilli, percent], [400, 40]);
});

test("without a figure there is no proposal", () => {
  assert.throws(() => propose([]), /no pods returned by selector/);
  assert.throws(() => propose([[undefined]]), /did not receive metrics for targeted pods/);
});

test("one figure for all pods", () => {
  const ratio = (value: number, current: number) =>
    proposeByRatio({ ratio: value, current, ready: () => 3, tolerance });
  assert.deepEqual([ratio(2, 3), ratio(1.05, 3), ratio(0.1, 3), ratio(2.5, 0)], [6, 3, 1, 3]);
  const share = (milli: number, actual: number) =>
    proposeByShare({ milli, targetMilli: 100, actual, tolerance });
  assert.deepEqual(share(1000, 5), { replicas: 10, averageMilli: 200 });
  assert.deepEqual(share(510, 5), { replicas: 5, averageMilli: 102 });
});
