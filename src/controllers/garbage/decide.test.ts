import assert from "node:assert/strict";
import { test } from "node:test";
import { pods } from "../../schema/resources.ts";
import type { OwnerReference } from "../../schema/types/meta-v1.ts";
import { type Decision, decideDeleted, decideOwned, type OwnerState } from "./decide.ts";
import { Graph, type Node, nodeOf } from "./graph.ts";

const ref = (uid: string, blockOwnerDeletion = true): OwnerReference => ({
  apiVersion: "v1",
  kind: "Pod",
  name: uid,
  uid,
  blockOwnerDeletion,
});

type Options = { owners?: OwnerReference[]; deleted?: boolean; finalizers?: string[] };

const node = (uid: string, { owners = [], deleted = false, finalizers = [] }: Options = {}): Node =>
  nodeOf(pods, {
    metadata: {
      uid,
      name: uid,
      namespace: "d",
      resourceVersion: "1",
      ownerReferences: owners,
      finalizers,
      ...(deleted ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
    },
  });

const foreground = (uid: string, owners: OwnerReference[] = []): Node =>
  node(uid, { owners, deleted: true, finalizers: ["foregroundDeletion"] });

const owned: {
  why: string;
  node: Node;
  states: OwnerState[];
  dependents?: Node[];
  is: Decision;
}[] = [
  { why: "no owner", node: node("a"), states: [], is: { do: "nothing" } },
  {
    why: "an owner that is there",
    node: node("a", { owners: [ref("o")] }),
    states: ["solid"],
    is: { do: "nothing" },
  },
  {
    why: "an owner that is gone",
    node: node("a", { owners: [ref("o")] }),
    states: ["absent"],
    is: { do: "delete", propagation: "Background", unblock: false },
  },
  {
    why: "one of two owners is gone",
    node: node("a", { owners: [ref("o"), ref("p")] }),
    states: ["absent", "solid"],
    is: { do: "setOwners", owners: [ref("p")] },
  },
  {
    why: "one of two owners waits: it must not wait for ever",
    node: node("a", { owners: [ref("o"), ref("p")] }),
    states: ["waiting", "solid"],
    is: { do: "setOwners", owners: [ref("p")] },
  },
  {
    why: "the owner waits, no dependents",
    node: node("a", { owners: [ref("o")] }),
    states: ["waiting"],
    is: { do: "delete", propagation: "Background", unblock: false },
  },
  {
    why: "the owner waits, and others wait for this one",
    node: node("a", { owners: [ref("o")] }),
    states: ["waiting"],
    dependents: [node("c", { owners: [ref("a")] })],
    is: { do: "delete", propagation: "Foreground", unblock: false },
  },
  {
    why: "a circle is broken",
    node: node("a", { owners: [ref("o")] }),
    states: ["waiting"],
    dependents: [foreground("o", [ref("a")])],
    is: { do: "delete", propagation: "Foreground", unblock: true },
  },
  {
    why: "a finalizer tells what is to become of dependents",
    node: node("a", { owners: [ref("o")], finalizers: ["orphan"] }),
    states: ["absent"],
    is: { do: "delete", propagation: "Orphan", unblock: false },
  },
];
for (const row of owned)
  test(`owned: ${row.why}`, () =>
    assert.deepEqual(decideOwned(row.node, row.states, row.dependents ?? []), row.is));

const orphaning = node("a", { deleted: true, finalizers: ["orphan"] });
const child = node("c", { owners: [ref("a")] });
const deleted: { why: string; node: Node; dependents: Node[]; is: Decision }[] = [
  {
    why: "no finalizer of ours",
    node: node("a", { deleted: true }),
    dependents: [child],
    is: { do: "nothing" },
  },
  {
    why: "foreground, nobody left",
    node: foreground("a"),
    dependents: [],
    is: { do: "removeFinalizer", finalizer: "foregroundDeletion" },
  },
  {
    why: "foreground, dependents that do not block",
    node: foreground("a"),
    dependents: [node("c", { owners: [ref("a", false)] })],
    is: { do: "removeFinalizer", finalizer: "foregroundDeletion" },
  },
  {
    why: "foreground, a dependent that blocks",
    node: foreground("a"),
    dependents: [child],
    is: { do: "visit", uids: ["c"] },
  },
  {
    why: "foreground, a dependent that waits itself",
    node: foreground("a"),
    dependents: [foreground("c", [ref("a")])],
    is: { do: "visit", uids: [] },
  },
  {
    why: "orphan",
    node: orphaning,
    dependents: [child],
    is: { do: "orphan", dependents: [child] },
  },
];
for (const row of deleted)
  test(`deleted: ${row.why}`, () =>
    assert.deepEqual(decideDeleted(row.node, row.dependents), row.is));

test("the graph follows owners that change", () => {
  const graph = new Graph();
  const uids = (of: string): string[] => graph.dependents(of).map((n) => n.uid);
  graph.set(node("a", { owners: [ref("o"), ref("p")] }));
  assert.deepEqual([uids("o"), uids("p")], [["a"], ["a"]]);
  graph.set(node("a", { owners: [ref("p")] }));
  assert.deepEqual([uids("o"), uids("p")], [[], ["a"]]);
  graph.delete("a");
  assert.deepEqual([uids("o"), uids("p"), graph.get("a")], [[], [], undefined]);
});
