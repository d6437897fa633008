// Certificates and signing requests as bytes. Keys and signatures are the caller's (`sign` is passed in), so this
// file needs no cryptography of its own.
import {
  bitString,
  boolean,
  der,
  explicit,
  implicit,
  integer,
  octetString,
  oid,
  readAll,
  readDer,
  readOid,
  sequence,
  setOf,
  time,
  utf8,
} from "./der.ts";

export type Subject = { commonName: string; organizations: readonly string[] };

export type ExtendedUsage = "serverAuth" | "clientAuth";

export type CertificateFields = {
  subject: Subject;
  issuer: Subject;
  /** DER of SubjectPublicKeyInfo. */
  publicKey: Uint8Array;
  /** Positive; 20 bytes at most. */
  serial: bigint;
  notBeforeMs: number;
  notAfterMs: number;
  authority: boolean;
  usages: readonly ExtendedUsage[];
  dnsNames?: readonly string[];
  ipAddresses?: readonly Uint8Array[];
  /** Key identifiers, so that several authorities of one name can be told apart. */
  subjectKeyId?: Uint8Array;
  authorityKeyId?: Uint8Array;
};

/** ECDSA with SHA-256 over P-256: every certificate of ours is signed so. */
const ecdsaWithSha256 = sequence(oid("1.2.840.10045.4.3.2"));
const rsaWithSha256 = sequence(oid("1.2.840.113549.1.1.11"), der(0x05));

const usageOids: Record<ExtendedUsage, string> = {
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
};

/** DER of a certificate; `sign` makes the ECDSA-SHA256 signature (DER form) of the bytes it gets. */
export function makeCertificate(
  fields: CertificateFields,
  sign: (bytes: Uint8Array) => Uint8Array,
): Uint8Array {
  const body = sequence(
    explicit(0, integer(2n)),
    integer(fields.serial),
    ecdsaWithSha256,
    nameOf(fields.issuer),
    sequence(time(fields.notBeforeMs), time(fields.notAfterMs)),
    nameOf(fields.subject),
    fields.publicKey,
    explicit(3, sequence(...extensions(fields))),
  );
  return sequence(body, ecdsaWithSha256, bitString(sign(body)));
}

function nameOf({ commonName, organizations }: Subject): Uint8Array {
  const part = (type: string, text: string) => setOf(sequence(oid(type), utf8(text)));
  return sequence(...organizations.map((o) => part("2.5.4.10", o)), part("2.5.4.3", commonName));
}

function extensions(fields: CertificateFields): Uint8Array[] {
  const out = [
    extension("2.5.29.15", true, keyUsage(fields.authority)),
    extension("2.5.29.19", true, fields.authority ? sequence(boolean(true)) : sequence()),
  ];
  if (fields.usages.length > 0) {
    out.push(
      extension("2.5.29.37", false, sequence(...fields.usages.map((u) => oid(usageOids[u])))),
    );
  }
  const { subjectKeyId, authorityKeyId, dnsNames = [], ipAddresses = [] } = fields;
  if (subjectKeyId) out.push(extension("2.5.29.14", false, octetString(subjectKeyId)));
  if (authorityKeyId)
    out.push(extension("2.5.29.35", false, sequence(implicit(0, authorityKeyId))));
  if (dnsNames.length + ipAddresses.length > 0) {
    const dns = dnsNames.map((n) => implicit(2, new TextEncoder().encode(n)));
    const ips = ipAddresses.map((a) => implicit(7, a));
    out.push(extension("2.5.29.17", false, sequence(...dns, ...ips)));
  }
  return out;
}

const extension = (id: string, critical: boolean, value: Uint8Array): Uint8Array =>
  sequence(oid(id), ...(critical ? [boolean(true)] : []), octetString(value));

/** digitalSignature for everybody; the authority also signs certificates and revocation lists. */
function keyUsage(authority: boolean): Uint8Array {
  return authority
    ? bitString(Uint8Array.of(0b10000110), 1)
    : bitString(Uint8Array.of(0b10000000), 7);
}

export type SigningRequest = {
  subject: Subject;
  publicKey: Uint8Array;
  dnsNames: string[];
  ipAddresses: Uint8Array[];
  emailAddresses: string[];
  uris: string[];
  /** What the signature covers, and the signature itself (DER), for the caller to check. */
  signed: Uint8Array;
  signature: Uint8Array;
  signatureAlgorithm: string;
};

/** Reads a PKCS #10 request. Throws a RangeError when it is none; the signature is not checked here. */
export function readSigningRequest(bytes: Uint8Array): SigningRequest {
  const [info, algorithm, signature] = readAll(readDer(bytes).content);
  if (!info || !algorithm || !signature) throw new RangeError("not a certificate signing request");
  const [, subject, publicKey, attributes] = readAll(info.content);
  if (!subject || !publicKey) throw new RangeError("signing request without subject or key");
  const algorithmId = readAll(algorithm.content)[0];
  return {
    subject: readName(subject.content),
    publicKey: publicKey.whole,
    ...readAlternativeNames(attributes?.content),
    signed: info.whole,
    signature: signature.content.subarray(1),
    signatureAlgorithm: algorithmId ? readOid(algorithmId.content) : "",
  };
}

function readName(content: Uint8Array): Subject {
  const organizations: string[] = [];
  let commonName = "";
  for (const part of readAll(content)) {
    for (const pair of readAll(part.content)) {
      const [type, value] = readAll(pair.content);
      if (!type || !value) continue;
      const text = new TextDecoder().decode(value.content);
      if (readOid(type.content) === "2.5.4.10") organizations.push(text);
      if (readOid(type.content) === "2.5.4.3") commonName = text;
    }
  }
  return { commonName, organizations };
}

type AlternativeNames = Pick<
  SigningRequest,
  "dnsNames" | "ipAddresses" | "emailAddresses" | "uris"
>;

function readAlternativeNames(attributes: Uint8Array | undefined): AlternativeNames {
  const names: AlternativeNames = { dnsNames: [], ipAddresses: [], emailAddresses: [], uris: [] };
  if (!attributes) return names;
  for (const attribute of readAll(attributes)) {
    const [type, values] = readAll(attribute.content);
    if (!type || !values || readOid(type.content) !== "1.2.840.113549.1.9.14") continue;
    for (const extensionList of readAll(values.content)) {
      for (const entry of readAll(extensionList.content))
        collectNames(readAll(entry.content), names);
    }
  }
  return names;
}

function collectNames(parts: ReturnType<typeof readAll>, names: AlternativeNames): void {
  const [type] = parts;
  const value = parts.at(-1);
  if (!type || !value || readOid(type.content) !== "2.5.29.17") return;
  for (const name of readAll(readDer(value.content).content)) {
    const text = new TextDecoder().decode(name.content);
    if (name.tag === 0x81) names.emailAddresses.push(text);
    if (name.tag === 0x82) names.dnsNames.push(text);
    if (name.tag === 0x86) names.uris.push(text);
    if (name.tag === 0x87) names.ipAddresses.push(name.content);
  }
}

/** DER of a PKCS #10 request for a client or serving certificate. */
export function makeSigningRequest(
  fields: {
    subject: Subject;
    publicKey: Uint8Array;
    /** Of the key that signs; ECDSA when absent. */
    algorithm?: "rsa";
    dnsNames?: readonly string[];
    ipAddresses?: readonly Uint8Array[];
  },
  sign: (bytes: Uint8Array) => Uint8Array,
): Uint8Array {
  const dns = (fields.dnsNames ?? []).map((n) => implicit(2, new TextEncoder().encode(n)));
  const ips = (fields.ipAddresses ?? []).map((a) => implicit(7, a));
  const wanted = extension("2.5.29.17", false, sequence(...dns, ...ips));
  const attributes =
    dns.length + ips.length === 0
      ? []
      : [sequence(oid("1.2.840.113549.1.9.14"), setOf(sequence(wanted)))];
  const info = sequence(
    integer(0n),
    nameOf(fields.subject),
    fields.publicKey,
    der(0xa0, ...attributes),
  );
  const algorithm = fields.algorithm === "rsa" ? rsaWithSha256 : ecdsaWithSha256;
  return sequence(info, algorithm, bitString(sign(info)));
}

/** `-----BEGIN LABEL-----` form of bytes. */
export function toPem(label: string, bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  const lines = btoa(binary).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** The certificates of a PEM file, each with its frame; what stands between them is left out. */
export const certificatesIn = (text: string): string[] =>
  text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];

/** Bytes of the first block with this label; undefined when there is none that can be read. */
export function fromPem(label: string, text: string): Uint8Array | undefined {
  const found = new RegExp(
    `-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]*)-----END ${label}-----`,
  ).exec(text);
  if (!found?.[1]) return undefined;
  try {
    const binary = atob(found[1].replace(/\s/g, ""));
    return Uint8Array.from(binary, (c) => c.charCodeAt(0));
  } catch {
    return undefined;
  }
}
