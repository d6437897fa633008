// snapshot, fork, rewind and history as typed, with the real program and no node.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import type { Client } from "../../src/client/client.ts";
import { httpClient } from "../../src/client/http.ts";
import { dataDir } from "../../src/main/data-dir.ts";
import { httpsApi } from "../../src/main/https-api.ts";
import { adminTarget } from "../../src/main/ready.ts";
import { configMaps } from "../../src/schema/resources.ts";
import type { ConfigMap } from "../../src/schema/types/core-v1.ts";
import { type Machine, makeMachine, run } from "./machine.ts";

const program = resolve(import.meta.dirname, "../../bin/coxswain.mjs");

const ref = { namespace: "default", name: "boat" };

async function asked<T>(folder: string, use: (client: Client) => Promise<T>): Promise<T> {
  const { api, close } = httpsApi(adminTarget(dataDir(folder)));
  try {
    return await use(httpClient(api));
  } finally {
    close();
  }
}

const crewAt = async (folder: string): Promise<string | undefined> =>
  asked(folder, async (client) => (await client.get(configMaps, ref)).data?.["crew"]);

/** Runs a command that must succeed; its record. */
// biome-ignore lint/suspicious/noExplicitAny: a test looks at records of all kinds
async function done(machine: Machine, ...words: string[]): Promise<any> {
  const { code, stdout, stderr } = await machine.coxswain(...words, "--json");
  assert.equal(code, 0, `${words.join(" ")}: ${stderr}`);
  return JSON.parse(stdout);
}

/** Its process must be gone before its folder is. */
async function removeFork(name: string, folder: string): Promise<void> {
  await run(process.execPath, [program, "delete", "--name", name, "--data-dir", folder]);
}

test("the past of a cluster: history, snapshot, fork, rewind, restore", async () => {
  await using machine = makeMachine("past", ["--node", "none"]);
  await machine.up();
  const { folder, dataDir: root } = machine;
  const at = (name: string): string => join(folder, name);
  await asked(root, async (client) => {
    await client.create(configMaps, { metadata: ref, data: { crew: "eight" } } as ConfigMap);
    await client.patch(configMaps, ref, { data: { crew: "nine" } }, { type: "merge" });
  });

  const versions = await done(machine, "history", "cm/boat", "--diff");
  assert.deepEqual(versions[0].changes, ['  data.crew: "eight" → "nine"']);
  assert.equal(versions[0].user, "kubernetes-admin");
  assert.equal(versions.length, 2);
  const first: number = versions[1].revision;

  const saved = await done(machine, "snapshot", "save", at("one"));
  const { code, stdout } = await machine.coxswain("status");
  assert.equal(code, 0, stdout);
  assert.ok(saved.revision >= versions[0].revision);

  await using _fork = { [Symbol.asyncDispose]: () => removeFork("second", at("second")) };
  const forked = await done(machine, "fork", "second", "--into", at("second"));
  assert.equal(await crewAt(at("second")), "nine");
  assert.notEqual(
    forked.server,
    JSON.parse(readFileSync(join(root, "running.json"), "utf8")).server,
  );
  const again = await machine.coxswain("fork", "second", "--into", at("second"));
  assert.equal(again.code, 5, again.stderr);
  assert.match(again.stderr, /is there already/);

  const busy = await machine.coxswain("rewind", "--to", `${first}`);
  assert.equal(busy.code, 5);
  assert.match(busy.stderr, /runs the cluster: stop it with coxswain down, or rewind a fork/);
  await done(machine, "rewind", "--to", `${first}`, "--fork", "third", "--into", at("third"));
  const nowhere = ["--to", "1000000", "--fork", "fourth", "--into", at("fourth")];
  assert.equal((await machine.coxswain("rewind", ...nowhere)).code, 3);
  assert.ok(!existsSync(at("fourth")), "no fork that nobody asked for");
  await done(machine, "down");
  const far = await machine.coxswain("rewind", "--to", "1000000");
  assert.equal(far.code, 3);
  assert.match(
    far.stderr,
    /revision 1000000 cannot be reached: the log of this store holds revisions/,
  );
  await done(machine, "rewind", "--to", `${first}`);
  await machine.up();
  assert.equal(await crewAt(root), "eight");
  const past = await done(machine, "history", "cm/boat");
  const users = past.map(({ user }: { user: string }) => user);
  assert.deepEqual(
    users.slice(-2),
    ["kubernetes-admin", "kubernetes-admin"],
    "of an earlier start",
  );
  assert.equal(await crewAt(at("second")), "nine", "a fork goes its own way");
  await done(machine, "down");

  await using other = makeMachine("other", ["--node", "none"]);
  await done(other, "snapshot", "restore", at("one"));
  await other.up();
  assert.equal(await crewAt(other.dataDir), "nine");
  const full = await other.coxswain("snapshot", "restore", at("one"));
  assert.equal(full.code, 5);
  const bytes = readFileSync(at("one"));
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(at("altered"), bytes);
  const altered = await machine.coxswain("snapshot", "restore", at("altered"));
  assert.equal(altered.code, 5);
  assert.ok(existsSync(root));
});
