import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { makeSigningRequest, toPem } from "../../lib/x509.ts";
import { subjectAsked } from "./certificates.ts";

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const good = makeSigningRequest(
  {
    subject: { commonName: "ann", organizations: ["devs", "ops"] },
    publicKey: publicKey.export({ type: "spki", format: "der" }),
  },
  (bytes) => sign("sha256", bytes, privateKey),
);
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const asked = (der: Uint8Array) => subjectAsked(base64(toPem("CERTIFICATE REQUEST", der)));

test("the subject of a request", () => {
  assert.deepEqual(asked(good), { commonName: "ann", organizations: ["devs", "ops"] });
});

test("what is no request is refused in words", () => {
  const noBlock = "PEM block type must be CERTIFICATE REQUEST";
  const begin = "-----BEGIN CERTIFICATE REQUEST-----";
  const end = "-----END CERTIFICATE REQUEST-----";
  for (const text of ["", "x", toPem("CERTIFICATE", good), `${begin}a${end}`, begin]) {
    assert.equal(subjectAsked(base64(text)), noBlock, text);
  }
  assert.equal(subjectAsked("*"), noBlock);
});

test("a damaged request never throws", () => {
  const bytes = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 });
  fc.assert(
    fc.property(bytes, fc.nat(good.length), (changes, length) => {
      const der = Uint8Array.from(good.subarray(0, length));
      for (const [at, byte] of changes) if (at < length) der[at] = byte;
      const subject = asked(der);
      return typeof subject === "string" || Array.isArray(subject.organizations);
    }),
    { numRuns: 500 },
  );
});
