import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { test } from "node:test";
import { seededRandom } from "../../lib/random.ts";
import { memoryVault, openAdmin, openPki } from "./cluster-pki.ts";
import { issue } from "./keys.ts";

const wish = (nowMs: number, ipAddresses = ["127.0.0.1"]) => ({
  dnsNames: ["localhost"],
  ipAddresses,
  nowMs,
  random: seededRandom(1),
});
const start = Date.UTC(2026, 0, 1);
const dayMs = 24 * 3600 * 1000;

test("certificates are made once and kept", () => {
  const vault = memoryVault();
  const first = openPki(vault, wish(start));
  assert.deepEqual(openPki(vault, wish(start + dayMs)), first);
});

test("the administrator's key is one that every client reads, and is kept", async () => {
  const vault = memoryVault();
  const { authority } = openPki(vault, wish(start));
  const first = await openAdmin(vault, authority, wish(start));
  const admin = new X509Certificate(first.certificate);
  assert.equal(admin.subject, "O=system:masters\nCN=kubernetes-admin");
  assert.equal(admin.publicKey.asymmetricKeyType, "rsa");
  assert.ok(admin.verify(new X509Certificate(authority.certificate).publicKey));
  assert.ok(admin.checkPrivateKey(createPrivateKey(first.key)));
  assert.deepEqual(await openAdmin(vault, authority, wish(start + dayMs)), first);
  const later = await openAdmin(vault, authority, wish(start + 300 * dayMs));
  assert.notEqual(later.certificate, first.certificate);
});

test("a certificate is renewed when a third of its life is left, the authority stays", () => {
  const vault = memoryVault();
  const first = openPki(vault, wish(start));
  const later = openPki(vault, wish(start + 300 * dayMs));
  assert.notEqual(later.serving.certificate, first.serving.certificate);
  assert.equal(later.authority.certificate, first.authority.certificate);
  assert.deepEqual(later.tokenKeys, first.tokenKeys);
});

test("a new address of the server needs a new certificate, an old one does not", () => {
  const vault = memoryVault();
  const first = openPki(vault, wish(start));
  const moved = openPki(vault, wish(start, ["127.0.0.1", "10.0.0.7"]));
  assert.match(new X509Certificate(moved.serving.certificate).subjectAltName ?? "", /10\.0\.0\.7/);
  assert.equal(moved.nodeClient.certificate, first.nodeClient.certificate);
});

test("a certificate for another subject is made anew, so that what an older release gave loses its rights", () => {
  const vault = memoryVault();
  const { authority, nodeClient } = openPki(vault, wish(start));
  assert.equal(
    new X509Certificate(nodeClient.certificate).subject,
    "CN=kube-apiserver-kubelet-client",
  );
  const subject = {
    commonName: "kube-apiserver-kubelet-client",
    organizations: ["system:masters"],
  };
  const old = issue(authority, { subject, usages: ["clientAuth"] }, wish(start));
  vault.write("apiserver-kubelet-client.crt", old.certificate);
  vault.write("apiserver-kubelet-client.key", old.key);
  const { certificate } = openPki(vault, wish(start)).nodeClient;
  assert.equal(new X509Certificate(certificate).subject, "CN=kube-apiserver-kubelet-client");
});

for (const file of ["ca.crt", "apiserver.key"]) {
  test(`a damaged ${file} is refused by name`, () => {
    const vault = memoryVault();
    openPki(vault, wish(start));
    vault.write(file, "torn");
    assert.throws(() => openPki(vault, wish(start)), {
      message: new RegExp(`^${file} .* is damaged .*; restore it from a backup`),
    });
  });
}

test("a key without its certificate is refused by name", () => {
  const vault = memoryVault();
  openPki(vault, wish(start));
  const broken = {
    ...vault,
    read: (name: string) => (name === "apiserver.crt" ? undefined : vault.read(name)),
  };
  assert.throws(
    () => openPki(broken, wish(start)),
    /apiserver\.crt .* is missing; restore it from a backup/,
  );
});
