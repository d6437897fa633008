import assert from "node:assert/strict";
import { test } from "node:test";
import type { Client } from "../client/client.ts";
import type { ApiObject } from "../schema/kind.ts";
import { configMaps, pods } from "../schema/resources.ts";
import { StatusError } from "../schema/status-error.ts";
import { standardAct } from "./act.ts";
import type { Action, Said } from "./action.ts";

type Call = { verb: string; name: string; options?: unknown };

/** Answers at once, unless `refuse` gives an error; notes how many calls were under way together. */
function fake(refuse: (call: Call) => Error | undefined = () => undefined) {
  const calls: Call[] = [];
  const said: Said[] = [];
  let underWay = 0;
  const together: number[] = [];
  async function ask<T>(call: Call, answer: T): Promise<T> {
    calls.push(call);
    together.push(++underWay);
    await new Promise(setImmediate);
    underWay--;
    const error = refuse(call);
    if (error) throw error;
    return answer;
  }
  const named = (name: string): ApiObject => ({ metadata: { name, uid: `uid-${name}` } });
  const client = {
    create: (_: unknown, object: ApiObject) =>
      ask({ verb: "create", name: object.metadata.name! }, object),
    update: (_: unknown, object: ApiObject, options: unknown) =>
      ask({ verb: "update", name: object.metadata.name!, options }, object),
    patch: (_: unknown, ref: { name: string }, __: unknown, options: unknown) =>
      ask({ verb: "patch", name: ref.name, options }, named(ref.name)),
    delete: (_: unknown, ref: { name: string }, options: unknown) =>
      ask({ verb: "delete", name: ref.name, options }, undefined),
    get: (_: unknown, ref: { name: string }) =>
      ask({ verb: "get", name: ref.name }, named(ref.name)),
  } as unknown as Client;
  const act = standardAct({ client, record: (event) => said.push(event) });
  return { act, calls, said, together };
}

const create = (name: string): Action => ({
  do: "create",
  resource: configMaps,
  object: { metadata: { name } },
});

const remove = (name: string): Action => ({
  do: "delete",
  resource: pods,
  ref: { name },
  uid: `uid-${name}`,
});

const named = (count: number, make: (name: string) => Action): Action[] =>
  Array.from({ length: count }, (_, i) => make(`o${i}`));

test("creates come in batches of 1, 2, 4, …", async () => {
  const { act, calls, together } = fake();
  await act(named(10, create));
  assert.equal(calls.length, 10);
  assert.deepEqual(together, [1, 1, 2, 1, 2, 3, 4, 1, 2, 3]);
});

test("after a refused batch no more is created, and the status is told of it", async () => {
  const { act, calls } = fake(({ verb }) =>
    verb === "create" ? new StatusError(403, "Forbidden", "exceeded quota") : undefined,
  );
  const object = { metadata: { name: "owner" }, status: { old: true } };
  const acted = await act([
    ...named(10, create),
    remove("later"),
    {
      do: "setStatus",
      resource: pods,
      object,
      status: (failure: { error: Error } | undefined) => ({ why: failure?.error.message }),
    },
    { do: "again", afterMs: 500 },
    { do: "again", afterMs: 200 },
  ]);
  assert.deepEqual(
    calls.map(({ verb, name }) => `${verb} ${name}`),
    ["create o0", "update owner"],
  );
  assert.equal(acted.error?.message, "exceeded quota");
  assert.equal(acted.againMs, 200);
});

test("a status that is equal is not written", async () => {
  const { act, calls } = fake();
  const object = { metadata: { name: "owner" }, status: { replicas: 1, conditions: [{ a: 1 }] } };
  const status = { conditions: [{ a: 1 }], replicas: 1 };
  const acted = await act([{ do: "setStatus", resource: pods, object, status }]);
  assert.deepEqual([calls, acted.written], [[], []]);
});

test("deletes name the object's UID, and one that is gone is no failure", async () => {
  const { act, calls } = fake(() => new StatusError(404, "NotFound", "gone"));
  const acted = await act([remove("a"), remove("b")]);
  assert.equal(acted.error, undefined);
  assert.equal((calls[0]!.options as { uid: string }).uid, "uid-a");
});

test("all deletes of a batch are tried, and the first failure is the one that is told", async () => {
  const { act, calls } = fake(({ name }) =>
    name === "o3" || name === "o7" ? new StatusError(500, "InternalError", name) : undefined,
  );
  const acted = await act(named(10, remove));
  assert.equal(calls.length, 10);
  assert.equal(acted.error?.message, "o3");
  assert.equal(acted.written.length, 8);
});

test("creating in a namespace that goes is no failure", async () => {
  const causes = [{ reason: "NamespaceTerminating", message: "it goes" }];
  const { act } = fake(() => new StatusError(403, "Forbidden", "it goes", { causes }));
  assert.equal((await act([create("a")])).error, undefined);
});

test("an optional patch may be found invalid, another one not", async () => {
  const patch = (isOptional: boolean): Action => ({
    do: "patch",
    resource: pods,
    ref: { name: "a" },
    type: "strategic",
    patch: {},
    isOptional,
  });
  const refuse = (): Error => new StatusError(422, "Invalid", "no");
  assert.equal((await fake(refuse).act([patch(true)])).error, undefined);
  assert.equal((await fake(refuse).act([patch(false)])).error?.message, "no");
});

test("nothing is adopted for an owner that is another one by now", async () => {
  const { act, calls } = fake();
  const acted = await act([
    { do: "confirm", resource: pods, ref: { name: "owner" }, uid: "uid-of-before" },
    create("a"),
  ]);
  assert.deepEqual(
    calls.map(({ verb }) => verb),
    ["get"],
  );
  assert.match(acted.error!.message, /the original pods owner is gone/);
});

test("what is done and what fails is said", async () => {
  const { act, said } = fake(({ name }) =>
    name === "bad" ? new StatusError(409, "AlreadyExists", "is there") : undefined,
  );
  const report = {
    about: { kind: "Pod", name: "owner" },
    done: { reason: "Made", message: (made?: ApiObject) => `made ${made?.metadata.name}` },
    failed: { reason: "NotMade", message: (why: string) => `not made: ${why}` },
  };
  const make = (name: string): Action => ({ ...create(name), report }) as Action;
  await act([make("good"), make("bad")]);
  assert.deepEqual(
    said.map(({ type, reason, message }) => `${type} ${reason}: ${message}`),
    ["Normal Made: made good", "Warning NotMade: not made: is there"],
  );
});
