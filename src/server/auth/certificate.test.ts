import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import { type CertificateFields, makeCertificate, type Subject, toPem } from "../../lib/x509.ts";
import { certificateCheck } from "./certificate.ts";

const now = Date.parse("2026-06-01T00:00:00Z");
const day = 24 * 3600 * 1000;

type Authority = { subject: Subject; key: ReturnType<typeof newKey>; pem: string };
const newKey = () => generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const spki = (key: ReturnType<typeof newKey>): Uint8Array =>
  createPublicKey(key.privateKey).export({ type: "spki", format: "der" });

function certificate(
  issuer: Omit<Authority, "pem">,
  fields: Partial<CertificateFields>,
): Uint8Array {
  return makeCertificate(
    {
      subject: { commonName: "ann", organizations: [] },
      issuer: issuer.subject,
      publicKey: spki(newKey()),
      serial: 7n,
      notBeforeMs: now - day,
      notAfterMs: now + day,
      authority: false,
      usages: ["clientAuth"],
      ...fields,
    },
    (bytes) => sign("sha256", bytes, issuer.key.privateKey),
  );
}

function authority(commonName: string, fields: Partial<CertificateFields> = {}): Authority {
  const subject = { commonName, organizations: [] };
  const key = newKey();
  const der = certificate(
    { subject, key },
    { subject, publicKey: spki(key), authority: true, usages: [], ...fields },
  );
  return { subject, key, pem: toPem("CERTIFICATE", der) };
}

const ours = authority("ours");
const others = authority("ours");
const check = certificateCheck(ours.pem);
const who = (der: Uint8Array, at = now): string => {
  const found = check(der, at);
  return found.valid ? `${found.identity.user} [${found.identity.groups}]` : found.why;
};

const named = (commonName: string, ...organizations: string[]): Partial<CertificateFields> => ({
  subject: { commonName, organizations },
});

const rows: [what: string, der: Uint8Array, at: number, answer: string][] = [
  [
    "name and groups",
    certificate(ours, named("ann", "devs", "system:masters")),
    now,
    "ann [devs,system:masters]",
  ],
  [
    "odd characters stay",
    certificate(ours, named("a\nO=system:masters, b+c", "x,y\\")),
    now,
    "a\nO=system:masters, b+c [x,y\\]",
  ],
  [
    "another authority of the same name",
    certificate(others, {}),
    now,
    "certificate signed by unknown authority",
  ],
  ["expired", certificate(ours, {}), now + 2 * day, "certificate has expired or is not yet valid"],
  ["not yet", certificate(ours, {}), now - 2 * day, "certificate has expired or is not yet valid"],
  [
    "for servers only",
    certificate(ours, { usages: ["serverAuth"] }),
    now,
    "certificate specifies an incompatible key usage",
  ],
  ["for everything", certificate(ours, { usages: [] }), now, "ann []"],
  [
    "no name",
    certificate(ours, named("", "system:masters")),
    now,
    "certificate without a common name",
  ],
];

test("a client certificate names a user", () => {
  for (const [what, der, at, answer] of rows) assert.equal(who(der, at), answer, what);
});

test("the same certificate is another one tomorrow", () => {
  const der = certificate(ours, {});
  assert.equal(who(der), "ann []");
  assert.equal(who(der, now + 2 * day), "certificate has expired or is not yet valid");
  assert.equal(who(der), "ann []");
});

test("what is no certificate is refused", () => {
  for (const bytes of [
    Uint8Array.of(),
    Uint8Array.of(0x30, 0x82, 1),
    certificate(ours, {}).subarray(9),
  ]) {
    assert.match(who(bytes), /^certificate cannot be read: /);
  }
});

test("a certificate that is no authority issues nothing", () => {
  const key = newKey();
  const subject = { commonName: "leaf", organizations: [] };
  const leaf = certificate(ours, { subject, publicKey: spki(key), usages: [] });
  const checkLeaf = certificateCheck(toPem("CERTIFICATE", leaf));
  assert.equal(checkLeaf(certificate({ subject, key }, {}), now).valid, false);
});
