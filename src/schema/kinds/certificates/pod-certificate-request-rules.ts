// The rules of a pod's certificate request. Keys, signatures and the inside of certificates are not judged here.
import { notSupported, required, tooLong } from "../../field-error.ts";
import type { Write } from "../../kind.ts";
import { checkQualifiedName, nameIsDnsSubdomain } from "../../names.ts";
import { semanticEqual } from "../../semantic-equal.ts";
import type { Cause } from "../../status-error.ts";
import type {
  PodCertificateRequest,
  PodCertificateRequestSpec,
  PodCertificateRequestStatus,
} from "../../types/certificates-v1.ts";
import { checkUnchanged, invalid, type Out, objectName, refuse, wrong } from "../checks.ts";
import { checkConditions } from "../conditions.ts";
import { decodedLength } from "../core/immutable-data.ts";
import { isSequence, pemBlocks } from "../pem.ts";
import { checkSignerName, isKubernetesSigner } from "./signer-name.ts";

const uidBytesMax = 128;
const requestBytesMax = 10 * 1024;
const chainBytesMax = 100 * 1024;
const hourSeconds = 60 * 60;
const daySeconds = 24 * hourSeconds;

export function validatePodRequest(
  next: PodCertificateRequest,
  old: PodCertificateRequest | undefined,
  { subresource }: Write,
): Cause[] {
  const out: Out = [];
  if (old === undefined) checkSpec(out, next.spec);
  else if (subresource === "status") checkStatus(out, next.status ?? {}, old.status ?? {});
  else checkUnchanged(out, "spec", next.spec, old.spec);
  return out;
}

function checkSpec(out: Out, spec: PodCertificateRequestSpec): void {
  const { signerName, unverifiedUserAnnotations: annotations } = spec;
  checkSignerName(out, "spec.signerName", signerName);
  for (const key of Object.keys(annotations ?? {})) {
    checkKey(out, "spec.unverifiedUserAnnotations", key.toLowerCase());
  }
  for (const [name, uid] of named) {
    objectName(out, `spec.${name}`, spec[name] ?? "", nameIsDnsSubdomain);
    const value = spec[uid] ?? "";
    if (value === "") invalid(out, `spec.${uid}`, value, "must not be empty");
    if (value.length > uidBytesMax) out.push(tooLong(`spec.${uid}`, uidBytesMax));
  }
  const { maxExpirationSeconds: seconds } = spec;
  if (seconds === undefined) {
    out.push(required("spec.maxExpirationSeconds", "must be set"));
    return;
  }
  const secondsMax = isKubernetesSigner(signerName ?? "") ? daySeconds : 91 * daySeconds;
  if (seconds < hourSeconds || seconds > secondsMax) {
    const range = `must be in the range [${hourSeconds}, ${secondsMax}]`;
    invalid(out, "spec.maxExpirationSeconds", seconds, range);
  }
  checkKeys(out, spec);
}

const named = [
  ["podName", "podUID"],
  ["serviceAccountName", "serviceAccountUID"],
  ["nodeName", "nodeUID"],
] as const;

function checkKey(out: Out, at: string, key: string): void {
  const problems = checkQualifiedName(key);
  refuse(out, at, key, problems);
  if (problems.length > 0 || key.includes("/")) return;
  invalid(out, at, key, 'must be a domain-prefixed key (such as "acme.io/foo")');
}

function checkKeys(out: Out, { stubPKCS10Request: stub = "" }: PodCertificateRequestSpec): void {
  const at = "spec.stubPKCS10Request";
  if (stub === "") {
    const choice = "exactly one of (stubPKCS10Request) or (pkixPublicKey, proofOfPossession)";
    wrong(out, "spec", `${choice} must be set`);
  } else if (decodedLength(stub) > requestBytesMax) out.push(tooLong(at, requestBytesMax));
  else if (!isSequence(stub)) wrong(out, at, "must be a valid PKCS#10 CSR");
}

type Status = PodCertificateRequestStatus;
const verdicts = ["Issued", "Denied", "Failed"];
const oneVerdict = 'There may be at most one condition with type "Issued", "Denied", or "Failed"';

const verdictOf = ({ conditions = [] }: Status): string | undefined =>
  conditions.find(({ type, status }) => verdicts.includes(type) && status === "True")?.type;

function checkStatus(out: Out, next: Status, old: Status): void {
  const { conditions = [] } = next;
  let count = 0;
  for (const [i, { type, status }] of conditions.entries()) {
    // Upstream writes a dot before the index.
    const at = `status.conditions.[${i}]`;
    if (!verdicts.includes(type)) {
      out.push(notSupported(`${at}.type`, type, verdicts));
      continue;
    }
    count++;
    if (count > 1) invalid(out, `${at}.type`, type, oneVerdict);
    if (status !== "True") out.push(notSupported(`${at}.status`, status, ["True"]));
  }
  checkConditions(out, "status.conditions", conditions);
  if (out.length > 0) return;
  const verdict = verdictOf(next);
  if (verdictOf(old) !== undefined) {
    const detail = "immutable after PodCertificateRequest is issued, denied, or failed";
    if (!semanticEqual(next, old)) wrong(out, "status", detail);
  } else if (verdict === "Issued") checkChain(out, next);
  else if (verdict !== undefined) {
    const { conditions: _, ...rest } = next;
    const detail =
      "non-condition status fields must be empty when denying or failing the PodCertificateRequest";
    if (!semanticEqual(rest, {})) wrong(out, "status", detail);
  } else if (!semanticEqual(next, old)) {
    const detail = 'status is immutable unless transitioning to "Issued", "Denied", or "Failed"';
    wrong(out, "status", detail);
  }
}

function checkChain(out: Out, status: Status): void {
  const at = "status.certificateChain";
  const { certificateChain: chain = "" } = status;
  if (chain.length > chainBytesMax) {
    out.push(tooLong(at, chainBytesMax));
    return;
  }
  const blocks = pemBlocks(chain);
  const [leaf] = blocks;
  if (leaf === undefined) {
    const detail = "issued certificate chain must contain at least one certificate";
    invalid(out, at, chain, detail);
  } else if (blocks.some(({ type }) => type !== "CERTIFICATE")) {
    const detail = "issued certificate chain must consist entirely of CERTIFICATE PEM blocks";
    invalid(out, at, chain, detail);
  } else if (!isSequence(leaf.base64)) {
    invalid(out, at, chain, "leaf certificate does not parse as valid X.509");
  } else checkTimes(out, status);
}

const consistent = "must be present and consistent with the issued certificate";
const refreshRange = "must be present and in the range [notbefore+10min, notafter-10min]";

function checkTimes(out: Out, { notBefore, notAfter, beginRefreshAt }: Status): void {
  if (notBefore === undefined) out.push(required("status.notBefore", consistent));
  if (notAfter === undefined) out.push(required("status.notAfter", consistent));
  if (beginRefreshAt === undefined) out.push(required("status.beginRefreshAt", refreshRange));
}
