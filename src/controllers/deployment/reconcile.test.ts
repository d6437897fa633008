import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { now, ownedBy, pod, statusOf, words } from "../../../test/kit/controllers.ts";
import type { Action } from "../../control/action.ts";
import type {
  Deployment,
  DeploymentSpec,
  DeploymentStatus,
  ReplicaSet,
} from "../../schema/types/apps-v1.ts";
import type { Pod } from "../../schema/types/core-v1.ts";
import type { Observed } from "./plan.ts";
import { reconcile } from "./reconcile.ts";

const template = (image: string) => ({
  metadata: { labels: { app: "a" } },
  spec: { containers: [{ name: "c", image }] },
});

type Options = Partial<DeploymentSpec> & {
  image?: string;
  surge?: number | string;
  unavailable?: number | string;
  status?: DeploymentStatus;
  annotations?: { [key: string]: string };
};

function deployment(options: Options = {}): Deployment {
  const { image = "v1", surge = 1, unavailable = 0, status, annotations, ...spec } = options;
  return {
    metadata: {
      name: "web",
      namespace: "default",
      uid: "web",
      generation: 2,
      resourceVersion: "1",
      ...(annotations ? { annotations } : {}),
    },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: "a" } },
      template: template(image),
      strategy: {
        type: "RollingUpdate",
        rollingUpdate: { maxSurge: surge, maxUnavailable: unavailable },
      },
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 10,
      ...spec,
    },
    ...(status ? { status } : {}),
  };
}

type SetOptions = {
  replicas?: number;
  available?: number;
  revision?: number | bigint;
  desired?: number;
  age?: number;
};

function replicaSet(image: string, options: SetOptions = {}): ReplicaSet {
  const { replicas = 3, available = replicas, revision = 1, desired = 3, age = 100 } = options;
  const labels = { app: "a", "pod-template-hash": image };
  return {
    metadata: {
      name: `web-${image}`,
      namespace: "default",
      uid: `web-${image}`,
      generation: 1,
      resourceVersion: "1",
      creationTimestamp: new Date(now - age * 1000).toISOString(),
      labels,
      annotations: {
        "deployment.kubernetes.io/revision": String(revision),
        "deployment.kubernetes.io/desired-replicas": String(desired),
        "deployment.kubernetes.io/max-replicas": String(desired + 1),
      },
      ownerReferences: [ownedBy("Deployment", "web")],
    },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { ...template(image), metadata: { labels } },
    },
    status: {
      replicas,
      readyReplicas: available,
      availableReplicas: available,
      terminatingReplicas: 0,
      observedGeneration: 1,
    },
  };
}

const observe = (d: Deployment, sets: ReplicaSet[] = [], pods: Pod[] = []): Observed => ({
  deployment: d,
  replicaSets: sets,
  pods,
  taken: (name) => sets.find((s) => s.metadata.name === name),
  now,
});

const run = (d: Deployment, sets: ReplicaSet[] = [], pods: Pod[] = []): Action[] =>
  reconcile(observe(d, sets, pods));

/** What becomes of the sizes: `v1 3→2`. */
function sizes(actions: readonly Action[], sets: readonly ReplicaSet[]): string[] {
  return actions.flatMap((action) => {
    if (action.do === "create") return [`new ${(action.object as ReplicaSet).spec?.replicas}`];
    if (action.do !== "update") return [];
    const next = action.object as ReplicaSet;
    const old = sets.find((s) => s.metadata.uid === next.metadata.uid);
    if (old?.spec?.replicas === next.spec?.replicas) return [];
    return [`${next.metadata.name?.slice(4)} ${old?.spec?.replicas}→${next.spec?.replicas}`];
  });
}

const rows: { why: string; deployment: Deployment; sets: ReplicaSet[]; does: string[] }[] = [
  { why: "the first set gets all", deployment: deployment(), sets: [], does: ["new 3"] },
  {
    why: "a new template starts with the surge",
    deployment: deployment({ image: "v2" }),
    sets: [replicaSet("v1")],
    does: ["new 1"],
  },
  {
    why: "without surge the old set makes room first",
    deployment: deployment({ image: "v2", surge: 0, unavailable: 1 }),
    sets: [replicaSet("v1"), replicaSet("v2", { replicas: 0, revision: 2, age: 1 })],
    does: ["v1 3→2"],
  },
  {
    why: "percentages: the surge rounds up, what may be missing rounds down",
    deployment: deployment({ image: "v2", surge: "25%", unavailable: "25%" }),
    sets: [replicaSet("v1")],
    does: ["new 1"],
  },
  {
    why: "both rounding to nothing means that one may be missing",
    deployment: deployment({ image: "v2", surge: "0%", unavailable: "1%" }),
    sets: [replicaSet("v1"), replicaSet("v2", { replicas: 0, revision: 2, age: 1 })],
    does: ["v1 3→2"],
  },
  {
    why: "an available new pod lets an old one go",
    deployment: deployment({ image: "v2" }),
    sets: [replicaSet("v1"), replicaSet("v2", { replicas: 1, revision: 2, age: 1 })],
    does: ["v1 3→2"],
  },
  {
    why: "a new pod that is not available lets none go",
    deployment: deployment({ image: "v2" }),
    sets: [replicaSet("v1"), replicaSet("v2", { replicas: 1, available: 0, revision: 2, age: 1 })],
    does: [],
  },
  {
    why: "unhealthy old pods go even so",
    deployment: deployment({ image: "v2", unavailable: 1 }),
    sets: [
      replicaSet("v1", { available: 1 }),
      replicaSet("v2", { replicas: 1, available: 0, revision: 2, age: 1 }),
    ],
    does: ["v1 3→2"],
  },
  {
    why: "growing outside of a rollout",
    deployment: deployment({ replicas: 5 }),
    sets: [replicaSet("v1")],
    does: ["v1 3→5"],
  },
  {
    why: "growing amid a rollout is shared in proportion",
    deployment: deployment({ image: "v2", replicas: 20, surge: 3, unavailable: 2 }),
    sets: [
      replicaSet("v1", { replicas: 8, desired: 10 }),
      replicaSet("v2", { replicas: 5, desired: 10, revision: 2, age: 1, available: 0 }),
    ].map((s) => {
      s.metadata.annotations!["deployment.kubernetes.io/max-replicas"] = "13";
      return s;
    }),
    does: ["v1 8→14", "v2 5→9"],
  },
  {
    why: "paused: a size changes, a template does not",
    deployment: deployment({ image: "v2", replicas: 4, paused: true }),
    sets: [replicaSet("v1")],
    does: ["v1 3→4"],
  },
  {
    why: "Recreate: first all old pods go",
    deployment: deployment({ image: "v2", strategy: { type: "Recreate" } }),
    sets: [replicaSet("v1")],
    does: ["v1 3→0"],
  },
  {
    why: "going back to an old template makes its set grow again",
    deployment: deployment({ image: "v1" }),
    sets: [replicaSet("v1", { replicas: 0 }), replicaSet("v2", { revision: 2, age: 1 })],
    does: ["v1 0→1"],
  },
];

for (const row of rows)
  test(row.why, () => assert.deepEqual(sizes(run(row.deployment, row.sets), row.sets), row.does));

test("Recreate: the new set waits for the last old pod", () => {
  const d = deployment({ image: "v2", strategy: { type: "Recreate" } });
  const old = replicaSet("v1", { replicas: 0 });
  const last = pod("p", { owner: ownedBy("ReplicaSet", "web-v1"), deleted: true });
  assert.deepEqual(sizes(run(d, [old], [last]), [old]), []);
  assert.deepEqual(sizes(run(d, [old], []), [old]), ["new 3"]);
});

test("the new set carries hash, owner, revision and sizes; the Deployment the revision", () => {
  const actions = run(deployment({ image: "v2", annotations: { note: "x" } }), [replicaSet("v1")]);
  const create = actions.find((a) => a.do === "create");
  const made = create?.object as ReplicaSet;
  const hash = made.metadata.labels?.["pod-template-hash"];
  assert.match(hash ?? "", /^[bcdfghjklmnpqrstvwxz2456789]{6,10}$/);
  assert.equal(made.metadata.name, `web-${hash}`);
  assert.deepEqual(made.spec?.selector?.matchLabels, { app: "a", "pod-template-hash": hash });
  assert.deepEqual(made.spec?.template?.metadata?.labels, { app: "a", "pod-template-hash": hash });
  assert.deepEqual(
    made.metadata.ownerReferences,
    [ownedBy("Deployment", "web")].map((o) => o),
  );
  assert.deepEqual(made.metadata.annotations, {
    note: "x",
    "deployment.kubernetes.io/revision": "2",
    "deployment.kubernetes.io/desired-replicas": "3",
    "deployment.kubernetes.io/max-replicas": "4",
  });
  const write = actions.find((a) => a.do === "setStatus");
  assert.equal(write?.annotations?.["deployment.kubernetes.io/revision"], "2");
  const condition = statusOf<DeploymentStatus>(actions).conditions?.[0];
  assert.equal(condition?.reason, "NewReplicaSetCreated");
  assert.equal(condition?.message, `Created new replica set "web-${hash}"`);
});

test("a revision may be larger than 2^53", () => {
  const sets = [replicaSet("v1", { revision: 3546343826724305832n })];
  const create = run(deployment({ image: "v2" }), sets).find((a) => a.do === "create");
  const { annotations } = create!.object.metadata;
  assert.equal(annotations?.["deployment.kubernetes.io/revision"], "3546343826724305833");
});

test("a set that goes back to work remembers its former revisions", () => {
  const sets = [
    replicaSet("v1", { replicas: 0, revision: 1 }),
    replicaSet("v2", { revision: 2, age: 1 }),
  ];
  const update = run(deployment({ image: "v1" }), sets).find((a) => a.do === "update");
  const { annotations } = update!.object.metadata;
  assert.equal(annotations?.["deployment.kubernetes.io/revision"], "3");
  assert.equal(annotations?.["deployment.kubernetes.io/revision-history"], "1");
});

test("a name that is taken by something else is a collision of hashes", () => {
  const first = run(deployment()).find((a) => a.do === "create");
  const name = first?.object.metadata.name;
  const rival = replicaSet("other");
  rival.metadata.name = name;
  rival.metadata.ownerReferences = [];
  rival.metadata.labels = {};
  const collided = run(deployment(), [rival]);
  assert.deepEqual(words(collided), ["setStatus"]);
  assert.equal(statusOf<DeploymentStatus>(collided).collisionCount, 1);
  const again = run(deployment({ status: { collisionCount: 1 } }), [rival]);
  assert.notEqual(again.find((a) => a.do === "create")?.object.metadata.name, name);
});

test("a set that cannot be made shows as a condition, with an event", () => {
  const actions = run(deployment());
  const create = actions.find((a) => a.do === "create")!;
  const write = actions.find((a) => a.do === "setStatus");
  assert.ok(typeof write?.status === "function");
  const status = write.status({ action: create, error: new Error("no") }, []) as DeploymentStatus;
  const name = create.object.metadata.name;
  assert.equal(status.conditions?.[0]?.reason, "ReplicaSetCreateError");
  assert.equal(status.conditions?.[0]?.message, `Failed to create new replica set "${name}": no`);
});

const done: DeploymentStatus = {
  observedGeneration: 2,
  replicas: 3,
  updatedReplicas: 3,
  readyReplicas: 3,
  availableReplicas: 3,
};

const progress = (actions: Action[]) =>
  statusOf<DeploymentStatus>(actions).conditions?.find((c) => c.type === "Progressing");

test("progress is told in upstream's words", () => {
  const complete = run(deployment({ status: done }), [replicaSet("v1")]);
  assert.deepEqual(
    [progress(complete)?.reason, progress(complete)?.message],
    ["NewReplicaSetAvailable", 'ReplicaSet "web-v1" has successfully progressed.'],
  );
  const stuckSince = (seconds: number): Deployment => {
    const at = new Date(now - seconds * 1000).toISOString();
    const condition = { type: "Progressing", status: "True", reason: "ReplicaSetUpdated" };
    const conditions = [{ ...condition, lastUpdateTime: at, lastTransitionTime: at }];
    const status = { ...done, availableReplicas: 2, readyReplicas: 2, unavailableReplicas: 1 };
    return deployment({ status: { ...status, conditions } });
  };
  const sets = [replicaSet("v1", { available: 2 })];
  const waiting = run(stuckSince(599), sets);
  assert.equal(progress(waiting)?.reason, "ReplicaSetUpdated");
  assert.ok(words(waiting).includes("again 2000"));
  const late = run(stuckSince(601), sets);
  assert.deepEqual(
    [progress(late)?.status, progress(late)?.reason, progress(late)?.message],
    ["False", "ProgressDeadlineExceeded", 'ReplicaSet "web-v1" has timed out progressing.'],
  );
});

test("old sets beyond the history limit go, the oldest first, unless they have pods", () => {
  const old = [1, 2, 3, 4].map((revision) =>
    replicaSet(`o${revision}`, { replicas: 0, revision, age: 1000 - revision }),
  );
  old[1]!.status!.replicas = 1;
  const sets = [...old, replicaSet("v1", { revision: 5 })];
  const actions = run(deployment({ revisionHistoryLimit: 1, status: done }), sets);
  assert.deepEqual(
    words(actions).filter((w) => w.startsWith("delete")),
    ["delete web-o1", "delete web-o3"],
  );
});

test("a selector that selects everything is refused", () => {
  assert.deepEqual(words(run(deployment({ selector: {} }))), ["event SelectingAll", "setStatus"]);
});

/** A cluster in which ReplicaSets do what they are told at once, and pods become available when `ready` says. */
function rollout(d: Deployment, start: ReplicaSet[], ready: () => number) {
  let current = d;
  let sets = start;
  const { surge, unavailable } = limitsOf(d);
  for (let pass = 0; pass < 200; pass++) {
    const actions = run(current, sets);
    for (const action of actions) {
      if (action.do === "create") sets = [...sets, born(action.object as ReplicaSet, pass)];
      if (action.do === "update" && action.resource.kind === "ReplicaSet")
        sets = sets.map((s) =>
          s.metadata.uid === action.object.metadata.uid ? (action.object as ReplicaSet) : s,
        );
      if (action.do === "delete") sets = sets.filter((s) => s.metadata.uid !== action.uid);
    }
    const status = statusOf<DeploymentStatus>(actions);
    const isQuiet = actions.every((a) => a.do === "setStatus" || a.do === "again");
    const before = JSON.stringify(sets);
    sets = sets.map((s) => settled(s, ready));
    const isStill = JSON.stringify(sets) === before && isSettled(sets);
    const total = sets.reduce((sum, s) => sum + (s.spec?.replicas ?? 0), 0);
    assert.ok(total <= (d.spec?.replicas ?? 0) + surge, `${total} pods are too many`);
    if (isQuiet && isStill && JSON.stringify(status) === JSON.stringify(current.status))
      return { sets, status, unavailable };
    current = { ...current, status };
  }
  throw new Error("it does not come to rest");
}

const limitsOf = (d: Deployment) => ({
  surge: Number(d.spec?.strategy?.rollingUpdate?.maxSurge ?? 0),
  unavailable: Number(d.spec?.strategy?.rollingUpdate?.maxUnavailable ?? 0),
});

const born = (set: ReplicaSet, pass: number): ReplicaSet => ({
  ...set,
  metadata: {
    ...set.metadata,
    uid: set.metadata.name!,
    creationTimestamp: new Date(now + pass).toISOString(),
  },
  status: { replicas: 0 },
});

function settled(set: ReplicaSet, ready: () => number): ReplicaSet {
  const replicas = set.spec?.replicas ?? 0;
  const before = Math.min(set.status?.availableReplicas ?? 0, replicas);
  const availableReplicas = Math.min(before + ready(), replicas);
  const status = { replicas, readyReplicas: availableReplicas, availableReplicas };
  return { ...set, status: { ...status, terminatingReplicas: 0, observedGeneration: 1 } };
}

const isSettled = (sets: readonly ReplicaSet[]): boolean =>
  sets.every((s) => s.status?.availableReplicas === s.spec?.replicas);

test("a rollout ends with the new template alone, within its bounds all the way", () => {
  const case_ = fc.record({
    replicas: fc.nat(9),
    surge: fc.nat(3),
    unavailable: fc.nat(3),
    speeds: fc.infiniteStream(fc.nat(2)),
    olds: fc.array(fc.nat(4), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(case_, ({ replicas, surge, unavailable, speeds, olds }) => {
      fc.pre(surge + unavailable > 0);
      const d = deployment({ image: "new", replicas, surge, unavailable });
      let room = replicas + surge;
      const sets = olds.map((count, i) => {
        const size = Math.min(count, room);
        room -= size;
        return replicaSet(`o${i}`, {
          replicas: size,
          desired: replicas,
          revision: i + 1,
          age: 9 - i,
        });
      });
      const { sets: last, status } = rollout(d, sets, () => speeds.next().value ?? 1);
      const sizesOf = last.map((s) => [
        s.spec?.template?.spec.containers[0]?.image,
        s.spec?.replicas,
      ]);
      for (const [image, size] of sizesOf) assert.equal(size, image === "new" ? replicas : 0);
      assert.equal(status.availableReplicas ?? 0, replicas);
      const reason = status.conditions?.find((c) => c.type === "Progressing")?.reason;
      assert.equal(reason, "NewReplicaSetAvailable");
    }),
    { numRuns: 100 },
  );
});
