// Who a client certificate names: the common name is the user, each organization a group. The certificate is checked
// against the authorities here, since TLS lets everybody in.
import { X509Certificate } from "node:crypto";
import { type Der, readAll, readDer, readOid } from "../../lib/der.ts";
import { Lru } from "../../lib/lru.ts";
import { certificatesIn } from "../../lib/x509.ts";
import type { Identity } from "../../schema/api-request.ts";

/** `valid: false` says why nobody is identified by the certificate. */
export type CertificateIdentity =
  | { readonly valid: true; readonly identity: Identity }
  | { readonly valid: false; readonly why: string };

/** `now`: wall clock, ms. */
export type CertificateCheck = (der: Uint8Array, now: number) => CertificateIdentity;

/** `authorities`: PEM of one or more certificates. Throws when one of them cannot be read. */
export function certificateCheck(authorities: string): CertificateCheck {
  const issuers = certificatesIn(authorities).map((pem) => new X509Certificate(pem));
  const checked = new Lru<string, Checked>(checkedMax);
  // A connection shows the same bytes with each request.
  const shown = new WeakMap<Uint8Array, Checked>();
  const checkOf = (der: Uint8Array): Checked => {
    const key = Buffer.from(der.buffer, der.byteOffset, der.length).toString("latin1");
    let found = checked.get(key);
    if (found === undefined) {
      found = check(der, issuers);
      checked.set(key, found);
    }
    shown.set(der, found);
    return found;
  };
  return (der, now) => {
    const found = shown.get(der) ?? checkOf(der);
    if (found.result.valid && (now < found.fromMs || now > found.toMs)) {
      return { valid: false, why: "certificate has expired or is not yet valid" };
    }
    return found.result;
  };
}

/** Certificates whose check is remembered: those of the nodes and people of a busy cluster. */
const checkedMax = 4096;

type Checked = {
  readonly result: CertificateIdentity;
  readonly fromMs: number;
  readonly toMs: number;
};

function check(der: Uint8Array, issuers: readonly X509Certificate[]): Checked {
  try {
    const certificate = new X509Certificate(der);
    const issuer = issuers.find((i) => issued(i, certificate));
    return {
      result: identified(certificate, der, issuer),
      fromMs: Math.max(startOf(certificate), issuer === undefined ? 0 : startOf(issuer)),
      toMs: Math.min(endOf(certificate), issuer === undefined ? 0 : endOf(issuer)),
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      result: { valid: false, why: `certificate cannot be read: ${why}` },
      fromMs: 0,
      toMs: 0,
    };
  }
}

const startOf = (certificate: X509Certificate): number => certificate.validFromDate.getTime();
const endOf = (certificate: X509Certificate): number => certificate.validToDate.getTime();

const issued = (issuer: X509Certificate, certificate: X509Certificate): boolean =>
  issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);

function identified(
  certificate: X509Certificate,
  der: Uint8Array,
  issuer: X509Certificate | undefined,
): CertificateIdentity {
  if (issuer === undefined) return { valid: false, why: "certificate signed by unknown authority" };
  if (!forClients(certificate)) {
    return { valid: false, why: "certificate specifies an incompatible key usage" };
  }
  const { commonName, organizations, uids } = readSubject(der);
  if (commonName === "") return { valid: false, why: "certificate without a common name" };
  if (uids.length > 1 || uids[0] === "") {
    return { valid: false, why: "certificate with an empty UID or several" };
  }
  const print = certificate.fingerprint256.replaceAll(":", "").toLowerCase();
  const identity: Identity = {
    user: commonName,
    groups: organizations,
    ...(uids[0] === undefined ? {} : { uid: uids[0] }),
    extra: { "authentication.kubernetes.io/credential-id": [`X509SHA256=${print}`] },
  };
  return { valid: true, identity };
}

/** Without extended usages a certificate is good for everything. */
function forClients({ keyUsage }: X509Certificate): boolean {
  const usages: readonly string[] = keyUsage ?? [];
  return usages.length === 0 || usages.some((u) => u === clientUsage || u === anyUsage);
}

const clientUsage = "1.3.6.1.5.5.7.3.2";
const anyUsage = "2.5.29.37.0";

type CertificateSubject = { commonName: string; organizations: string[]; uids: string[] };

/** From the bytes themselves: printed forms of a name can be made to read as another one. */
function readSubject(certificate: Uint8Array): CertificateSubject {
  const [body] = readAll(readDer(certificate).content);
  if (body === undefined) throw new RangeError("certificate without a body");
  const fields = readAll(body.content);
  // The version is left out of version 1; it alone is tagged [0].
  const subjectAt = fields[0]?.tag === 0xa0 ? 5 : 4;
  const subject: CertificateSubject = { commonName: "", organizations: [], uids: [] };
  for (const part of readAll(fields[subjectAt]!.content)) {
    for (const pair of readAll(part.content)) {
      const [type, value] = readAll(pair.content);
      if (type === undefined || value === undefined) throw new RangeError("subject is malformed");
      note(subject, readOid(type.content), value);
    }
  }
  return subject;
}

function note(subject: CertificateSubject, type: string, value: Der): void {
  switch (type) {
    case "2.5.4.3":
      subject.commonName = textOf(value);
      break;
    case "2.5.4.10":
      subject.organizations.push(textOf(value));
      break;
    case uidType:
      subject.uids.push(textOf(value));
      break;
    default:
  }
}

/** Upstream's own attribute for a user's UID. */
const uidType = "1.3.6.1.4.1.57683.2";

const bmpString = 0x1e;
const latinString = 0x14;

function textOf({ tag, content }: Der): string {
  const encoding = tag === bmpString ? "utf-16be" : tag === latinString ? "latin1" : "utf-8";
  return new TextDecoder(encoding, { fatal: true }).decode(content);
}
