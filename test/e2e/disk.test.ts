// Bad days of the disk below a data directory, with the real program on a small one of its own: no space, read-only.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, test } from "node:test";
import type { Client } from "../../src/client/client.ts";
import { httpClient } from "../../src/client/http.ts";
import { dataDir } from "../../src/main/data-dir.ts";
import { httpsApi } from "../../src/main/https-api.ts";
import { adminTarget } from "../../src/main/ready.ts";
import { configMaps } from "../../src/schema/resources.ts";
import { StatusError } from "../../src/schema/status-error.ts";
import type { ConfigMap } from "../../src/schema/types/core-v1.ts";
import { type Output, run } from "./machine.ts";

const program = resolve(import.meta.dirname, "../../bin/coxswain.mjs");
const folder = mkdtempSync(join(tmpdir(), "cox-disk-"));
const disk = join(folder, "disk");
mkdirSync(disk);
const mount = (...words: string[]) => spawnSync("mount", [...words, disk]).status === 0;
const skip = !mount("-t", "tmpfs", "-o", "size=40m", "tmpfs") && "needs the right to mount a disk";
after(() => {
  spawnSync("umount", [disk]);
  rmSync(folder, { recursive: true, force: true });
});

const root = join(disk, "cluster");
const filler = join(disk, "filler");
const namespace = "default";

const coxswain = (...words: string[]): Promise<Output> =>
  run(process.execPath, [program, ...words]);
const up = (at: string): Promise<Output> =>
  coxswain("up", "--data-dir", at, "--node", "none", "--port", "0", "--no-kubeconfig");

/** Leaves no byte. */
function fillDisk(): void {
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(filler, Buffer.alloc(bavail * bsize));
  assert.equal(statfsSync(disk).bavail, 0);
}

async function asked<T>(use: (client: Client) => Promise<T>): Promise<T> {
  const { api, close } = httpsApi(adminTarget(dataDir(root)));
  try {
    return await use(httpClient(api));
  } finally {
    close();
  }
}

const large = (name: string): ConfigMap => ({
  metadata: { name, namespace },
  data: { text: "x".repeat(900_000) },
});

test("a running cluster whose disk fills refuses writes by name, reads, deletes, and goes on by itself", {
  skip,
}, async () => {
  const started = await up(root);
  assert.equal(started.code, 0, started.stderr);
  try {
    fillDisk();
    const made: string[] = [];
    const fill = async (client: Client): Promise<void> => {
      for (let n = 0; n < 60; n++) {
        await client.create(configMaps, large(`n${n}`));
        made.push(`n${n}`);
      }
    };
    await asked(async (client) => {
      await assert.rejects(fill(client), (error: unknown) => {
        assert.ok(error instanceof StatusError, `${error}`);
        assert.equal(error.code, 507);
        assert.match(error.message, /disk of the data directory is full: nothing can be written/);
        assert.equal(error.toStatus().details?.retryAfterSeconds, 1);
        return true;
      });
      const { items } = await client.list(configMaps, { namespace });
      assert.ok(made.every((name) => items.some(({ metadata }) => metadata.name === name)));
      await client.delete(configMaps, { namespace, name: made[0]! });
      const draft = await coxswain("snapshot", "save", join(disk, "copy"), "--data-dir", root);
      assert.equal(draft.code, 5);
      assert.match(draft.stderr, /^coxswain: snapshot .*copy: ENOSPC: no space left on device/);
      rmSync(filler);
      const end = performance.now() + 60_000;
      for (;;) {
        const done = await client.create(configMaps, large("after")).catch(() => undefined);
        if (done) break;
        assert.ok(performance.now() < end, "it goes on once there is space");
        await new Promise((wait) => setTimeout(wait, 100));
      }
    });
  } finally {
    await coxswain("down", "--data-dir", root);
    rmSync(filler, { force: true });
  }
});

test("no cluster is made on a disk without space: one sentence says why", { skip }, async () => {
  fillDisk();
  try {
    const { code, stderr } = await up(join(disk, "new"));
    assert.equal(code, 5, stderr);
    assert.match(stderr, /^coxswain: data directory .*new cannot be used: ENOSPC.*make some space/);
  } finally {
    rmSync(filler);
    rmSync(join(disk, "new"), { recursive: true, force: true });
  }
});

test("a read-only disk is told in one sentence, whatever is asked for", { skip }, async () => {
  assert.ok(mount("-o", "remount,ro"));
  try {
    const rows: [string[], RegExp][] = [
      [["server", "--node", "none", "--port", "0"], /data directory .* cannot be used: EROFS/],
      [["rewind", "--to", "3"], /store cannot be opened: .*EROFS.*make the folder writable/],
      [["fork", "second", "--into", join(disk, "second")], /cannot be forked into .*: EROFS/],
    ];
    for (const [words, message] of rows) {
      const { code, stderr } = await coxswain(...words, "--data-dir", root);
      assert.equal(code, 5, stderr);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /\n {4}at /, "no stack");
    }
  } finally {
    mount("-o", "remount,rw");
  }
});
