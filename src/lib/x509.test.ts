import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync, sign, verify, X509Certificate } from "node:crypto";
import { test } from "node:test";
import { fromPem, makeCertificate, makeSigningRequest, readSigningRequest, toPem } from "./x509.ts";

const pair = () => generateKeyPairSync("ec", { namedCurve: "P-256" });
const spki = (key: ReturnType<typeof pair>) =>
  new Uint8Array(key.publicKey.export({ type: "spki", format: "der" }));
const signer = (key: ReturnType<typeof pair>) => (bytes: Uint8Array) =>
  new Uint8Array(sign("sha256", bytes, key.privateKey));

test("a certificate that is made is read back by OpenSSL with every name in it", () => {
  const ca = pair();
  const leaf = pair();
  const notBeforeMs = Date.UTC(2026, 0, 1);
  const bytes = makeCertificate(
    {
      subject: { commonName: "kube-apiserver", organizations: ["a", "b"] },
      issuer: { commonName: "ca", organizations: [] },
      publicKey: spki(leaf),
      serial: 0xff00ff00ff00ffn,
      notBeforeMs,
      notAfterMs: Date.UTC(2051, 5, 2),
      authority: false,
      usages: ["serverAuth", "clientAuth"],
      dnsNames: ["localhost", "kubernetes.default.svc"],
      ipAddresses: [Uint8Array.of(127, 0, 0, 1)],
    },
    signer(ca),
  );
  const read = new X509Certificate(bytes);
  assert.equal(read.subject, "O=a\nO=b\nCN=kube-apiserver");
  assert.equal(read.issuer, "CN=ca");
  assert.equal(
    read.subjectAltName,
    "DNS:localhost, DNS:kubernetes.default.svc, IP Address:127.0.0.1",
  );
  assert.equal(read.serialNumber, "FF00FF00FF00FF");
  assert.equal(read.validFromDate.getTime(), notBeforeMs);
  assert.equal(read.validToDate.getTime(), Date.UTC(2051, 5, 2));
  assert.equal(read.ca, false);
  assert.equal(read.verify(ca.publicKey), true);
  assert.equal(read.verify(leaf.publicKey), false);
});

test("a signing request tells its subject, names and key, and its signature holds", () => {
  const key = pair();
  const subject = { commonName: "system:node:a", organizations: ["system:nodes"] };
  const bytes = makeSigningRequest(
    { subject, publicKey: spki(key), dnsNames: ["a"], ipAddresses: [Uint8Array.of(10, 0, 0, 1)] },
    signer(key),
  );
  const request = readSigningRequest(bytes);
  assert.deepEqual(request.subject, subject);
  assert.deepEqual(request.dnsNames, ["a"]);
  assert.deepEqual(request.ipAddresses, [Uint8Array.of(10, 0, 0, 1)]);
  const held = createPublicKey({
    key: Buffer.from(request.publicKey),
    format: "der",
    type: "spki",
  });
  assert.equal(verify("sha256", request.signed, held, request.signature), true);
});

test("bytes that are no signing request are refused", () => {
  for (const bytes of [
    [],
    [0x30],
    [0x30, 0x80, 0, 0],
    [0x30, 0x03, 0x02, 0x01, 0x05],
    [0x30, 0x84, 255, 255, 255, 255],
  ]) {
    assert.throws(() => readSigningRequest(Uint8Array.from(bytes)), RangeError);
  }
});

test("PEM goes both ways", () => {
  const bytes = Uint8Array.from({ length: 200 }, (_, i) => i);
  assert.deepEqual(fromPem("CERTIFICATE", `x\n${toPem("CERTIFICATE", bytes)}`), bytes);
  assert.equal(fromPem("CERTIFICATE", toPem("PRIVATE KEY", bytes)), undefined);
});
