// Encryption at rest on a real disk, by keys of a file and by a KMS plug-in on its socket.
import assert from "node:assert/strict";
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import grpc from "@grpc/grpc-js";
import protobuf from "protobufjs";
import { silent } from "../../src/lib/log.ts";
import { systemClock, systemRandom } from "../../src/lib/system.ts";
import { encryptionFile, openEncryption } from "../../src/main/encryption.ts";
import { openEmbeddedStore } from "../../src/store/embedded.ts";
import { openNodeDisk } from "../../src/store/node-disk.ts";
import type { Seal } from "../../src/store/seal.ts";
import type { Store } from "../../src/store/store.ts";
import { mustPut, text } from "../store/values.ts";

const openAt = async (folder: string, seal?: Seal): Promise<Store> =>
  openEmbeddedStore({
    disk: await openNodeDisk(folder),
    clock: systemClock,
    random: systemRandom,
    program: "0.1.0",
    segments: { min: 16_384, max: 16_384, reserve: 4096 },
    snapshots: { freedBytesMin: 4096 },
    fatal: (error) => assert.fail(error),
    ...(seal ? { seal } : {}),
  });

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "coxswain-seal-"));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const key = (byte: number): string => Buffer.alloc(32, byte).toString("base64");
const config = (...providers: object[]): string =>
  JSON.stringify({
    kind: "EncryptionConfiguration",
    apiVersion: "apiserver.config.k8s.io/v1",
    resources: [{ resources: ["secrets"], providers }],
  });
const gcm = (...names: string[]) => ({
  aesgcm: { keys: names.map((name) => ({ name, secret: key(name.charCodeAt(0)) })) },
});

const secretKey = "/registry/core/secrets/default/s";
const plain = "the password is swordfish";

/** All that is on disk of the store. */
const onDisk = (folder: string): Buffer =>
  Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));

test("nothing of a secret is on disk, neither in the log nor in a snapshot, and it is read again", async () => {
  await inFolder(async (folder) => {
    const file = join(folder, "config.yaml");
    writeFileSync(file, config(gcm("a"), { identity: {} }));
    const { seal, stop } = await openEncryption(encryptionFile(file), silent);
    const at = join(folder, "store");
    const store = await openAt(at, seal);
    for (let i = 0; i < 400; i++) await mustPut(store, secretKey, `${plain} ${i}`, "any");
    await mustPut(store, "/registry/core/configmaps/default/c", "in the clear", 0);
    await store.compact(store.revision());
    // A snapshot is written in the background, when it frees enough of the log.
    for (let i = 0; !readdirSync(at).some((name) => /^snapshot-\d/.test(name)); i++) {
      assert.ok(i < 1000, "a snapshot was written");
      await mustPut(store, "/registry/core/configmaps/default/d", `${i}`, "any");
      await store.compact(store.revision());
    }
    await store.close();
    const stored = onDisk(at);
    assert.ok(!stored.includes("swordfish"));
    assert.ok(stored.includes("in the clear"));
    assert.ok(stored.includes("k8s:enc:aesgcm:v1:a:"));
    const again = await openAt(at, seal);
    assert.equal(text(again.get(secretKey)), `${plain} 399`);
    await again.close();
    const told = { code: "sealed", message: /is encrypted: give --encryption-provider-config/ };
    await assert.rejects(openAt(at), told);
    stop();
  });
});

test("keys are changed under load: what is written again has the new key, all is read", async () => {
  await inFolder(async (folder) => {
    const file = join(folder, "config.yaml");
    writeFileSync(file, config(gcm("a")));
    const first = await openEncryption(encryptionFile(file), silent);
    const at = join(folder, "store");
    const store = await openAt(at, first.seal);
    const keys = Array.from({ length: 40 }, (_, i) => `${secretKey}${i}`);
    for (const each of keys) await mustPut(store, each, plain, 0);
    let writing = true;
    const load = (async () => {
      for (let i = 0; writing; i++)
        await mustPut(store, `${secretKey}-load`, `${plain} ${i}`, "any");
    })();
    const { readEncryption } = await import("../../src/store/encryption/configuration.ts");
    const next = readEncryption(JSON.parse(config(gcm("b", "a"))));
    assert.ok(Array.isArray(next));
    first.seal.use(next, () => assert.fail("no plug-in"));
    assert.ok(keys.every((each) => store.isStale(each)));
    for (const each of keys) await mustPut(store, each, plain, "any");
    assert.ok(!keys.some((each) => store.isStale(each)));
    writing = false;
    await load;
    await store.close();
    writeFileSync(file, config(gcm("b", "a")));
    const second = await openEncryption(encryptionFile(file), silent);
    const again = await openAt(at, second.seal);
    for (const each of keys) assert.equal(text(again.get(each)), plain);
    await again.close();
    writeFileSync(file, config(gcm("c")));
    const strange = await openEncryption(encryptionFile(file), silent);
    await assert.rejects(openAt(at, strange.seal), {
      code: "sealed",
      message: /secrets\/default\/s.*aesgcm:v1:.*add the key that it was written with/,
    });
    for (const each of [first, second, strange]) each.stop();
  });
});

test("a file that cannot be used is refused by name, field and reason", async () => {
  await inFolder(async (folder) => {
    const file = join(folder, "config.yaml");
    const rows: [string, RegExp][] = [
      ["kind: [", /config\.yaml.*YAML/s],
      [
        config({ aesgcm: { keys: [{ name: "a", secret: "YQ==" }] } }),
        /config\.yaml: resources\[0\]\.providers\[0\]\.aesgcm\.keys\[0\]\.secret: has 1 bytes/,
      ],
      [
        config({ kms: { apiVersion: "v2", name: "k", endpoint: `unix://${folder}/none.sock` } }),
        /config\.yaml: KMS plug-in k at unix:.*none\.sock: Encrypt/,
      ],
    ];
    for (const [content, message] of rows) {
      writeFileSync(file, content);
      await assert.rejects(openEncryption(encryptionFile(file), silent), (error: Error) => {
        assert.equal((error as { exitCode?: number }).exitCode, 5);
        assert.match(error.message, message);
        return true;
      });
    }
    await assert.rejects(openEncryption(encryptionFile(join(folder, "none")), silent), /none/);
  });
});

test("by a KMS plug-in: it is asked once for a start, and for what an earlier start has written", async () => {
  await inFolder(async (folder) => {
    const socket = `unix://${folder}/kms.sock`;
    const plugin = await startPlugin(socket);
    const file = join(folder, "config.yaml");
    writeFileSync(file, config({ kms: { apiVersion: "v2", name: "vault", endpoint: socket } }));
    const at = join(folder, "store");
    const first = await openEncryption(encryptionFile(file), silent);
    const store = await openAt(at, first.seal);
    for (let i = 0; i < 50; i++) await mustPut(store, `${secretKey}${i}`, plain, 0);
    assert.deepEqual(plugin.asked, { Encrypt: 1, Decrypt: 0 });
    await store.close();
    first.stop();
    assert.ok(!onDisk(at).includes("swordfish"));
    assert.ok(onDisk(at).includes("k8s:enc:kms:v2:vault:"));
    const second = await openEncryption(encryptionFile(file), silent);
    const again = await openAt(at, second.seal);
    assert.deepEqual(plugin.asked, { Encrypt: 2, Decrypt: 1 });
    for (let i = 0; i < 50; i++) assert.equal(text(again.get(`${secretKey}${i}`)), plain);
    await again.close();
    second.stop();
    plugin.stop();
  });
});

type Plugin = { asked: { Encrypt: number; Decrypt: number }; stop(): void };

/** A plug-in as others write them: gRPC on a socket, an AES key of its own. */
async function startPlugin(socket: string): Promise<Plugin> {
  const { root } = protobuf.parse(`
    syntax = "proto3";
    package v2;
    message StatusRequest {}
    message StatusResponse { string version = 1; string healthz = 2; string key_id = 3; }
    message DecryptRequest { bytes ciphertext = 1; string uid = 2; string key_id = 3; map<string, bytes> annotations = 4; }
    message DecryptResponse { bytes plaintext = 1; }
    message EncryptRequest { bytes plaintext = 1; string uid = 2; }
    message EncryptResponse { bytes ciphertext = 1; string key_id = 2; map<string, bytes> annotations = 3; }
  `);
  const own = randomBytes(32);
  const asked = { Encrypt: 0, Decrypt: 0 };
  type Bytes = Uint8Array;
  const answers: Record<string, (request: Record<string, Bytes>) => object> = {
    Status: () => ({ version: "v2", healthz: "ok", keyId: "one" }),
    Encrypt({ plaintext }) {
      asked.Encrypt++;
      const nonce = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", own, nonce);
      const inner = Buffer.concat([cipher.update(plaintext!), cipher.final()]);
      const ciphertext = Buffer.concat([nonce, inner, cipher.getAuthTag()]);
      return { ciphertext, keyId: "one", annotations: { "made.example.com": Buffer.from("here") } };
    },
    Decrypt({ ciphertext, annotations }) {
      asked.Decrypt++;
      const told = (annotations as unknown as Record<string, Bytes>)["made.example.com"];
      assert.equal(`${Buffer.from(told!)}`, "here", "annotations come back");
      const bytes = Buffer.from(ciphertext!);
      const cipher = createDecipheriv("aes-256-gcm", own, bytes.subarray(0, 12));
      cipher.setAuthTag(bytes.subarray(-16));
      return { plaintext: Buffer.concat([cipher.update(bytes.subarray(12, -16)), cipher.final()]) };
    },
  };
  const server = new grpc.Server();
  const methods = Object.keys(answers).map((name) => {
    const [request, response] = [`v2.${name}Request`, `v2.${name}Response`].map((type) =>
      root.lookupType(type),
    );
    const definition = {
      path: `/v2.KeyManagementService/${name}`,
      requestStream: false,
      responseStream: false,
      requestSerialize: (value: object) => request!.encode(value).finish() as Buffer,
      requestDeserialize: (bytes: Buffer) => request!.toObject(request!.decode(bytes)),
      responseSerialize: (value: object) => response!.encode(value).finish() as Buffer,
      responseDeserialize: (bytes: Buffer) => response!.toObject(response!.decode(bytes)),
    };
    return [name, definition] as const;
  });
  server.addService(
    Object.fromEntries(methods),
    Object.fromEntries(
      Object.entries(answers).map(([name, answer]) => [
        name,
        (call: { request: Record<string, Bytes> }, done: (error: null, answer: object) => void) =>
          done(null, answer(call.request)),
      ]),
    ),
  );
  await new Promise<void>((resolve, reject) =>
    server.bindAsync(socket, grpc.ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    ),
  );
  return { asked, stop: () => server.forceShutdown() };
}
