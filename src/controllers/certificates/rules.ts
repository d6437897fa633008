// Which signing requests are approved by themselves, and which an approved one must fulfil to be signed (upstream's
// well-known signers).
import { readSigningRequest, type SigningRequest } from "../../lib/x509.ts";
import type { CertificateSigningRequest } from "../../schema/types/certificates-v1.ts";
import type { Node } from "../../schema/types/core-v1.ts";

export const signers = {
  client: "kubernetes.io/kube-apiserver-client",
  nodeClient: "kubernetes.io/kube-apiserver-client-kubelet",
  nodeServing: "kubernetes.io/kubelet-serving",
  legacy: "kubernetes.io/legacy-unknown",
} as const;

const nodeGroup = "system:nodes";
const nodePrefix = "system:node:";

export type Read =
  | { ok: true; request: SigningRequest; bytes: Uint8Array }
  | { ok: false; why: string };

/** The PKCS #10 request inside `spec.request` (base64 of PEM). */
export function readRequest({ spec }: CertificateSigningRequest): Read {
  try {
    const pem = atob(spec.request);
    const body = /-----BEGIN [A-Z ]*CERTIFICATE REQUEST-----([\s\S]*?)-----END/.exec(pem)?.[1];
    if (body === undefined) return { ok: false, why: "PEM block type must be CERTIFICATE REQUEST" };
    const bytes = Uint8Array.from(atob(body.replace(/\s/g, "")), (c) => c.charCodeAt(0));
    return { ok: true, request: readSigningRequest(bytes), bytes };
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : `${error}` };
  }
}

/** Why an approved request may not be signed for its signer; undefined when it may. */
export function whyNotSigned(
  { spec }: CertificateSigningRequest,
  request: SigningRequest,
): string | undefined {
  const usages = new Set(spec.usages ?? []);
  const only = (...allowed: string[]): boolean => [...usages].every((u) => allowed.includes(u));
  const names = [
    ...request.dnsNames,
    ...request.ipAddresses,
    ...request.emailAddresses,
    ...request.uris,
  ];
  switch (spec.signerName) {
    case signers.client:
      return only("digital signature", "key encipherment", "client auth") &&
        usages.has("client auth")
        ? undefined
        : "usages did not match";
    case signers.nodeClient:
      if (!isNode(request)) return "subject is not that of a node";
      if (names.length > 0) return "subjectAltNames are not allowed";
      return only("digital signature", "key encipherment", "client auth") &&
        usages.has("client auth")
        ? undefined
        : "usages did not match";
    case signers.nodeServing:
      if (!isNode(request)) return "subject is not that of a node";
      if (request.dnsNames.length + request.ipAddresses.length === 0)
        return "DNS or IP subjectAltName is required";
      if (request.emailAddresses.length + request.uris.length > 0)
        return "email and URI subjectAltNames are not allowed";
      return only("digital signature", "key encipherment", "server auth") &&
        usages.has("server auth")
        ? undefined
        : "usages did not match";
    default:
      return undefined;
  }
}

const isNode = ({ subject }: SigningRequest): boolean =>
  subject.organizations.length === 1 &&
  subject.organizations[0] === nodeGroup &&
  subject.commonName.startsWith(nodePrefix);

/** What the asker must be allowed to create so that his request for a node's client certificate is approved. */
export function nodeClientRight(
  { spec }: CertificateSigningRequest,
  request: SigningRequest,
): "nodeclient" | "selfnodeclient" | undefined {
  if (
    spec.signerName !== signers.nodeClient ||
    whyNotSigned({ spec } as CertificateSigningRequest, request)
  )
    return undefined;
  return spec.username === request.subject.commonName ? "selfnodeclient" : "nodeclient";
}

/** A node may have a serving certificate for itself, under the addresses that its Node object shows. */
export function servesItself(
  { spec }: CertificateSigningRequest,
  request: SigningRequest,
  nodeOf: (name: string) => Node | undefined,
): boolean {
  const { commonName } = request.subject;
  if (spec.signerName !== signers.nodeServing || spec.username !== commonName) return false;
  if (whyNotSigned({ spec } as CertificateSigningRequest, request)) return false;
  const node = nodeOf(commonName.slice(nodePrefix.length));
  const own = new Set((node?.status?.addresses ?? []).map((a) => a.address));
  const addresses = request.ipAddresses.map((bytes) => bytes.join("."));
  return [...request.dnsNames, ...addresses].every((name) => own.has(name));
}
