import assert from "node:assert/strict";
import { test } from "node:test";
import { silent } from "../../../lib/log.ts";
import { seededRandom } from "../../../lib/random.ts";
import { VirtualClock } from "../../../lib/virtual-clock.ts";
import type { ApiObject } from "../../../schema/kind.ts";
import { builtinKinds } from "../../../schema/kinds/index.ts";
import { StatusError } from "../../../schema/status-error.ts";
import type { ResourceQuota } from "../../../schema/types/core-v1.ts";
import { openMemoryStore } from "../../../store/memory.ts";
import { superusers } from "../../auth/authorize.ts";
import { call, serverIdentity } from "../../call.ts";
import { stampOffset } from "../../codec.ts";
import { makeServer } from "../../server.ts";
import { resourceQuota } from "./resource-quota.ts";

/** A server whose only admission is the quota, with a namespace `a`. */
async function quotaServer(hard: Record<string, string>) {
  const clock = new VirtualClock({ settle: () => new Promise((resolve) => setImmediate(resolve)) });
  const store = openMemoryStore({ clock, stamp: stampOffset });
  const { core } = makeServer({
    store,
    turnEnd: (run) => void setImmediate(run),
    kinds: builtinKinds,
    clock,
    random: seededRandom(1),
    build: { commit: "", date: "", platform: "" },
    log: silent,
    connectNode: () => Promise.reject(new Error("no nodes")),
    edge: (made) => ({
      identify: () => serverIdentity,
      authorizers: [superusers],
      admissions: [resourceQuota(made, silent)],
      pages: [],
      computed: {},
    }),
  });
  const send = (method: "GET" | "POST" | "PUT" | "DELETE", path: string, body?: object) =>
    call<ApiObject & { status?: unknown }>(core, {
      method,
      path,
      ...(body === undefined ? {} : { body }),
    });
  const inside = "/api/v1/namespaces/a";
  await send("POST", "/api/v1/namespaces", { metadata: { name: "a" } });
  await send("POST", `${inside}/resourcequotas`, { metadata: { name: "q" }, spec: { hard } });
  /** "ok", or the message of the refusal. */
  const tried = async (write: Promise<unknown>): Promise<string> => {
    try {
      await write;
      return "ok";
    } catch (error) {
      if (error instanceof StatusError) return error.message;
      throw error;
    }
  };
  return {
    send,
    inside,
    clock,
    store,
    create: (name: string, query = "") =>
      tried(
        call(core, {
          method: "POST",
          path: `${inside}/configmaps`,
          query,
          body: { metadata: { name } },
        }),
      ),
    tried,
    used: async (): Promise<Record<string, string>> => {
      await clock.advance(1000);
      const quota = (await send("GET", `${inside}/resourcequotas/q`)) as ResourceQuota;
      return { ...quota.status?.used };
    },
  };
}

test("many writers at once get exactly what is left", async () => {
  const { create, send, used, inside } = await quotaServer({ "count/configmaps": "10" });
  const names = Array.from({ length: 64 }, (_, i) => `c${i}`);
  const answers = await Promise.all(names.map((name) => create(name)));
  const made = names.filter((_, i) => answers[i] === "ok");
  assert.equal(made.length, 10);
  assert.match(
    answers.find((a) => a !== "ok")!,
    /^configmaps "c\d+" is forbidden: exceeded quota: q, requested: count\/configmaps=1, used: count\/configmaps=10, limited: count\/configmaps=10$/,
  );
  assert.deepEqual(await used(), { "count/configmaps": "10" });
  await Promise.all(made.slice(0, 3).map((name) => send("DELETE", `${inside}/configmaps/${name}`)));
  assert.deepEqual(await used(), { "count/configmaps": "7" });
  const again = await Promise.all(names.slice(0, 9).map((name) => create(`again-${name}`)));
  assert.equal(again.filter((a) => a === "ok").length, 3);
  assert.deepEqual(await used(), { "count/configmaps": "10" });
});

test("those who come in one turn share one count", async () => {
  const { create, store, used } = await quotaServer({ "count/configmaps": "100" });
  const before = store.revision();
  const late = async (turns: number): Promise<string> => {
    for (let i = 0; i < turns; i++) await undefined;
    return create(`c${turns}`);
  };
  await Promise.all(Array.from({ length: 20 }, (_, i) => late(i)));
  assert.equal(store.revision() - before, 20 + 1, "one write of the quota beside the objects");
  assert.deepEqual(await used(), { "count/configmaps": "20" });
});

test("a write that fails gives back what it took", async () => {
  const { create, used } = await quotaServer({ "count/configmaps": "3" });
  const answers = await Promise.all(["a", "a", "a"].map((name) => create(name)));
  assert.equal(answers.filter((a) => a === "ok").length, 1);
  assert.deepEqual(await used(), { "count/configmaps": "1" });
  assert.equal(await create("b"), "ok");
  assert.equal(await create("c"), "ok");
  assert.match(await create("d"), /exceeded quota/);
});

test("a dry run is refused like the real thing and counted nowhere", async () => {
  const { create, used } = await quotaServer({ "count/configmaps": "1" });
  assert.equal(await create("a", "dryRun=All"), "ok");
  assert.deepEqual(await used(), { "count/configmaps": "0" });
  assert.equal(await create("a"), "ok");
  assert.match(await create("b", "dryRun=All"), /exceeded quota: q/);
});

test("pods must say what a quota limits, and count until they are over", async () => {
  const { send, used, inside, tried } = await quotaServer({ pods: "2", "requests.cpu": "1" });
  const pod = (name: string, cpu?: string): object => ({
    metadata: { name },
    spec: {
      containers: [
        {
          name: "c",
          image: "i",
          ...(cpu === undefined ? {} : { resources: { requests: { cpu } } }),
        },
      ],
    },
  });
  const create = (name: string, cpu?: string) =>
    tried(send("POST", `${inside}/pods`, pod(name, cpu)));
  assert.equal(
    await create("a"),
    'pods "a" is forbidden: failed quota: q: must specify requests.cpu for: c',
  );
  assert.equal(await create("a", "600m"), "ok");
  assert.equal(
    await create("b", "500m"),
    'pods "b" is forbidden: exceeded quota: q, requested: requests.cpu=500m, used: requests.cpu=600m, limited: requests.cpu=1',
  );
  assert.equal(await create("b", "400m"), "ok");
  assert.deepEqual(await used(), { pods: "2", "requests.cpu": "1" });
  const done = await send("GET", `${inside}/pods/a`);
  await send("PUT", `${inside}/pods/a/status`, { ...done, status: { phase: "Succeeded" } });
  assert.deepEqual(await used(), { pods: "1", "requests.cpu": "400m" });
});

test("a raised limit counts at once", async () => {
  const { create, send, inside } = await quotaServer({ "count/configmaps": "1" });
  assert.equal(await create("a"), "ok");
  assert.match(await create("b"), /exceeded/);
  const quota = (await send("GET", `${inside}/resourcequotas/q`)) as ResourceQuota;
  const next = { ...quota, spec: { hard: { "count/configmaps": "2" } } };
  await send("PUT", `${inside}/resourcequotas/q`, next);
  assert.equal(await create("b"), "ok");
  assert.match(await create("c"), /limited: count\/configmaps=2$/);
});
