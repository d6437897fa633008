import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { now, ownedBy, pod, statusOf, words } from "../../../test/kit/controllers.ts";
import { replicaSets } from "../../schema/resources.ts";
import type { ReplicaSet, ReplicaSetStatus } from "../../schema/types/apps-v1.ts";
import type { Pod } from "../../schema/types/core-v1.ts";
import { burstMax, reconcile } from "./reconcile.ts";

const set = (replicas: number, more: { deleted?: boolean; minReadySeconds?: number } = {}) =>
  ({
    metadata: {
      name: "rs",
      namespace: "default",
      uid: "rs",
      generation: 3,
      ...(more.deleted ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
    },
    spec: {
      replicas,
      minReadySeconds: more.minReadySeconds ?? 0,
      selector: { matchLabels: { app: "a" } },
      template: { metadata: { labels: { app: "a" } }, spec: { containers: [] } },
    },
  }) as ReplicaSet;

const owner = ownedBy("ReplicaSet", "rs");
const own = (name: string, options: Parameters<typeof pod>[1] = {}): Pod =>
  pod(name, { owner, ...options });

const run = (object: ReplicaSet, pods: Pod[], related: Pod[] = pods) =>
  reconcile({
    resource: replicaSets,
    object,
    set: object,
    pods,
    related,
    now,
    countsTerminating: true,
  });

const rows: { why: string; set: ReplicaSet; pods: Pod[]; does: string[] }[] = [
  { why: "none wanted, none there", set: set(0), pods: [], does: ["setStatus"] },
  {
    why: "too few",
    set: set(2),
    pods: [],
    does: ["create Pod", "create Pod", "setStatus"],
  },
  {
    why: "ended pods and those being deleted do not count",
    set: set(1),
    pods: [
      own("a", { phase: "Failed" }),
      own("b", { phase: "Succeeded" }),
      own("c", { deleted: true }),
    ],
    does: ["create Pod", "setStatus"],
  },
  {
    why: "the pod without a node goes first",
    set: set(1),
    pods: [own("a", { node: "n", readyFor: 9 }), own("b", { phase: "Pending" })],
    does: ["delete b", "setStatus"],
  },
  {
    why: "pending goes before running",
    set: set(1),
    pods: [own("a", { node: "n" }), own("b", { node: "n", phase: "Pending" })],
    does: ["delete b", "setStatus"],
  },
  {
    why: "unready goes before ready",
    set: set(1),
    pods: [own("a", { node: "n", readyFor: 9 }), own("b", { node: "n" })],
    does: ["delete b", "setStatus"],
  },
  {
    why: "cheap goes before dear",
    set: set(1),
    pods: [
      own("a", { annotations: { "controller.kubernetes.io/pod-deletion-cost": "5" } }),
      own("b", { annotations: { "controller.kubernetes.io/pod-deletion-cost": "-5" } }),
    ],
    does: ["delete b", "setStatus"],
  },
  {
    why: "of two on one node one goes, rather than the one on its own",
    set: set(2),
    pods: ["a", "b", "c"].map((n) =>
      own(n, { node: n === "c" ? "m" : "n", readyFor: n === "c" ? 1 : 99 }),
    ),
    does: ["delete a", "setStatus"],
  },
  {
    why: "the one that has been ready for a shorter time goes first",
    set: set(1),
    pods: [own("a", { node: "n", readyFor: 1000 }), own("b", { node: "n", readyFor: 10 })],
    does: ["delete b", "setStatus"],
  },
  {
    why: "a matching pod without an owner is adopted, once the set is known to be there",
    set: set(1),
    pods: [pod("a")],
    does: ["confirm rs", "patch a", "setStatus"],
  },
  {
    why: "a pod of another owner is nobody's business",
    set: set(1),
    pods: [pod("a", { owner: ownedBy("ReplicaSet", "other") })],
    does: ["create Pod", "setStatus"],
  },
  {
    why: "an own pod that is not selected any more is let go of and replaced",
    set: set(1),
    pods: [own("a", { labels: { app: "b" } })],
    does: ["patch a", "create Pod", "setStatus"],
  },
  {
    why: "a set that is being deleted makes, removes and adopts nothing",
    set: set(2, { deleted: true }),
    pods: [own("a"), pod("b")],
    does: ["setStatus"],
  },
  {
    why: "a ready pod that is not available yet is looked at again",
    set: set(1, { minReadySeconds: 30 }),
    pods: [own("a", { readyFor: 10 })],
    does: ["setStatus", "again 20000"],
  },
];

for (const row of rows)
  test(row.why, () => assert.deepEqual(words(run(row.set, row.pods)), row.does));

test("the status counts what is observed", () => {
  const pods = [
    own("a", { readyFor: 60 }),
    own("b", { readyFor: 10 }),
    own("c"),
    own("d", { deleted: true }),
  ];
  assert.deepEqual(statusOf(run(set(3, { minReadySeconds: 30 }), pods)), {
    replicas: 3,
    fullyLabeledReplicas: 3,
    readyReplicas: 2,
    availableReplicas: 1,
    terminatingReplicas: 1,
    observedGeneration: 3,
  });
});

test("a pod that cannot be made shows as a condition, which goes when it can", () => {
  const wanting = set(1);
  const [create, write] = run(wanting, []);
  assert.ok(create && write?.do === "setStatus" && typeof write.status === "function");
  const error = new Error('pods "a" is forbidden: exceeded quota');
  const status = write.status({ action: create, error }, []) as ReplicaSetStatus;
  assert.deepEqual(status.conditions, [
    {
      type: "ReplicaFailure",
      status: "True",
      lastTransitionTime: "2026-01-01T12:00:00Z",
      reason: "FailedCreate",
      message: error.message,
    },
  ]);
  const recovered = run({ ...wanting, status }, [own("a")]);
  assert.equal(statusOf<ReplicaSetStatus>(recovered).conditions, undefined);
});

const anyPod = fc
  .record({
    phase: fc.constantFrom("Pending" as const, "Running" as const, "Failed" as const),
    readyFor: fc.option(fc.nat(100), { nil: undefined }),
    node: fc.option(fc.constantFrom("n", "m"), { nil: undefined }),
    deleted: fc.boolean(),
    owner: fc.constantFrom(owner, undefined, ownedBy("ReplicaSet", "other")),
    labels: fc.constantFrom({ app: "a" }, { app: "b" }),
  })
  .map((options) => options as Parameters<typeof pod>[1]);
const anyPods = fc
  .array(anyPod, { maxLength: 12 })
  .map((list) => list.map((options, i) => pod(`p${i}`, options)));

test("it converges, is bounded, and touches only what it owns", () => {
  fc.assert(
    fc.property(anyPods, fc.nat(8), (list, wanted) => {
      let pods = list;
      let passes = 0;
      for (; passes < 10; passes++) {
        const actions = run(set(wanted), pods).filter((a) => a.do !== "setStatus");
        if (actions.length === 0) break;
        assert.ok(actions.filter((a) => a.do === "create").length <= wanted);
        for (const action of actions)
          if (action.do === "delete") {
            const victim = pods.find((p) => p.metadata.uid === action.uid);
            const uid = victim?.metadata.ownerReferences?.[0]?.uid;
            assert.ok(uid === "rs" || uid === undefined, "only own pods are deleted");
          }
        pods = applied(pods, actions, passes);
      }
      assert.ok(passes < 10, "it comes to rest");
      const active = pods.filter(
        (p) =>
          p.metadata.ownerReferences?.[0]?.uid === "rs" &&
          p.status?.phase !== "Failed" &&
          !p.metadata.deletionTimestamp,
      );
      assert.equal(active.length, wanted);
    }),
  );
});

test(`no pass makes or removes more than ${burstMax} pods`, () => {
  const many = Array.from({ length: 700 }, (_, i) => own(`p${i}`));
  assert.equal(run(set(9999), []).filter((a) => a.do === "create").length, burstMax);
  assert.equal(run(set(0), many).filter((a) => a.do === "delete").length, burstMax);
});

/** What the server would have after the actions. */
function applied(pods: Pod[], actions: ReturnType<typeof run>, pass: number): Pod[] {
  const made = actions.filter((a) => a.do === "create").map((_, i) => own(`new${pass}.${i}`));
  return [...pods, ...made].flatMap((p) => {
    const action = actions.find(
      (a) => (a.do === "delete" || a.do === "patch") && a.ref.name === p.metadata.name,
    );
    if (action?.do === "delete") return [];
    if (action?.do !== "patch") return [p];
    const released = JSON.stringify(action.patch).includes("$patch");
    return [{ ...p, metadata: { ...p.metadata, ownerReferences: released ? [] : [owner] } }];
  });
}
