// The certificates and keys that all servers of one cluster share, in the store they share: one record, sealed with a
// key that is derived from the cluster's secret. So a further server needs the store's address and that secret only.
//
//   {"format":1,"program":"0.1.0","cluster":"…","kdf":{"name":"scrypt","salt":"…","cost":32768},"sealed":"…"}
//
// `sealed`: nonce (12 bytes), AES-256-GCM of the JSON of all texts by name, tag (16 bytes); the cluster's name and the
// derivation's parameters are bound to it.
import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { uuid } from "../lib/random.ts";
import { systemRandom } from "../lib/system.ts";
import type { Store } from "../store/store.ts";
import type { Vault } from "./pki/cluster-pki.ts";
import { Refusal } from "./refusal.ts";
import { version } from "./version.ts";

/** Marks an etcd cluster as a Coxswain cluster's own. */
export const clusterKey = "/coxswain/cluster";

/** A secret of fewer bytes could be guessed. */
const secretBytesMin = 16;
/** A file of more is no secret but a mistake. */
const secretBytesMax = 64 * 1024;

const format = 1;
const nonceBytes = 12;
const tagBytes = 16;

/** Work to derive the key: about 60 ms and 32 MiB. */
const cost = 32_768;
/** Largest cost that a record may ask of us. */
const costMax = 1 << 20;

type Kdf = { name: "scrypt"; salt: string; cost: number };
type Record = { format: number; program: string; cluster: string; kdf: Kdf; sealed: string };

export type Secret = { file: string; bytes: Uint8Array };

/** Throws a `Refusal` that says how a secret is made. */
export function readSecret(file: string): Secret {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new Refusal(5, `--cluster-secret ${file} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  // An editor's or `echo`'s line end is not part of it.
  const text = bytes.toString("latin1").replace(/[\r\n]+$/, "");
  if (text.length >= secretBytesMin && text.length <= secretBytesMax)
    return { file, bytes: Buffer.from(text, "latin1") };
  throw new Refusal(
    5,
    `--cluster-secret ${file} holds ${text.length} bytes: it must be ${secretBytesMin} to ` +
      `${secretBytesMax}; make one with: openssl rand -base64 32 > ${file}`,
  );
}

type Opened = { cluster: string; kdf: Kdf; key: Uint8Array; texts: Map<string, string> };

/** Kept by each server for itself: the certificate that it shows has its own addresses. */
const ownNames = new Set(["apiserver.crt", "apiserver.key"]);

/**
 * The vault of a server on a shared store, once `fill` has found or made everything in it. Later writes go to the
 * store in the background; `onFailure` hears of those that could not be done.
 */
export async function sharedVault(
  store: Store,
  secret: Secret,
  parts: { own: Vault; fill: (vault: Vault) => void; onFailure: (error: unknown) => void },
): Promise<Vault> {
  const { own, onFailure } = parts;
  const split = (shared: Vault): Vault => ({
    read: (name) => (ownNames.has(name) ? own : shared).read(name),
    write: (name, text) => (ownNames.has(name) ? own : shared).write(name, text),
  });
  await withSharedKeys(store, secret, (shared) => parts.fill(split(shared)));
  let known: { revision: number; texts: Map<string, string> } | undefined;
  const texts = (): Map<string, string> => {
    const entry = store.get(clusterKey);
    if (!entry) throw new Refusal(5, `the record ${clusterKey} of the store is gone`);
    if (known?.revision !== entry.modRevision)
      known = { revision: entry.modRevision, texts: openRecord(entry.value, secret).texts };
    return known.texts;
  };
  let waiting = new Map<string, string>();
  const flush = async (): Promise<void> => {
    // What is written in one go belongs together: a key and its certificate are never seen apart.
    await undefined;
    const written = waiting;
    waiting = new Map();
    await withSharedKeys(store, secret, (vault) => {
      for (const [name, text] of written) vault.write(name, text);
    });
  };
  return split({
    read: (name) => waiting.get(name) ?? texts().get(name),
    write(name, text) {
      if (waiting.size === 0) flush().catch(onFailure);
      waiting.set(name, text);
      texts().set(name, text);
    },
  });
}

/** What the servers share as the files of a backup. */
export function sharedFiles(store: Store, secret: Secret): ReadonlyMap<string, Uint8Array> {
  const entry = store.get(clusterKey);
  const texts = entry ? openRecord(entry.value, secret).texts : new Map<string, string>();
  return new Map([...texts].map(([name, text]) => [`pki/${name}`, Buffer.from(text)]));
}

/** Times to write again after another server did: each one writes once at its start. */
const triesMax = 100;

/**
 * Calls `use` with a vault on the shared texts and keeps what it has written there; when another server has written
 * meanwhile, calls it again with the new texts. Throws a `Refusal` when the secret does not open the record.
 */
export async function withSharedKeys<T>(
  store: Store,
  secret: Secret,
  use: (vault: Vault) => T,
): Promise<T> {
  for (let tries = 0; tries < triesMax; tries++) {
    const entry = store.get(clusterKey);
    const opened = entry ? openRecord(entry.value, secret) : newRecord(secret);
    let changed = false;
    const result = use({
      read: (name) => opened.texts.get(name),
      write(name, text) {
        changed = true;
        opened.texts.set(name, text);
      },
    });
    if (!changed) return result;
    const written = await store.put(clusterKey, closeRecord(opened), entry?.modRevision ?? 0);
    if (written.ok) return result;
  }
  throw new Refusal(
    1,
    `the record ${clusterKey} of the store is written again and again by others`,
  );
}

function newRecord(secret: Secret): Opened {
  const kdf: Kdf = { name: "scrypt", salt: randomBytes(16).toString("base64"), cost };
  return { cluster: uuid(systemRandom), kdf, key: derive(secret, kdf), texts: new Map() };
}

export function openRecord(value: Uint8Array, secret: Secret): Opened {
  const { file } = secret;
  const record = parse(value);
  const { cluster, kdf } = record;
  const key = derive(secret, kdf);
  const sealed = Buffer.from(record.sealed, "base64");
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, nonceBytes));
    decipher.setAAD(bound(cluster, kdf));
    decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
    const inner = sealed.subarray(nonceBytes, sealed.length - tagBytes);
    const text = Buffer.concat([decipher.update(inner), decipher.final()]).toString();
    return { cluster, kdf, key, texts: new Map(Object.entries(JSON.parse(text))) };
  } catch (error) {
    throw new Refusal(
      5,
      `--cluster-secret ${file} is not the secret of cluster ${cluster} in this store: its keys do not ` +
        "open; take the file that the cluster's first server was started with. Nothing was changed",
      { cause: error },
    );
  }
}

function closeRecord({ cluster, kdf, key, texts }: Opened): Uint8Array {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(bound(cluster, kdf));
  const inner = cipher.update(JSON.stringify(Object.fromEntries(texts)));
  const sealed = Buffer.concat([nonce, inner, cipher.final(), cipher.getAuthTag()]);
  const record: Record = {
    format,
    program: version,
    cluster,
    kdf,
    sealed: sealed.toString("base64"),
  };
  return Buffer.from(JSON.stringify(record));
}

function parse(value: Uint8Array): Record {
  let record: Partial<Record>;
  try {
    record = JSON.parse(Buffer.from(value).toString()) as Partial<Record>;
  } catch (error) {
    throw new Refusal(5, `the record ${clusterKey} of the store is not JSON: it was altered`, {
      cause: error,
    });
  }
  if (record.format !== format)
    throw new Refusal(
      5,
      `the record ${clusterKey} of the store has format ${record.format}, written by coxswain ` +
        `${record.program}; this one reads format ${format}: use coxswain ${record.program} or later`,
    );
  const { kdf } = record;
  const isWhole =
    typeof record.cluster === "string" &&
    typeof record.sealed === "string" &&
    kdf?.name === "scrypt" &&
    kdf.cost <= costMax;
  if (isWhole) return record as Record;
  throw new Refusal(5, `the record ${clusterKey} of the store lacks fields: it was altered`);
}

/** Keys that were derived before: the work is meant for those who guess, not for each look at the record. */
const derived = new WeakMap<Secret, { salt: string; cost: number; key: Uint8Array }>();

function derive(secret: Secret, { salt, cost }: Kdf): Uint8Array {
  const known = derived.get(secret);
  if (known?.salt === salt && known.cost === cost) return known.key;
  const maxmem = 1024 * cost * 2;
  const options = { cost, blockSize: 8, maxmem };
  const key = scryptSync(secret.bytes, Buffer.from(salt, "base64"), 32, options);
  derived.set(secret, { salt, cost, key });
  return key;
}

const bound = (cluster: string, kdf: Kdf): Uint8Array =>
  Buffer.from(JSON.stringify([format, cluster, kdf.name, kdf.salt, kdf.cost]));
