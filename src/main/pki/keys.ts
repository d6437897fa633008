// Keys and certificates of a cluster. Its own keys are ECDSA P-256, also the one that signs service-account tokens
// (ES256, which upstream accepts as well as RS256 and which costs a start nothing). The keys of people are RSA.

import type { KeyObject } from "node:crypto";
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  generateKeyPairSync,
  sign,
} from "node:crypto";
import { promisify } from "node:util";
import type { Random } from "../../lib/random.ts";
import type { ExtendedUsage, Subject } from "../../lib/x509.ts";
import { makeCertificate, toPem } from "../../lib/x509.ts";

/** PEM texts; `key` is PKCS #8. */
export type Issued = { certificate: string; key: string };

export type Authority = Issued & { subject: Subject };

export type Wish = {
  subject: Subject;
  usages: readonly ExtendedUsage[];
  dnsNames?: readonly string[];
  /** Dotted IPv4 addresses. */
  ipAddresses?: readonly string[];
};

const authorityYears = 10;
const certificateYears = 1;
const yearMs = 365 * 24 * 3600 * 1000;
/** Certificates start a little in the past, so that a client whose clock is behind accepts them. */
const backdateMs = 5 * 60 * 1000;

type Context = { nowMs: number; random: Random };

export function makeAuthority(commonName: string, { nowMs, random }: Context): Authority {
  const pair = makeKey();
  const subject = { commonName, organizations: [] };
  const publicKey = spki(pair.publicKey);
  const certificate = makeCertificate(
    {
      subject,
      issuer: subject,
      publicKey,
      serial: serial(random),
      notBeforeMs: nowMs - backdateMs,
      notAfterMs: nowMs + authorityYears * yearMs,
      authority: true,
      usages: [],
      subjectKeyId: keyId(publicKey),
      authorityKeyId: keyId(publicKey),
    },
    (bytes) => new Uint8Array(sign("sha256", bytes, pair.privateKey)),
  );
  return { subject, certificate: toPem("CERTIFICATE", certificate), key: pkcs8(pair.privateKey) };
}

export type KeyPair = { publicKey: KeyObject; privateKey: KeyObject };

/**
 * A key for a kubeconfig, which programs of every age read: fabric8's client, for one, reads no elliptic key without
 * another library. Takes a tenth of a second of another thread.
 */
export const makePersonKey = (): Promise<KeyPair> =>
  promisify(generateKeyPair)("rsa", { modulusLength: 2048 });

const makeKey = (): KeyPair => generateKeyPairSync("ec", { namedCurve: "P-256" });

/** A certificate for `pair`, or for a new key. */
export function issue(
  authority: Authority,
  wish: Wish,
  context: Context,
  pair: KeyPair = makeKey(),
): Issued {
  const notAfterMs = context.nowMs + certificateYears * yearMs;
  const certificate = certify(
    authority,
    { ...wish, publicKey: spki(pair.publicKey), notAfterMs },
    context,
  );
  return { certificate, key: pkcs8(pair.privateKey) };
}

/** PEM of a certificate for somebody else's public key (DER of SubjectPublicKeyInfo). */
export function certify(
  authority: Authority,
  wish: Wish & { publicKey: Uint8Array; notAfterMs: number },
  { nowMs, random }: Context,
): string {
  const key = createPrivateKey(authority.key);
  const certificate = makeCertificate(
    {
      subject: wish.subject,
      issuer: authority.subject,
      publicKey: wish.publicKey,
      serial: serial(random),
      notBeforeMs: nowMs - backdateMs,
      notAfterMs: wish.notAfterMs,
      authority: false,
      usages: wish.usages,
      dnsNames: wish.dnsNames ?? [],
      ipAddresses: (wish.ipAddresses ?? []).map(ipBytes),
      subjectKeyId: keyId(wish.publicKey),
      authorityKeyId: keyId(spki(createPublicKey(key))),
    },
    (bytes) => new Uint8Array(sign("sha256", bytes, key)),
  );
  return toPem("CERTIFICATE", certificate);
}

/** PEM of a new private key for service-account tokens. */
export function makeTokenKey(): string {
  return pkcs8(makeKey().privateKey);
}

const spki = (key: KeyObject): Uint8Array =>
  new Uint8Array(key.export({ type: "spki", format: "der" }));

const pkcs8 = (key: KeyObject): string => key.export({ type: "pkcs8", format: "pem" }).toString();

const keyId = (publicKey: Uint8Array): Uint8Array =>
  new Uint8Array(createHash("sha1").update(publicKey).digest());

/** 127 random bits: positive, and never twice. */
function serial(random: Random): bigint {
  const hex = Buffer.from(random.bytes(16)).toString("hex");
  return (BigInt(`0x${hex}`) >> 1n) | 1n;
}

function ipBytes(dotted: string): Uint8Array {
  return Uint8Array.from(dotted.split("."), Number);
}
