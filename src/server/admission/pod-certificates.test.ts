// A certificate for a pod: what may be asked for, what may be answered, and by whom.
import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { before, test } from "node:test";
import type { ApiServer } from "../../../test/kit/api-server.ts";
import { guardedServer } from "../../../test/kit/guarded-server.ts";
import { makeCertificate, makeSigningRequest, toPem } from "../../lib/x509.ts";

const requests = "/apis/certificates.k8s.io/v1/namespaces/a/podcertificaterequests";
const rbac = "/apis/rbac.authorization.k8s.io/v1";
const hour = 3600_000;
const minute = 60_000;

type Pair = { publicKey: Uint8Array; sign: (bytes: Uint8Array) => Uint8Array };

function pairOf(type: "ec" | "rsa", options: object): Pair {
  const { publicKey, privateKey } = generateKeyPairSync(type as "ec", {
    ...(options as { namedCurve: string }),
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  return {
    publicKey: new Uint8Array(createPublicKey(publicKey).export({ type: "spki", format: "der" })),
    sign: (bytes) => new Uint8Array(sign("sha256", bytes, createPrivateKey(privateKey))),
  };
}

const pod = pairOf("ec", { namedCurve: "prime256v1" });
const other = pairOf("ec", { namedCurve: "prime256v1" });
const nobody = { commonName: "", organizations: [] };

const stub = (pair: Pair, signer = pair, isRsa = false): string =>
  Buffer.from(
    makeSigningRequest(
      {
        subject: nobody,
        publicKey: pair.publicKey,
        ...(isRsa ? { algorithm: "rsa" as const } : {}),
      },
      signer.sign,
    ),
  ).toString("base64");

let server: ApiServer;

before(async () => {
  server = guardedServer();
  await server.done("POST /api/v1/namespaces", { metadata: { name: "a" } });
  const rules = [
    {
      verbs: ["*"],
      apiGroups: ["certificates.k8s.io"],
      resources: ["podcertificaterequests/status"],
    },
  ];
  const signing = {
    verbs: ["sign"],
    apiGroups: ["certificates.k8s.io"],
    resources: ["signers"],
    resourceNames: ["example.com/*"],
  };
  const grant = async (name: string, all: object[]): Promise<void> => {
    await server.done(`POST ${rbac}/clusterroles`, { metadata: { name }, rules: all });
    await server.done(`POST ${rbac}/clusterrolebindings`, {
      metadata: { name },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name }],
    });
  };
  await grant("writer", rules);
  await grant("signer", [...rules, signing]);
});

const ask = (stubPKCS10Request: string) => ({
  metadata: { generateName: "req-" },
  spec: {
    signerName: "example.com/s",
    ...{ podName: "p", podUID: "pu", serviceAccountName: "sa", serviceAccountUID: "su" },
    ...{ nodeName: "n", nodeUID: "nu", maxExpirationSeconds: 7200, stubPKCS10Request },
  },
});

/** What stands behind the object's name in a refusal; the status when there is none. */
const why = ({ status, body }: { status: number; body: { message: string } }): string | number =>
  status < 300 ? status : body.message.replace(/^.*? is invalid: /, "");

test("a request proves its key", async () => {
  const weak = pairOf("rsa", { modulusLength: 2048 });
  const odd = pairOf("ec", { namedCurve: "secp256k1" });
  const at = "spec.stubPKCS10Request: Invalid value: ";
  const rows: [stub: string, answer: string | number][] = [
    [stub(pod), 201],
    [stub(pod, other), `${at}invalid signature`],
    [
      stub(weak, weak, true),
      `${at}"2048-bit modulus": RSA keys must have modulus size 3072 or 4096`,
    ],
    [stub(odd), `${at}"curve secp256k1": elliptic public keys must use curve P256, P384, or P521`],
    [Buffer.from([0x30, 0]).toString("base64"), `${at}must be a valid PKCS#10 CSR`],
  ];
  for (const [text, answer] of rows) {
    assert.equal(why(await server.ask(`POST ${requests}?dryRun=All`, ask(text))), answer);
  }
});

type Answer = {
  beginMs?: number;
  lifeMs?: number;
  key?: Pair;
  chain?: string;
  status?: object;
};

/** As a signer answers a fresh request. */
async function answered(user: string, of: Answer): Promise<string | number> {
  const made = await server.done(`POST ${requests}`, ask(stub(pod)));
  const nowMs = Math.floor(server.clock.now() / 1000) * 1000;
  const { beginMs = nowMs, lifeMs = 2 * hour, key = pod } = of;
  const subject = { commonName: "s", organizations: [] };
  const leaf = makeCertificate(
    {
      ...{ subject, issuer: subject, publicKey: key.publicKey, serial: 7n },
      ...{ notBeforeMs: beginMs, notAfterMs: beginMs + lifeMs, authority: false, usages: [] },
    },
    other.sign,
  );
  const text = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
  const condition = { type: "Issued", status: "True", reason: "R", message: "M" };
  const status = {
    conditions: [{ ...condition, lastTransitionTime: text(nowMs) }],
    certificateChain: toPem("CERTIFICATE", leaf) + (of.chain ?? ""),
    notBefore: text(beginMs),
    notAfter: text(beginMs + lifeMs),
    beginRefreshAt: text(beginMs + lifeMs / 2),
    ...of.status,
  };
  const path = `${requests}/${made.metadata.name}/status`;
  const answer = await server.ask(`PUT ${path}`, { ...made, status }, { user });
  return why(answer);
}

test("an answer certifies the key that was asked with, for as long as was asked", async () => {
  const nowMs = Math.floor(server.clock.now() / 1000) * 1000;
  const text = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
  const rows: [it: string, of: Answer, answer: RegExp | number][] = [
    ["a good one", {}, 200],
    ["another key", { key: other }, /leaf certificate was not issued to the requested public key$/],
    ["old", { beginMs: nowMs - 6 * minute }, /^status.notBefore: .*within 5 minutes of/],
    ["short", { lifeMs: hour - 1000 }, /lifetime must be >= 1 hour$/],
    ["long", { lifeMs: 2 * hour + 1000 }, /must be <= spec.maxExpirationSeconds \(7200\)$/],
    [
      "begins otherwise than it says",
      { status: { notBefore: text(nowMs + 1000) } },
      /NotBefore time encoded in the leaf certificate$/,
    ],
    [
      "ends otherwise than it says",
      { status: { notAfter: text(nowMs + hour) } },
      /NotAfter time encoded in the leaf certificate$/,
    ],
    [
      "refreshed too soon",
      { status: { beginRefreshAt: text(nowMs + minute) } },
      /at least 10 minutes after status.notBefore$/,
    ],
    [
      "refreshed too late",
      { status: { beginRefreshAt: text(nowMs + 2 * hour - minute) } },
      /at least 10 minutes before status.notAfter$/,
    ],
    [
      "an authority that is none",
      { chain: toPem("CERTIFICATE", Uint8Array.of(0x30, 0)) },
      /intermediate certificate does not parse as valid X.509$/,
    ],
  ];
  for (const [it, of, answer] of rows) {
    const got = await answered("signer", of);
    if (typeof answer === "number") assert.equal(got, answer, it);
    else assert.match(String(got), answer, it);
  }
});

test("only who may sign for the signer answers, yes or no", async () => {
  const refused =
    'spec.signerName: Forbidden: User "writer" is not permitted to "sign" for signer "example.com/s"';
  assert.equal(await answered("writer", {}), refused);
  const denied = { type: "Denied", status: "True", reason: "R", message: "M" };
  const status = {
    conditions: [{ ...denied, lastTransitionTime: "2026-01-01T00:00:00Z" }],
    ...{ certificateChain: undefined, notBefore: undefined, notAfter: undefined },
    beginRefreshAt: undefined,
  };
  assert.equal(await answered("writer", { status }), refused);
  assert.equal(await answered("signer", { status }), 200);
});
