import assert from "node:assert/strict";
import { test } from "node:test";
import type { Secret, ServiceAccount } from "../../schema/types/core-v1.ts";
import { reconcileUnused, trackedSince, type UnusedToken } from "./unused-tokens.ts";

const now = Date.UTC(2026, 5, 1, 12);
const day = 24 * 3600_000;
const daysAgo = (days: number): string => new Date(now - days * day).toISOString();
const dayAgo = (days: number): string => daysAgo(days).slice(0, 10);
const lastUsed = "kubernetes.io/legacy-token-last-used";
const invalidSince = "kubernetes.io/legacy-token-invalid-since";

type Row = {
  it: string;
  age?: number;
  labels?: Record<string, string>;
  metadata?: Partial<Secret["metadata"]>;
  account?: Partial<ServiceAccount> | null;
  more?: Partial<UnusedToken>;
  does: string;
};

const own = { metadata: { name: "sa", uid: "u" }, secrets: [{ name: "t" }] };
const mark = `mark ${dayAgo(0)}`;

const rows: Row[] = [
  { it: "an old one that nobody used is marked", does: mark },
  { it: "a young one stays", age: 364, does: "" },
  { it: "one that is used stays", labels: { [lastUsed]: dayAgo(365) }, does: "" },
  { it: "one that was used long ago is marked", labels: { [lastUsed]: dayAgo(366) }, does: mark },
  { it: "what cannot be read is no reason", labels: { [lastUsed]: "long ago" }, does: "" },
  { it: "a day that there is not is no reason", labels: { [lastUsed]: "2020-13-40" }, does: "" },
  { it: "one that is being deleted is left alone", metadata: { deletionTimestamp: "x" }, does: "" },
  { it: "one that was made by hand stays", account: { ...own, secrets: [] }, does: "" },
  { it: "one whose account is gone stays", account: null, does: "" },
  {
    it: "one of another account of that name stays",
    account: { ...own, metadata: { uid: "v" } },
    does: "",
  },
  { it: "one that a pod mounts stays", more: { isMounted: true }, does: "" },
  {
    it: "without knowing since when uses are noted",
    more: { trackedSinceMs: undefined },
    does: "",
  },
  {
    it: "when uses have not been noted for long enough",
    more: { trackedSinceMs: now - 365 * day + 1 },
    does: "",
  },
  {
    it: "a mark that cannot be read is written anew",
    labels: { [invalidSince]: "yes" },
    does: mark,
  },
  { it: "a marked one has a year", labels: { [invalidSince]: dayAgo(365) }, does: "" },
  { it: "and then it goes", labels: { [invalidSince]: dayAgo(366) }, does: "delete t" },
  {
    it: "unless it was used meanwhile",
    labels: { [invalidSince]: dayAgo(366), [lastUsed]: dayAgo(1) },
    does: "",
  },
];

test("a token of a Secret that nobody uses is marked, and goes a year later", () => {
  for (const { it, age = 366, labels, metadata, account = own, more, does } of rows) {
    const secret = {
      metadata: {
        ...{ namespace: "a", name: "t", uid: "t1", resourceVersion: "7", labels },
        annotations: {
          "kubernetes.io/service-account.name": "sa",
          "kubernetes.io/service-account.uid": "u",
        },
        creationTimestamp: daysAgo(age),
        ...metadata,
      },
    } as unknown as Secret;
    const actions = reconcileUnused({
      ...{ secret, isMounted: false, trackedSinceMs: now - 365 * day, now },
      account: (account ?? undefined) as ServiceAccount | undefined,
      ...more,
    });
    const got = actions.flatMap((action) => {
      if (action.do === "again") return [];
      if (action.do === "delete") {
        assert.equal(action.resourceVersion, "7");
        return [`delete ${action.ref.name}`];
      }
      assert.equal(action.do, "patch");
      const { patch } = action as { patch?: { metadata: { labels: Record<string, string> } } };
      return [`mark ${patch?.metadata.labels[invalidSince]}`];
    });
    assert.equal(got.join(), does, it);
    // What stays is looked at again.
    assert.equal(does.startsWith("delete") || actions.some((a) => a.do === "again"), true, it);
  }
});

test("uses are known from the day after the one on which noting began", () => {
  assert.equal(trackedSince("2026-01-01"), Date.UTC(2026, 0, 2));
  assert.equal(trackedSince("soon"), undefined);
  assert.equal(trackedSince(undefined), undefined);
});
