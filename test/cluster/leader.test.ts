import assert from "node:assert/strict";
import { test } from "node:test";
import type { Client } from "../../src/client/client.ts";
import { startLeader } from "../../src/control/leader.ts";
import { silent } from "../../src/lib/log.ts";
import { startCluster, type TestCluster } from "../../src/main/testing.ts";
import { leases } from "../../src/schema/resources.ts";

const lease = { namespace: "kube-system", name: "kube-controller-manager" };

const start = (): Promise<TestCluster> => startCluster({ clock: "virtual", controllers: false });

/** Candidates note in `story` when they begin and end to lead. */
function candidate(cluster: TestCluster, identity: string, story: string[], client?: Client) {
  const { clock, random } = cluster;
  return startLeader({
    client: client ?? cluster.client,
    clock,
    random,
    log: silent,
    lease,
    identity,
    async lead(signal) {
      story.push(`${identity} leads`);
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      story.push(`${identity} ends`);
    },
  });
}

/** A server that does not answer while `isCut`. */
function severed({ client }: TestCluster): { client: Client; isCut: boolean } {
  const state = { isCut: false, client };
  const never = new Promise<never>(() => {});
  state.client = new Proxy(client, {
    get: (target, name, self) => (state.isCut ? () => never : Reflect.get(target, name, self)),
  });
  return state;
}

test("one of two leads, renews every two seconds, and the lease says so", async () => {
  await using cluster = await start();
  const story: string[] = [];
  const first = candidate(cluster, "first", story);
  await cluster.clock.advance(10);
  const second = candidate(cluster, "second", story);
  await cluster.clock.advance(60_000);
  assert.deepEqual([first.isLeader, second.isLeader, story], [true, false, ["first leads"]]);
  const { spec } = await cluster.client.get(leases, lease);
  assert.equal(spec?.holderIdentity, "first");
  assert.deepEqual([spec?.leaseDurationSeconds, spec?.leaseTransitions], [15, 0]);
  const age = cluster.clock.now() - Date.parse(spec!.renewTime!);
  assert.ok(age <= 2_000, `${age}`);
  await Promise.all([first.stop(), second.stop()]);
});

test("a leader that stops leaves the lease, and another leads within seconds", async () => {
  await using cluster = await start();
  const story: string[] = [];
  const first = candidate(cluster, "first", story);
  await cluster.clock.advance(10);
  const second = candidate(cluster, "second", story);
  await cluster.clock.advance(1_000);
  await first.stop();
  await cluster.clock.advance(5_500);
  assert.deepEqual(story, ["first leads", "first ends", "second leads"]);
  const { spec } = await cluster.client.get(leases, lease);
  assert.deepEqual([spec?.holderIdentity, spec?.leaseTransitions], ["second", 1]);
  await second.stop();
});

test("a leader that loses the server ends before another begins", async () => {
  await using cluster = await start();
  const story: string[] = [];
  const network = severed(cluster);
  const first = candidate(cluster, "first", story, network.client);
  await cluster.clock.advance(10);
  const second = candidate(cluster, "second", story);
  await cluster.clock.advance(4_000);
  network.isCut = true;
  await cluster.clock.advance(9_000);
  assert.deepEqual(story, ["first leads"]);
  await cluster.clock.advance(4_000);
  assert.deepEqual(story, ["first leads", "first ends"]);
  await cluster.clock.advance(8_000);
  assert.deepEqual(story, ["first leads", "first ends", "second leads"]);
  network.isCut = false;
  await cluster.clock.advance(60_000);
  assert.deepEqual([first.isLeader, second.isLeader], [false, true]);
  await second.stop();
  assert.equal(story.length, 4);
});

test("a leader that sees another one's name in the lease ends at once", async () => {
  await using cluster = await start();
  const story: string[] = [];
  const first = candidate(cluster, "first", story);
  await cluster.clock.advance(10);
  await cluster.client.patch(
    leases,
    lease,
    { spec: { holderIdentity: "usurper" } },
    { type: "merge" },
  );
  await cluster.clock.advance(2_100);
  assert.deepEqual(story, ["first leads", "first ends"]);
  const { spec } = await cluster.client.get(leases, lease);
  assert.equal(spec?.holderIdentity, "usurper");
  await first.stop();
});
