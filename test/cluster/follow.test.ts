import assert from "node:assert/strict";
import { test } from "node:test";
import { type Caches, makeCaches } from "../../src/client/cache.ts";
import type { Client } from "../../src/client/client.ts";
import { compareVersions } from "../../src/client/resource-version.ts";
import { silent } from "../../src/lib/log.ts";
import { type Random, randomInteger, seededRandom } from "../../src/lib/random.ts";
import { startCluster, type TestCluster } from "../../src/main/testing.ts";
import { configMaps } from "../../src/schema/resources.ts";
import { StatusError } from "../../src/schema/status-error.ts";
import type { ConfigMap } from "../../src/schema/types/core-v1.ts";

const namespace = "default";

type Faults = {
  /** Of watches and lists, how many fail; of batches, after how many a watch ends. */
  rate: number;
  /** A watch that fails has lost its place. */
  gone: boolean;
};

/** A client whose lists fail and whose watches break. Counts what was asked. */
function flaky(client: Client, random: Random, faults: Faults) {
  const asked = { lists: 0, watches: 0, from: [] as string[] };
  const fails = (): boolean => random.float() < faults.rate;
  const wrapped: Client = {
    ...client,
    async list(resource, options) {
      asked.lists++;
      if (fails()) throw new StatusError(500, "InternalError", "no answer today");
      return client.list(resource, options);
    },
    async *watch(resource, options, signal) {
      asked.watches++;
      asked.from.push(options.resourceVersion ?? "");
      if (fails()) throw new StatusError(faults.gone ? 410 : 500, "Expired", "gone");
      for await (const batch of client.watch(resource, options, signal)) {
        yield batch;
        if (fails()) return;
      }
    },
  };
  return { client: wrapped, asked };
}

function cachesOf({ clock }: TestCluster, client: Client, seed: number): Caches {
  return makeCaches({ client, clock, random: seededRandom(seed), log: silent });
}

const contents = (list: readonly ConfigMap[]): string[] =>
  list.map(({ metadata, data }) => `${metadata.name}=${data?.value}`).sort();

async function disturb({ client }: TestCluster, random: Random): Promise<void> {
  const name = `m${randomInteger(random, 8)}`;
  const data = { value: String(randomInteger(random, 1_000_000)) };
  const there = await client.get(configMaps, { namespace, name }).catch(() => undefined);
  if (!there) await client.create(configMaps, { metadata: { namespace, name }, data });
  else if (random.float() < 0.3) await client.delete(configMaps, { namespace, name });
  else await client.update(configMaps, { ...there, data });
}

for (const gone of [false, true])
  test(`whatever breaks, the cache comes to show what the server has (${gone ? "410" : "500"})`, async () => {
    for (let seed = 1; seed <= 10; seed++) {
      await using cluster = await startCluster({ clock: "virtual", controllers: false });
      const random = seededRandom(seed);
      const { client, asked } = flaky(cluster.client, random, { rate: 0.3, gone });
      const caches = cachesOf(cluster, client, seed);
      const cache = caches.of(configMaps, { namespace });
      const told = new Map<string, ConfigMap>();
      const wrong: string[] = [];
      let revision = "";
      cache.onChange(({ key, old, next }) => {
        const before = told.get(key);
        if (next && before !== old) wrong.push(`${key}: told of a change from another state`);
        if (!before && !next) wrong.push(`${key}: went without having come`);
        if (next) told.set(key, next);
        else told.delete(key);
        if (compareVersions(cache.revision, revision) < 0) wrong.push("back in time");
        revision = cache.revision;
      });
      for (let step = 0; step < 60; step++) {
        await disturb(cluster, random);
        if (random.float() < 0.5) await cluster.clock.advance(randomInteger(random, 3_000));
      }
      await cluster.clock.advance(10 * 60_000);
      const { items } = await cluster.client.list(configMaps, { namespace });
      const where = `seed ${seed}, ${JSON.stringify(asked)}`;
      assert.deepEqual(contents(cache.list()), contents(items), where);
      assert.deepEqual(contents([...told.values()]), contents(items), where);
      assert.deepEqual(wrong, [], where);
      if (!gone) assert.ok(asked.watches > asked.lists, where);
      caches.stop();
    }
  });

test("a watch that ends goes on where it was, without a list", async () => {
  await using cluster = await startCluster({ clock: "virtual", controllers: false });
  const faults = { rate: 0, gone: false };
  const { client, asked } = flaky(cluster.client, seededRandom(1), faults);
  const caches = cachesOf(cluster, client, 1);
  const cache = caches.of(configMaps, { namespace });
  await cluster.until(() => cache.isSynced);
  faults.rate = 1;
  const random = seededRandom(2);
  await disturb(cluster, random);
  await cluster.clock.advance(100);
  faults.rate = 0;
  for (let i = 0; i < 20; i++) await disturb(cluster, random);
  await cluster.clock.advance(5_000);
  assert.equal(asked.lists, 1);
  assert.ok(asked.watches >= 2);
  const { items } = await cluster.client.list(configMaps, { namespace });
  assert.deepEqual(contents(cache.list()), contents(items));
  caches.stop();
});

test("a server that is away is asked at growing intervals", async () => {
  await using cluster = await startCluster({ clock: "virtual", controllers: false });
  const { client, asked } = flaky(cluster.client, seededRandom(1), { rate: 1, gone: false });
  const caches = cachesOf(cluster, client, 1);
  caches.of(configMaps, { namespace });
  await cluster.clock.advance(10_000);
  assert.ok(asked.lists >= 2 && asked.lists <= 6, `${asked.lists}`);
  await cluster.clock.advance(30 * 60_000);
  assert.ok(asked.lists <= 6 + 60, `${asked.lists}`);
  caches.stop();
});
