// Backups, forks and rewinds of a store on a real disk.
import assert from "node:assert/strict";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { systemClock, systemRandom } from "../../src/lib/system.ts";
import { inspectBackup, keepBackup } from "../../src/main/backup.ts";
import { snapshotNow, snapshotSchedule } from "../../src/main/scheduled-snapshots.ts";
import { forkStore } from "../../src/store/backup/fork.ts";
import { restoreToDisk, restoreToStore } from "../../src/store/backup/restore.ts";
import { rewind } from "../../src/store/backup/rewind.ts";
import { writeBackup } from "../../src/store/backup/write.ts";
import { type EmbeddedStoreOptions, openEmbeddedStore } from "../../src/store/embedded.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import { openNodeDisk } from "../../src/store/node-disk.ts";
import type { Store } from "../../src/store/store.ts";
import { bytes, mustPut, shape, stampHole } from "../store/values.ts";

const segments = { min: 8192, max: 8192, reserve: 4096 };

async function openAt(folder: string, more: Partial<EmbeddedStoreOptions> = {}): Promise<Store> {
  return openEmbeddedStore({
    disk: await openNodeDisk(folder),
    clock: systemClock,
    random: systemRandom,
    program: "0.1.0",
    stamp: stampHole,
    segments,
    fatal: (error) => assert.fail(error),
    ...more,
  });
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "coxswain-backup-"));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const files = new Map([["pki/ca.key", bytes("PRIVATE")]]);
const backupOf = (store: Store): AsyncGenerator<Uint8Array> =>
  writeBackup(store, { program: "0.1.0", cluster: "c", time: 1_700_000_000_000, files });

async function fill(store: Store): Promise<void> {
  for (let i = 0; i < 300; i++)
    await mustPut(store, `/registry/core/boats/a/${i % 90}`, `{"rv":"","n":${i}}`, "any");
  await store.delete("/registry/core/boats/a/7", "any");
}

function shapes(store: Store): string[] {
  const range = store.range("");
  assert.ok(range.ok);
  return range.entries.map(shape);
}

const sourceOf = async (folder: string, name: string) => ({
  file: await (await openNodeDisk(folder)).open(name, { readOnly: true }),
  path: join(folder, name),
});

test("what is saved under writes is one state, and a restore shows it at its revision", async () => {
  await inFolder(async (folder) => {
    const store = await openAt(join(folder, "a"));
    await fill(store);
    const parts: Uint8Array[] = [];
    let wanted: string[] | undefined;
    for await (const part of backupOf(store)) {
      wanted ??= shapes(store);
      parts.push(part);
      await mustPut(store, "/registry/core/boats/a/1", '{"rv":"","later":1}', "any");
      await store.compact(store.revision());
    }
    const file = join(folder, "backup");
    async function* again(): AsyncGenerator<Uint8Array> {
      yield* parts;
    }
    const saved = await keepBackup(again(), file);
    assert.equal(statSync(file).mode & 0o077, 0, "only its owner may read the keys in it");
    const source = await sourceOf(folder, "backup");
    const disk = await openNodeDisk(join(folder, "b"));
    const target = { disk, clock: systemClock, random: systemRandom, program: "0.1.0" };
    const restored = await restoreToDisk(source, target);
    assert.deepEqual(
      [...restored.files].map(([n, b]) => [n, `${b}`]),
      [["pki/ca.key", "PRIVATE"]],
    );
    const second = await openAt(join(folder, "b"));
    assert.equal(second.revision(), saved.revision);
    assert.deepEqual(shapes(second), wanted);
    await mustPut(second, "/new", "", 0);
    assert.equal(second.revision(), saved.revision + 1);
    await assert.rejects(restoreToDisk(source, target), {
      code: "foreign",
      message: /is not empty/,
    });
    await Promise.all([store.close(), second.close(), source.file.close()]);
    const reopened = await openAt(join(folder, "b"));
    assert.equal(reopened.count(""), wanted!.length + 1);
    await reopened.close();
  });
});

test("a restore into a store that has revisions of its own keeps every value", async () => {
  await inFolder(async (folder) => {
    const store = await openAt(join(folder, "a"));
    await fill(store);
    await keepBackup(backupOf(store), join(folder, "backup"));
    const source = await sourceOf(folder, "backup");
    const other = openMemoryStore({ clock: systemClock, stamp: stampHole });
    let prepared = "";
    const left = shapes(store)[0]!.split("=")[0]!;
    await restoreToStore(source, other, {
      async prepare(found) {
        assert.equal(other.count(""), 0, "the cluster's files come first");
        prepared = `${found.get("pki/ca.key")}`;
      },
      skip: (key) => key === left,
    });
    assert.equal(prepared, "PRIVATE");
    const values = (of: Store): string[] =>
      shapes(of).map((text) => text.replace(/"rv":"\d*"/, "").replace(/ created.*/, ""));
    assert.deepEqual(values(other), values(store).slice(1));
    await Promise.all([store.close(), other.close(), source.file.close()]);
  });
});

test("a backup that was cut, altered or lengthened is refused with its place", async () => {
  await inFolder(async (folder) => {
    const store = await openAt(join(folder, "a"));
    await fill(store);
    const file = join(folder, "backup");
    await keepBackup(backupOf(store), file);
    await store.close();
    const whole = readFileSync(file);
    const alter = (at: number): Buffer => {
      const altered = Buffer.from(whole);
      altered[at]! ^= 1;
      return altered;
    };
    const rows: [string, Buffer, RegExp][] = [
      ["nothing", Buffer.alloc(0), /offset 0: no valid header/],
      ["another file", Buffer.from("#!/bin/sh\n"), /offset 0: no valid header of a backup/],
      ["its header", alter(30), /offset 0/],
      ["a record", alter(whole.length >> 1), /damaged at offset \d+: no valid record/],
      ["its end", whole.subarray(0, whole.length - 1), /damaged at offset \d+/],
      ["half of it", whole.subarray(0, whole.length >> 1), /damaged at offset \d+/],
      ["more", Buffer.concat([whole, Buffer.from("x")]), /1 bytes follow behind its end/],
      [
        "a later format",
        Buffer.from(`${whole}`.replace("backup 1 0.1.0", "backup 2 9.0.0")),
        /has format 2, written by coxswain 9\.0\.0.*use coxswain 9\.0\.0 or later/,
      ],
    ];
    for (const [name, content, message] of rows) {
      writeFileSync(file, content);
      await assert.rejects(inspectBackup(file), (error: Error) => {
        assert.match(error.message, message, name);
        assert.ok(error.message.includes(file), "it names the file");
        assert.match(error.message, /take another copy of it|use coxswain/, "and what to do");
        return true;
      });
    }
  });
});

test("a fork has what was acknowledged, shares what is sealed, and goes its own way", async () => {
  await inFolder(async (folder) => {
    const store = await openAt(join(folder, "a"));
    await fill(store);
    const wanted = shapes(store);
    let writing = true;
    const load = (async () => {
      for (let i = 0; writing; i++)
        await mustPut(store, `/load/${i % 50}`, `{"rv":"","i":${i}}`, "any");
    })();
    for (let i = 0; i < 5; i++) {
      const to = join(folder, `fork-${i}`);
      const acknowledged = store.revision();
      const { linkedFiles } = await forkStore(join(folder, "a"), to);
      const linked = readdirSync(to).filter((name) => statSync(join(to, name)).nlink > 1);
      assert.equal(linked.length, linkedFiles);
      assert.ok(linkedFiles > 0);
      const fork = await openAt(to);
      assert.ok(fork.revision() >= acknowledged);
      assert.deepEqual(
        shapes(fork).filter((text) => text.includes("/boats/")),
        wanted,
      );
      await mustPut(fork, "/only/here", "", 0);
      await fork.close();
      assert.equal(store.get("/only/here"), undefined);
    }
    writing = false;
    await load;
    const before = shapes(store);
    await store.close();
    const again = await openAt(join(folder, "a"));
    assert.deepEqual(shapes(again), before, "the forks have changed nothing of it");
    await again.close();
  });
});

test("a fork of a damaged store is refused with its place, and leaves nothing", async () => {
  await inFolder(async (folder) => {
    const root = join(folder, "a");
    const store = await openAt(root);
    for (let i = 0; i < 50; i++) await mustPut(store, `/only/${i}`, `{"rv":"","i":${i}}`, "any");
    await store.close();
    const segment = join(
      root,
      readdirSync(root)
        .filter((name) => name.startsWith("log-"))
        .at(-1)!,
    );
    const bytes = readFileSync(segment);
    bytes[600]! ^= 1;
    writeFileSync(segment, bytes);
    const to = join(folder, "b");
    await assert.rejects(forkStore(root, to), (error: Error) => {
      assert.ok(error.message.startsWith(`${segment}: damaged at offset 589: `), error.message);
      return true;
    });
    assert.ok(!existsSync(to));
  });
});

test("a rewind shows what was, by new revisions, and can be rewound itself", async () => {
  const store = openMemoryStore({ clock: systemClock, stamp: stampHole });
  await mustPut(store, "/kept", '{"rv":"","n":1}', 0);
  await mustPut(store, "/changed", '{"rv":"","n":1}', 0);
  await mustPut(store, "/deleted", '{"rv":"","n":1}', 0);
  const then = store.revision();
  await mustPut(store, "/changed", '{"rv":"","n":2}', "any");
  await store.delete("/deleted", "any");
  await mustPut(store, "/new", '{"rv":"","n":2}', 0);
  await mustPut(store, "/own/keys", "", 0);
  const later = store.revision();
  const keep = (key: string): boolean => key.startsWith("/own/");
  const told = () => shapes(store).map((text) => text.replace(/"rv":"\d*",| created.*/g, ""));
  assert.deepEqual(await rewind(store, then, keep), {
    written: 2,
    deleted: 1,
    revision: later + 3,
  });
  assert.deepEqual(told(), ['/changed={"n":1}', '/deleted={"n":1}', '/kept={"n":1}', "/own/keys="]);
  assert.equal(store.get("/kept")?.modRevision, 2, "what did not change is not written");
  await rewind(store, later, keep);
  assert.deepEqual(told(), ['/changed={"n":2}', '/kept={"n":1}', '/new={"n":2}', "/own/keys="]);
  await assert.rejects(rewind(store, 999, keep), /revision 999 is to come/);
  await store.compact(store.revision());
  await assert.rejects(rewind(store, 2, keep), /revision 2 is forgotten: the past reaches back to/);
  await store.close();
});

test("of scheduled snapshots the newest are kept, and a failure keeps all", async () => {
  await inFolder(async (folder) => {
    const store = openMemoryStore({ clock: systemClock });
    const options = { keep: 2, folder, clock: systemClock, backup: () => backupOf(store) };
    const made: string[] = [];
    for (let i = 0; i < 4; i++) made.push(await snapshotNow(options));
    const kept = (): string[] => readdirSync(folder).map((name) => join(folder, name));
    assert.deepEqual(kept().sort(), made.slice(2).sort());
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield bytes("half");
      throw new Error("the disk has gone");
    }
    await assert.rejects(snapshotNow({ ...options, backup: failing }), /the disk has gone/);
    assert.deepEqual(kept().sort(), made.slice(2).sort());
    assert.throws(() => snapshotSchedule("every day"), /--snapshot-schedule "every day"/);
    await store.close();
  });
});
