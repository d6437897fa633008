import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, verify } from "node:crypto";
import { test } from "node:test";
import { readSigningRequest } from "../../lib/x509.ts";
import { type KeyType, makePodKey } from "./key.ts";

const rows: { type: KeyType; hash: string | null; algorithm: string }[] = [
  { type: "ECDSAP256", hash: "sha256", algorithm: "1.2.840.10045.4.3.2" },
  { type: "ECDSAP384", hash: "sha384", algorithm: "1.2.840.10045.4.3.3" },
  { type: "ECDSAP521", hash: "sha512", algorithm: "1.2.840.10045.4.3.4" },
  { type: "ED25519", hash: null, algorithm: "1.3.101.112" },
];

test("a pod's key comes with a request that it signed itself and that names nobody", async () => {
  for (const { type, hash, algorithm } of rows) {
    const { pem, proof } = await makePodKey(type);
    const request = readSigningRequest(Buffer.from(proof, "base64"));
    const key = createPublicKey({
      key: Buffer.from(request.publicKey),
      format: "der",
      type: "spki",
    });
    assert.ok(verify(hash, request.signed, key, request.signature), type);
    assert.ok(key.equals(createPublicKey(createPrivateKey(pem))), type);
    assert.equal(request.signatureAlgorithm, algorithm);
    assert.deepEqual(request.subject, { commonName: "", organizations: [] });
  }
  await assert.rejects(makePodKey("DSA"), new Error('unknown key type "DSA"'));
});
