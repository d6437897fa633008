import assert from "node:assert/strict";
import { test } from "node:test";
import type { Client } from "../client/client.ts";
import type { Action } from "../control/action.ts";
import type { ApiObject } from "../schema/kind.ts";
import { configMaps } from "../schema/resources.ts";
import { controlledBy, customResource } from "./custom-resource.ts";
import { decide, type Observed, type Wish } from "./pass.ts";

const sites = customResource({
  group: "example.com",
  version: "v1",
  kind: "Site",
  plural: "sites",
});
const finalizer = "example.com/sites";
const again: Action = { do: "again", afterMs: 1 };

const site = (finalizers: string[] = [], deleted = false): ApiObject => ({
  metadata: {
    name: "a",
    namespace: "n",
    resourceVersion: "7",
    finalizers,
    ...(deleted && { deletionTimestamp: "2026-01-01T00:00:00Z" }),
  },
});

const observed = (object: ApiObject, client = {} as Client): Observed<ApiObject> => ({
  object,
  owned: () => [],
  read: () => undefined,
  nowMs: 0,
  client,
});

const shown = (action: Action | undefined): string => {
  if (action?.do !== "patch") return action?.do ?? "nothing";
  return JSON.stringify((action.patch as { metadata: object }).metadata);
};

const rows: Record<string, { object: ApiObject; finalize?: () => Wish; does: string }> = {
  "without an end of its own it reconciles": { object: site(), does: "again" },
  "the finalizer comes before the first reconcile, beside those of others": {
    object: site(["other"]),
    finalize: () => {},
    does: '{"resourceVersion":"7","finalizers":["other","example.com/sites"]}',
  },
  "then it reconciles": { object: site([finalizer]), finalize: () => {}, does: "again" },
  "an object that goes is finalized": {
    object: site([finalizer], true),
    finalize: () => [{ do: "again", afterMs: 9 }],
    does: "again",
  },
  "and let go when there is nothing left to do": {
    object: site([finalizer, "other"], true),
    finalize: () => {},
    does: '{"resourceVersion":"7","finalizers":["other"]}',
  },
  "what is let go is left alone": {
    object: site(["other"], true),
    finalize: () => [again],
    does: "nothing",
  },
  "what goes is not reconciled": { object: site([], true), does: "nothing" },
};

for (const [name, { object, finalize, does }] of Object.entries(rows)) {
  test(`operator: ${name}`, async () => {
    const decision = { resource: sites, finalizer, reconcile: () => [again] };
    const chosen = finalize === undefined ? decision : { ...decision, finalize };
    const { actions } = await decide(chosen, observed(object));
    assert.equal(shown(actions[0]), does);
    assert.ok(actions.length <= 1);
  });
}

test("operator: what it writes by itself is told to the loop", async () => {
  const client = {
    create: async (_: unknown, object: ApiObject) => ({
      metadata: { ...object.metadata, uid: "u", resourceVersion: "9" },
    }),
  } as unknown as Client;
  const { written } = await decide(
    {
      resource: sites,
      finalizer,
      async reconcile(seen) {
        await seen.client.create(configMaps, { metadata: { name: "c" } });
      },
    },
    observed(site(), client),
  );
  assert.deepEqual(
    written.map(({ ref, resourceVersion }) => [ref.name, resourceVersion]),
    [["c", "9"]],
  );
});

test("operator: what an object controls lies beside it and names it once", () => {
  const owner: ApiObject = { metadata: { name: "a", namespace: "n", uid: "u" } };
  const child = controlledBy<ApiObject>(sites, owner, { metadata: { name: "c" } });
  const again = controlledBy(sites, owner, child);
  assert.equal(again.metadata.namespace, "n");
  assert.deepEqual(again.metadata.ownerReferences, [
    {
      apiVersion: "example.com/v1",
      kind: "Site",
      name: "a",
      uid: "u",
      controller: true,
      blockOwnerDeletion: true,
    },
  ]);
});
