// Three servers on three members of etcd, each killed in turn under load: no acknowledged write is lost, nobody reads an
// older state than before, watches go on at another server, controllers go on in another one.
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import type { Client } from "../../src/client/client.ts";
import { httpClient } from "../../src/client/http.ts";
import { systemClock } from "../../src/lib/system.ts";
import { dataDir } from "../../src/main/data-dir.ts";
import { httpsApi } from "../../src/main/https-api.ts";
import { adminTarget, askReady } from "../../src/main/ready.ts";
import { readRunning } from "../../src/main/running.ts";
import {
  configMaps,
  deployments,
  endpoints,
  leases,
  replicaSets,
  secrets,
  serviceAccounts,
} from "../../src/schema/resources.ts";
import { StatusError } from "../../src/schema/status-error.ts";
import type { Deployment } from "../../src/schema/types/apps-v1.ts";
import type { TokenRequest } from "../../src/schema/types/authentication-v1.ts";
import type { ConfigMap, Secret } from "../../src/schema/types/core-v1.ts";
import { connectMembers } from "../../src/store/etcd/members.ts";
import { type EtcdCluster, findEtcd, startEtcd, whyNoEtcd } from "../store/etcd-cluster.ts";

const bin = resolve(import.meta.dirname, "../../bin/coxswain.mjs");
const program = findEtcd();
const namespace = "default";

type Place = { folder: string; etcd: EtcdCluster; secret: string };

class ServerProcess {
  readonly folder: string;
  readonly #words: string[];
  readonly #dir;
  readonly #log: string;
  #child: ChildProcess | undefined;
  #exited: Promise<number | null> = Promise.resolve(0);
  #closeClient: () => void = () => {};

  constructor({ folder, etcd, secret }: Place, name: string, more: readonly string[] = []) {
    const root = join(folder, name);
    this.folder = root;
    this.#dir = dataDir(root);
    this.#log = join(folder, `${name}.log`);
    const { files } = etcd;
    this.#words = [
      ...[bin, "server", "--node", "none", "--port", "0", "--data-dir", root, "--no-kubeconfig"],
      ...["--store", etcd.endpoints.join(","), "--cluster-secret", secret],
      ...["--store-cert", files.certificate, "--store-key", files.key, "--store-ca", files.ca],
      ...more,
    ];
  }

  start(): void {
    const log = openSync(this.#log, "a");
    const child = spawn(process.execPath, this.#words, { stdio: ["ignore", log, log] });
    this.#child = child;
    this.#exited = new Promise((done) => child.once("exit", done));
  }

  /** Resolves with a client once the server is ready. */
  async ready(): Promise<Client> {
    await until(`${this.#log} is ready`, async () => {
      assert.equal(this.#child?.exitCode, null, readFileSync(this.#log, "utf8"));
      const running = readRunning(this.#dir);
      if (!running || !existsSync(this.#dir.kubeconfig)) return false;
      return running.pid === this.#child?.pid && (await askReady(this.#dir, running)).ok;
    });
    this.#closeClient();
    const { api, close } = httpsApi(adminTarget(this.#dir));
    this.#closeClient = close;
    return httpClient(api);
  }

  /** `:36523` */
  get port(): string {
    return /:\d+$/.exec(readRunning(this.#dir)?.server ?? "")?.[0] ?? "no port";
  }

  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    this.#closeClient();
    if (!this.#child || this.#child.exitCode !== null || this.#child.signalCode) return;
    this.#child.kill(signal);
    await this.#exited;
  }

  /** Exit code and what it said, of a server that does not come up. */
  async refusal(): Promise<{ code: number | null; text: string }> {
    this.start();
    return { code: await this.#exited, text: readFileSync(this.#log, "utf8") };
  }
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 90_000;
  while (!(await holds())) {
    assert.ok(performance.now() < end, `not in time: ${what}`);
    await new Promise((done) => setTimeout(done, 25));
  }
}

/** The servers that answer at present, for clients that go to the next one when one fails. */
type Pool = (Client | undefined)[];

type Load = { acknowledged: Map<string, number>; problems: string[]; stop(): Promise<void> };

/** Makes ConfigMaps through one server after the other, and reads each at the next one. */
function makeLoad(pool: Pool): Load {
  const acknowledged = new Map<string, number>();
  const problems: string[] = [];
  let stopped = false;
  const write = async (worker: number): Promise<void> => {
    for (let n = 0; !stopped; n++) {
      const name = `load-${worker}-${n}`;
      const at = pool[(worker + n) % pool.length];
      const other = pool[(worker + n + 1) % pool.length];
      try {
        const made = await at?.create(configMaps, { metadata: { name, namespace } } as ConfigMap);
        if (!made) await new Promise((done) => setTimeout(done, 5));
        else acknowledged.set(name, Number(made.metadata.resourceVersion));
      } catch {
        // Not acknowledged: the server was killed, or etcd had no leader. The next name is another one.
        continue;
      }
      if (!acknowledged.has(name) || !other) continue;
      await other.get(configMaps, { namespace, name }).catch((error) => {
        if (error instanceof StatusError && error.code === 404)
          problems.push(`${name} was acknowledged, but is not there at another server`);
      });
    }
  };
  const workers = Array.from({ length: 6 }, (_, i) => write(i));
  return {
    acknowledged,
    problems,
    async stop() {
      stopped = true;
      await Promise.all(workers);
    },
  };
}

type Seen = { names: Map<string, number>; problems: string[]; last: number; stop(): Promise<void> };

/** One watch, resumed from the last version that it saw at whichever server answers. */
function watchAll(pool: Pool, from: string): Seen {
  const abort = new AbortController();
  const seen: Seen = { names: new Map(), problems: [], last: Number(from), stop };
  const run = async (): Promise<void> => {
    for (let turn = 0; !abort.signal.aborted; turn++) {
      const client = pool[turn % pool.length];
      const options = { namespace, resourceVersion: String(seen.last) };
      try {
        if (!client) await new Promise((done) => setTimeout(done, 5));
        else
          for await (const batch of client.watch(configMaps, options, abort.signal))
            for (const event of batch) take(event.type, event.object as ConfigMap);
      } catch (error) {
        if (error instanceof StatusError && error.code === 410) {
          seen.problems.push(`the watch could not be resumed from ${seen.last}: ${error.message}`);
          return;
        }
      }
    }
  };
  const take = (type: string, { metadata }: ConfigMap): void => {
    const revision = Number(metadata.resourceVersion);
    if (revision <= seen.last) seen.problems.push(`${revision} came after ${seen.last}`);
    seen.last = revision;
    if (type === "ADDED") seen.names.set(metadata.name ?? "", revision);
  };
  const running = run();
  async function stop(): Promise<void> {
    abort.abort();
    await running;
  }
  return seen;
}

const deployment = (name: string): Deployment => ({
  metadata: { name, namespace },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: "c", image: "example.com/app:1" }] },
    },
  },
});

async function withServers(
  run: (servers: ServerProcess[], place: Place) => Promise<void>,
): Promise<void> {
  await using etcd = await startEtcd(program!);
  const folder = mkdtempSync(join(tmpdir(), "coxswain-shared-"));
  const secret = join(folder, "secret");
  writeFileSync(secret, "a secret of more than sixteen bytes\n", { mode: 0o600 });
  const place = { folder, etcd, secret };
  const servers = ["a", "b", "c"].map((name) => new ServerProcess(place, name));
  try {
    await run(servers, place);
  } finally {
    await Promise.all(servers.map((server) => server.end("SIGKILL")));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Where the server that holds a lease listens: its identity names the server's own Lease. */
async function addressOf(client: Client, holder: string): Promise<string> {
  const name = `apiserver-${holder.slice(holder.indexOf("_") + 1)}`;
  const { metadata } = await client.get(leases, { namespace: "kube-system", name });
  return metadata.annotations?.["coxswain.dev/endpoint"] ?? "";
}

if (program === undefined) test("three servers on one etcd", (t) => t.skip(whyNoEtcd));
else {
  test("servers and members are killed in turn: no write is lost, reads and watches never go back", async (t) => {
    await withServers(async (servers, { etcd }) => {
      for (const server of servers) server.start();
      const pool: Pool = await Promise.all(servers.map((server) => server.ready()));
      const { metadata } = await pool[0]!.list(configMaps, { namespace });
      const seen = watchAll(pool, metadata.resourceVersion!);
      const load = makeLoad(pool);
      const progress = async (): Promise<void> => {
        const at = load.acknowledged.size;
        await until("writes go on", () => load.acknowledged.size > at + 60);
      };
      try {
        await progress();
        for (const [i, server] of servers.entries()) {
          pool[i] = undefined;
          await server.end("SIGKILL");
          await progress();
          server.start();
          pool[i] = await server.ready();
          await progress();
        }
        for (const member of etcd.members) {
          await member.kill();
          await progress();
          member.start();
          await progress();
        }
      } finally {
        await load.stop();
      }
      const newest = Math.max(...load.acknowledged.values());
      await until("the watch has caught up", () => seen.last >= newest || seen.problems.length > 0);
      await seen.stop();
      assert.deepEqual([...load.problems, ...seen.problems], []);
      for (const client of pool) {
        const { items } = await client!.list(configMaps, { namespace });
        const there = new Set(items.map((item) => item.metadata.name));
        const lost = [...load.acknowledged.keys()].filter((name) => !there.has(name));
        assert.deepEqual(lost, [], "every acknowledged write is there");
      }
      const missed = [...load.acknowledged].filter(([name, rv]) => seen.names.get(name) !== rv);
      assert.deepEqual(missed, [], "the watch has shown every acknowledged write");
      t.diagnostic(`${load.acknowledged.size} acknowledged writes`);
    });
  });

  test("a leader that ends hands over, a killed one is followed; the Service lists who lives", async (t) => {
    await withServers(async (servers) => {
      for (const server of servers) server.start();
      const clients = await Promise.all(servers.map((server) => server.ready()));
      const lease = { namespace: "kube-system", name: "kube-controller-manager" };
      const listed = async (client: Client): Promise<number> => {
        const { subsets } = await client.get(endpoints, { namespace, name: "kubernetes" });
        return (subsets ?? []).flatMap(({ addresses }) => addresses ?? []).length;
      };
      await until("all three are listed", async () => (await listed(clients[2]!)) === 3);
      const holder = async (client: Client): Promise<string> =>
        (await client.get(leases, lease)).spec?.holderIdentity ?? "";
      await until("one leads", async () => (await holder(clients[0]!)) !== "");
      const left = [0, 1, 2];
      for (const signal of ["SIGTERM", "SIGKILL"] as const) {
        const leading = await holder(clients[left[0]!]!);
        const told = await addressOf(clients[left[0]!]!, leading);
        const index = left.find((i) => told.endsWith(servers[i]!.port))!;
        left.splice(left.indexOf(index), 1);
        const client = clients[left[0]!]!;
        const began = performance.now();
        const ended = servers[index]!.end(signal);
        await until("another one leads", async () => {
          const now = await holder(client);
          return now !== "" && now !== leading;
        });
        const tookMs = Math.round(performance.now() - began);
        t.diagnostic(`${signal}: another leads ${tookMs} ms later`);
        if (signal === "SIGTERM") assert.ok(tookMs < 5000, "without waiting for the lease to end");
        await ended;
        const name = `after-${signal.toLowerCase()}`;
        await client.create(deployments, deployment(name));
        await until("its controllers work", async () => {
          const { items } = await client.list(replicaSets, { namespace });
          return items.some((item) => item.metadata.name?.startsWith(name));
        });
        await until(
          "who is gone is not listed",
          async () => (await listed(client)) === left.length,
        );
      }
    });
  });

  test("a server with another secret is refused and changes nothing", async () => {
    await withServers(async ([first], place) => {
      first!.start();
      const client = await first!.ready();
      const secret = join(place.folder, "other");
      writeFileSync(secret, "quite another secret of some length\n");
      const stranger = new ServerProcess({ ...place, secret }, "stranger");
      const { code, text } = await stranger.refusal();
      assert.equal(code, 5, text);
      assert.match(text, /other is not the secret of cluster .* Nothing was changed/);
      const { subsets } = await client.get(endpoints, { namespace, name: "kubernetes" });
      assert.equal(subsets?.flatMap(({ addresses }) => addresses ?? []).length, 1);
    });
  });

  test("what encrypts values is shared, and a snapshot moves a cluster from etcd to a disk and back", async () => {
    await withServers(async ([, plain], place) => {
      const { folder, etcd } = place;
      const config = join(folder, "encryption.json");
      const key = { name: "one", secret: Buffer.alloc(32, 7).toString("base64") };
      const providers = [{ aesgcm: { keys: [key] } }, { identity: {} }];
      const resources = [{ resources: ["secrets"], providers }];
      const apiVersion = "apiserver.config.k8s.io/v1";
      writeFileSync(
        config,
        JSON.stringify({ apiVersion, kind: "EncryptionConfiguration", resources }),
      );
      const first = new ServerProcess(place, "first", ["--encryption-provider-config", config]);
      try {
        first.start();
        const client = await first.ready();
        const ref = { namespace, name: "told" };
        await client.create(secrets, {
          metadata: ref,
          stringData: { word: "swordfish" },
        } as Secret);
        plain!.start();
        const other = await plain!.ready();
        const word = (secret: Secret): string => atob(secret.data?.["word"] ?? "");
        assert.equal(word(await other.get(secrets, ref)), "swordfish");
        assert.match(
          await storedIn(etcd, "/registry/core/secrets/default/told"),
          /^k8s:enc:aesgcm:v1:one:/,
        );

        const run = (...words: string[]): string =>
          execFileSync(process.execPath, [bin, ...words], { encoding: "utf8", stdio: "pipe" });
        const { folder: elsewhere } = plain!;
        await until("the other server knows who wrote it", () => {
          const told = run("history", "secret/told", "--data-dir", elsewhere, "--json");
          return JSON.parse(told)[0].user === "kubernetes-admin";
        });
        assert.match(run("certs", "--data-dir", elsewhere), /^front-proxy-ca /m);
        const signing = async (of: Client): Promise<string> => {
          const account = { namespace, name: "default" };
          const asked = { spec: { audiences: [] } } as unknown as TokenRequest;
          const { status }: TokenRequest = await of.post(serviceAccounts, account, "token", asked);
          const [head = ""] = status?.token.split(".") ?? [];
          return JSON.parse(Buffer.from(head, "base64url").toString()).kid;
        };
        const before = await signing(client);
        run("rotate", "token-key", "--data-dir", elsewhere);
        await until("both sign with the new key", async () => {
          const [now, there] = [await signing(client), await signing(other)];
          return now !== before && there === now;
        });

        const file = join(folder, "snapshot");
        run("snapshot", "save", file, "--data-dir", join(folder, "first"));
        const onDisk = join(folder, "disk");
        run("snapshot", "restore", file, "--data-dir", onDisk);
        const back = join(folder, "back");
        run("snapshot", "save", back, "--data-dir", onDisk);
        await using empty = await startEtcd(program!, { members: 1 });
        const { files } = empty;
        const words = ["--store", empty.endpoints[0]!, "--cluster-secret", place.secret];
        words.push(
          "--store-cert",
          files.certificate,
          "--store-key",
          files.key,
          "--store-ca",
          files.ca,
        );
        run("snapshot", "restore", back, ...words, "--data-dir", join(folder, "none"));
        const moved = new ServerProcess({ ...place, etcd: empty }, "moved");
        try {
          moved.start();
          assert.equal(word(await (await moved.ready()).get(secrets, ref)), "swordfish");
        } finally {
          await moved.end("SIGKILL");
        }
      } finally {
        await first.end("SIGKILL");
      }
    });
  });
}

/** What stands in etcd for a key. */
async function storedIn(etcd: EtcdCluster, key: string): Promise<string> {
  const members = await connectMembers({ ...etcd, clock: systemClock });
  const { answer } = await members.call("range", { key: Buffer.from(key) });
  members.close();
  return Buffer.from(answer.kvs[0]?.value ?? []).toString("latin1");
}
