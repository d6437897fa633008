// KMS v2: a plug-in on a unix socket closes the seed from which the keys of single values are derived. So it is asked
// once for each seed, not for each value (upstream's envelope with extended nonces).
import { createHmac, randomBytes } from "node:crypto";
import type { Client, ServiceError } from "@grpc/grpc-js";
import type { Type } from "protobufjs";
import type { Clock } from "../../lib/clock.ts";
import type { Log } from "../../lib/log.ts";
import { StoreError } from "../store.ts";
import { aesGcm } from "./ciphers.ts";
import type { Provider } from "./seal.ts";

export type Kms = Provider & { stop(): void };

type KmsOptions = { name: string; endpoint: string; timeoutMs: number; clock: Clock; log: Log };

const bytes = (id: number) => ({ type: "bytes", id });
const text = (id: number) => ({ type: "string", id });
const annotations = (id: number) => ({ keyType: "string", type: "bytes", id });

const definition = {
  nested: {
    StatusRequest: { fields: {} },
    StatusResponse: { fields: { version: text(1), healthz: text(2), keyId: text(3) } },
    DecryptRequest: {
      fields: { ciphertext: bytes(1), uid: text(2), keyId: text(3), annotations: annotations(4) },
    },
    DecryptResponse: { fields: { plaintext: bytes(1) } },
    EncryptRequest: { fields: { plaintext: bytes(1), uid: text(2) } },
    EncryptResponse: {
      fields: { ciphertext: bytes(1), keyId: text(2), annotations: annotations(3) },
    },
    /** What is stored of a value. `sourceType` 0: the source is a key, 1: a seed. */
    EncryptedObject: {
      fields: {
        encryptedData: bytes(1),
        keyID: text(2),
        source: bytes(3),
        annotations: annotations(4),
        sourceType: { type: "int32", id: 5 },
      },
    },
  },
};

type Source = {
  keyID: string;
  source: Uint8Array;
  annotations: Record<string, Uint8Array>;
  sourceType: number;
};
type EncryptedObject = Source & { encryptedData: Uint8Array };

const seedType = 1;
const seedBytes = 32;
const infoBytes = 32;

/** How often the plug-in is asked which key it uses, as upstream. */
const statusMs = 60_000;

/** Seeds that are remembered: one for each key of the plug-in and each start of a server. */
const seedsMax = 1000;

/** Connects and makes the seed of this process. Rejects when the plug-in does not answer. */
export async function openKms(options: KmsOptions): Promise<Kms> {
  const { name, clock, log } = options;
  const { call, types, close } = await connect(options);
  const seeds = new Map<string, Uint8Array>();
  const remember = ({ source, sourceType }: Source, seed: Uint8Array): void => {
    if (seeds.size >= seedsMax) seeds.delete(seeds.keys().next().value!);
    seeds.set(idOf(source, sourceType), seed);
  };
  const newSeed = async (): Promise<{ own: Source; seed: Uint8Array }> => {
    const seed = randomBytes(seedBytes);
    const uid = randomBytes(16).toString("hex");
    const answer = await call<{
      ciphertext: Uint8Array;
      keyId: string;
      annotations: Record<string, Uint8Array>;
    }>("Encrypt", { plaintext: seed, uid });
    const own: Source = {
      keyID: answer.keyId,
      source: Buffer.from(answer.ciphertext),
      annotations: answer.annotations,
      sourceType: seedType,
    };
    remember(own, seed);
    return { own, seed };
  };
  let current = await newSeed();
  let cancel = clock.after(statusMs, look);
  function look(): void {
    const round = async (): Promise<void> => {
      const { healthz, keyId } = await call<{ healthz: string; keyId: string }>("Status", {});
      if (healthz !== "ok") throw new Error(`it says ${JSON.stringify(healthz)}`);
      if (keyId !== current.own.keyID) current = await newSeed();
    };
    round()
      .catch((error) => log.warn("the KMS plug-in is not well; known keys go on", { name, error }))
      .finally(() => {
        cancel = clock.after(statusMs, look);
      });
  }
  const decode = (stored: Uint8Array): EncryptedObject => types.toObject(stored) as EncryptedObject;
  return {
    prefix: `k8s:enc:kms:v2:${name}:`,
    keyId: () => current.own.keyID,
    close(value, context) {
      const { own, seed } = current;
      const info = randomBytes(infoBytes);
      const inner = aesGcm(derived(seed, info)).encrypt(value, context);
      return types.encode({ ...own, encryptedData: Buffer.concat([info, inner]) });
    },
    open(stored, context) {
      const object = decode(stored);
      const known = seeds.get(idOf(object.source, object.sourceType));
      if (known) return opened(object, known, context);
      const uid = randomBytes(16).toString("hex");
      const { source, keyID, annotations } = object;
      const ask = { ciphertext: source, uid, keyId: keyID, annotations };
      return call<{ plaintext: Uint8Array }>("Decrypt", ask).then(({ plaintext }) => {
        remember(object, Buffer.from(plaintext));
        return opened(object, plaintext, context);
      });
    },
    stop() {
      cancel();
      close();
    },
  };
}

const idOf = (source: Uint8Array, type: number): string =>
  `${type}:${Buffer.from(source).toString("base64")}`;

function opened(object: EncryptedObject, seed: Uint8Array, context: Uint8Array): Uint8Array {
  const { encryptedData, sourceType } = object;
  if (sourceType !== seedType) return aesGcm(seed).decrypt(encryptedData, context);
  const info = encryptedData.subarray(0, infoBytes);
  return aesGcm(derived(seed, info)).decrypt(encryptedData.subarray(infoBytes), context);
}

/** HKDF's second half, for one block. */
const derived = (seed: Uint8Array, info: Uint8Array): Uint8Array =>
  createHmac("sha256", seed).update(info).update(Uint8Array.of(1)).digest();

async function connect({ name, endpoint, timeoutMs, clock }: KmsOptions) {
  const [grpc, protobuf] = await Promise.all([import("@grpc/grpc-js"), import("protobufjs")]);
  const root = protobuf.default.Root.fromJSON(definition).resolveAll();
  const client: Client = new grpc.Client(endpoint, grpc.credentials.createInsecure(), {
    "grpc.default_authority": "localhost",
  });
  const encode =
    (type: Type) =>
    (value: object): Buffer =>
      type.encode(value).finish() as Buffer;
  const toObject =
    (type: Type) =>
    (value: Uint8Array): Record<string, unknown> =>
      type.toObject(type.decode(value), { defaults: true });
  const object = root.lookupType("EncryptedObject");
  const call = <T>(method: string, request: object): Promise<T> =>
    new Promise((resolve, reject) =>
      client.makeUnaryRequest(
        `/v2.KeyManagementService/${method}`,
        encode(root.lookupType(`${method}Request`)),
        toObject(root.lookupType(`${method}Response`)),
        request,
        { deadline: clock.now() + timeoutMs },
        (error: ServiceError | null, answer?: object) => {
          if (!error) return resolve(answer as T);
          const message = `KMS plug-in ${name} at ${endpoint}: ${method}: ${error.details}`;
          reject(new StoreError("unavailable", message, { cause: error }));
        },
      ),
    );
  return {
    call,
    close: () => client.close(),
    types: { encode: encode(object), toObject: toObject(object) },
  };
}
