import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { silent } from "../../src/lib/log.ts";
import { systemClock } from "../../src/lib/system.ts";
import { sharedKeys } from "../../src/main/cluster-keys.ts";
import { dataDir } from "../../src/main/data-dir.ts";
import { makeTokenKey } from "../../src/main/pki/keys.ts";
import { Refusal } from "../../src/main/refusal.ts";
import {
  clusterKey,
  readSecret,
  type Secret,
  sharedVault,
  withSharedKeys,
} from "../../src/main/shared-keys.ts";
import { openMemoryStore } from "../../src/store/memory.ts";

const secretOf = (text: string): Secret => ({ file: "secret", bytes: Buffer.from(text) });
const right = secretOf("sixteen bytes or more");

test("what one server has written, the next one reads; nothing of it can be read without the secret", async () => {
  const store = openMemoryStore({ clock: systemClock });
  await withSharedKeys(store, right, (vault) => vault.write("ca.key", "PRIVATE"));
  const seen = await withSharedKeys(store, right, (vault) => vault.read("ca.key"));
  assert.equal(seen, "PRIVATE");
  const { value, version } = store.get(clusterKey)!;
  assert.equal(version, 1, "a server that writes nothing leaves the record alone");
  assert.ok(!Buffer.from(value).includes("PRIVATE"));
  await store.close();
});

test("a wrong secret is refused and changes nothing", async () => {
  const store = openMemoryStore({ clock: systemClock });
  await withSharedKeys(store, right, (vault) => vault.write("ca.key", "PRIVATE"));
  const revision = store.revision();
  const wrong = withSharedKeys(store, secretOf("another secret of some length"), (vault) =>
    vault.write("ca.key", "mine"),
  );
  await assert.rejects(wrong, /secret is not the secret of cluster .* Nothing was changed/);
  assert.equal(store.revision(), revision);
  await store.close();
});

test("of two servers that begin at the same time both have the keys of one", async () => {
  const store = openMemoryStore({ clock: systemClock });
  let made = 0;
  const begin = () =>
    withSharedKeys(store, right, (vault) => {
      const found = vault.read("ca.key");
      if (found !== undefined) return found;
      const key = `key ${++made}`;
      vault.write("ca.key", key);
      return key;
    });
  const [first, second, third] = await Promise.all([begin(), begin(), begin()]);
  assert.deepEqual([second, third], [first, first]);
  await store.close();
});

test("a key and its certificate that are renewed later are never seen apart", async () => {
  const store = openMemoryStore({ clock: systemClock });
  const memory = (): { read: () => undefined; write: () => void } => ({
    read: () => undefined,
    write: () => {},
  });
  const parts = {
    own: memory(),
    fill: () => {},
    onFailure: (error: unknown) => assert.fail(`${error}`),
  };
  await withSharedKeys(store, right, (vault) => vault.write("ca.key", "PRIVATE"));
  const vault = await sharedVault(store, right, parts);
  const other = await sharedVault(store, right, parts);
  const watch = store.watch({ prefix: "", afterRevision: store.revision() });
  vault.write("admin.key", "k");
  vault.write("admin.crt", "c");
  assert.deepEqual([vault.read("admin.key"), vault.read("admin.crt")], ["k", "c"]);
  await watch.next();
  assert.deepEqual([other.read("admin.key"), other.read("admin.crt")], ["k", "c"]);
  assert.equal(other.read("ca.key"), "PRIVATE");
  assert.equal(store.get(clusterKey)?.version, 2);
  await store.close();
});

const altered: [string, (record: Record<string, unknown>) => unknown, RegExp][] = [
  ["of a later format", (r) => ({ ...r, format: 9, program: "7.0.0" }), /use coxswain 7\.0\.0/],
  ["without fields", ({ format }) => ({ format }), /lacks fields/],
  ["with other parameters", (r) => ({ ...r, cluster: "x" }), /do not open/],
  ["that is cut", (r) => ({ ...r, sealed: `${r["sealed"]}`.slice(0, 40) }), /do not open/],
];

for (const [name, alter, message] of altered)
  test(`a record ${name} is refused`, async () => {
    const store = openMemoryStore({ clock: systemClock });
    await withSharedKeys(store, right, (vault) => vault.write("ca.key", "PRIVATE"));
    const record = JSON.parse(Buffer.from(store.get(clusterKey)!.value).toString());
    await store.put(clusterKey, Buffer.from(JSON.stringify(alter(record))), "any");
    const use = withSharedKeys(store, right, (vault) => vault.read("ca.key"));
    await assert.rejects(use, (error) => error instanceof Refusal && message.test(error.message));
    await store.close();
  });

test("a secret has a least length, and the line end behind it does not count", () => {
  const folder = mkdtempSync(join(tmpdir(), "coxswain-secret-"));
  const file = join(folder, "secret");
  try {
    assert.throws(() => readSecret(file), /cannot be read/);
    writeFileSync(file, "short\n");
    assert.throws(() => readSecret(file), /holds 5 bytes.*openssl rand/);
    writeFileSync(file, "sixteen bytes or more\n");
    assert.deepEqual(Buffer.from(readSecret(file).bytes), Buffer.from(right.bytes));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("another key for tokens reaches every server at once, and the one before stays believed", async () => {
  const store = openMemoryStore({ clock: systemClock });
  const folder = mkdtempSync(join(tmpdir(), "coxswain-shared-"));
  const parts = { store, secret: right, dir: dataDir(folder), log: silent };
  const first = await sharedKeys(parts, (vault) => vault.write("sa.key", makeTokenKey()));
  const second = await sharedKeys(parts, () => {});
  const before = second.vault.read("sa.key");
  const stopping = new AbortController();
  const seen: (string | undefined)[] = [];
  second.follow(() => void seen.push(second.vault.read("sa.key")), stopping.signal);
  await first.rotateTokenKey();
  for (let turn = 0; turn < 10; turn++) await undefined;
  stopping.abort();
  assert.notEqual(seen.at(-1), before);
  assert.equal(seen.at(-1), first.vault.read("sa.key"));
  assert.match(second.vault.read("sa-earlier.pub") ?? "", /^-----BEGIN PUBLIC KEY-----/);
  assert.deepEqual([...second.files().keys()].sort(), ["pki/sa-earlier.pub", "pki/sa.key"]);
  await store.close();
  rmSync(folder, { recursive: true });
});
