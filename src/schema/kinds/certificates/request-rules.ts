// The rules of a certificate signing request. Signatures and the inside of certificates are not judged here.
import { duplicate, invalidValue, notSupported, required } from "../../field-error.ts";
import type { Write } from "../../kind.ts";
import { semanticEqual } from "../../semantic-equal.ts";
import type { Cause } from "../../status-error.ts";
import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
} from "../../types/certificates-v1.ts";
import { forbidden, invalid, type Out } from "../checks.ts";
import { diffText } from "../diff-text.ts";
import { isSequence, pemBlocks } from "../pem.ts";
import { checkSignerName } from "./signer-name.ts";

const usages = [
  "any",
  "cert sign",
  "client auth",
  "code signing",
  "content commitment",
  "crl sign",
  "data encipherment",
  "decipher only",
  "digital signature",
  "email protection",
  "encipher only",
  "ipsec end system",
  "ipsec tunnel",
  "ipsec user",
  "key agreement",
  "key encipherment",
  "microsoft sgc",
  "netscape sgc",
  "ocsp signing",
  "s/mime",
  "server auth",
  "signing",
  "timestamping",
];
const secondsMin = 600;
const legacySigner = "kubernetes.io/legacy-unknown";

type Request = CertificateSigningRequest;
type Conditions = readonly CertificateSigningRequestCondition[];

export function validateRequest(
  next: Request,
  old: Request | undefined,
  { subresource }: Write,
): Cause[] {
  const out: Out = [];
  const last: Out = [];
  checkSpec(out, next, old);
  checkConditions({ out, last }, next.status?.conditions ?? [], old?.status?.conditions);
  checkCertificate(out, next, old);
  if (old) checkUpdate(out, next, old, subresource);
  return [...out, ...last];
}

function checkSpec(out: Out, { spec }: Request, old: Request | undefined): void {
  const problem = requestProblem(spec.request ?? "");
  if (problem) invalid(out, "spec.request", spec.request ?? null, problem);
  const asked: readonly string[] = spec.usages ?? [];
  const before: readonly string[] = old?.spec.usages ?? [];
  if (asked.length === 0) out.push(required("spec.usages"));
  const isKnown = (usage: string) => usages.includes(usage);
  if (before.every(isKnown)) {
    for (const [i, usage] of asked.entries()) {
      if (!isKnown(usage)) out.push(notSupported(`spec.usages[${i}]`, usage, usages));
    }
  }
  if (new Set(before).size === before.length) {
    for (const [i, usage] of asked.entries()) {
      if (asked.indexOf(usage) < i) out.push(duplicate(`spec.usages[${i}]`, usage));
    }
  }
  if (spec.signerName === legacySigner && old?.spec.signerName !== legacySigner) {
    const detail = "the legacy signerName is not allowed via this API version";
    invalid(out, "spec.signerName", spec.signerName, detail);
  } else checkSignerName(out, "spec.signerName", spec.signerName);
  const { expirationSeconds: seconds } = spec;
  if (seconds === undefined || seconds >= secondsMin) return;
  const detail = "may not specify a duration less than 600 seconds (10 minutes)";
  invalid(out, "spec.expirationSeconds", seconds, detail);
}

function requestProblem(base64: string): string | undefined {
  const [block] = pemBlocks(atob(base64));
  if (block?.type !== "CERTIFICATE REQUEST") return "PEM block type must be CERTIFICATE REQUEST";
  return isSequence(block.base64) ? undefined : "asn1: syntax error: data truncated";
}

const verdicts = ["Approved", "Denied", "Failed"];
const anyStatus = ["False", "True", "Unknown"];

/** `last`: what upstream's newer kind of rules says, behind everything else. */
type Outs = { readonly out: Out; readonly last: Out };

function checkConditions({ out, last }: Outs, conditions: Conditions, old: Conditions = []): void {
  const at = "status.conditions";
  const oldTypes = old.map(({ type }) => type);
  const hadDoubles = new Set(oldTypes).size < oldTypes.length;
  const hadBoth = oldTypes.includes("Approved") && oldTypes.includes("Denied");
  const seen = new Set<string>();
  for (const [i, { type = "", status = "" }] of conditions.entries()) {
    const here = `${at}[${i}]`;
    if (type === "" && !oldTypes.includes("")) out.push(required(`${here}.type`));
    const allowed = verdicts.includes(type) ? ["True"] : anyStatus;
    if (status === "") out.push(required(`${here}.status`));
    else if (!allowed.includes(status)) out.push(notSupported(`${here}.status`, status, allowed));
    if (seen.has(type) && !hadDoubles) out.push(duplicate(`${here}.type`, type));
    seen.add(type);
  }
  if (hadBoth || !seen.has("Approved") || !seen.has("Denied")) return;
  last.push(invalidValue(at, `{${members.join(", ")}}`, oneAtMost));
}

const members = ["Approved", "Denied"].map((type) => `conditions[{"type": "${type}"}]`);
const oneAtMost = `must specify at most one of: ${members.map((m) => `\`${m}\``).join(", ")}`;

function checkCertificate(out: Out, next: Request, old: Request | undefined): void {
  const certificate = next.status?.certificate ?? "";
  const before = old?.status?.certificate ?? "";
  if (old && (certificate === before || certificateProblem(before))) return;
  const problem = certificateProblem(certificate);
  if (problem) invalid(out, "status.certificate", "<certificate data>", problem);
}

function certificateProblem(base64: string): string | undefined {
  if (base64 === "") return undefined;
  const blocks = pemBlocks(atob(base64));
  for (const { type, hasHeaders, base64: data } of blocks) {
    if (type !== "CERTIFICATE") {
      return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`;
    }
    if (hasHeaders) return "no PEM block headers are permitted";
    if (!isSequence(data)) return "x509: malformed certificate";
  }
  return blocks.length === 0 ? "must contain at least one CERTIFICATE PEM block" : undefined;
}

function checkUpdate(out: Out, next: Request, old: Request, subresource: string): void {
  const of = ({ status }: Request, wanted: string) =>
    (status?.conditions ?? []).filter(({ type }) => type === wanted);
  const refuse = (what: string, type: string, more = "") =>
    forbidden(
      out,
      "status.conditions",
      `updates may not ${what} a condition of type "${type}"${more}`,
    );
  for (const type of verdicts) {
    if (of(next, type).length < of(old, type).length) refuse("remove", type);
  }
  if (subresource !== "approval") {
    for (const type of ["Approved", "Denied"]) {
      const [now, before] = [of(next, type), of(old, type)];
      if (now.length > before.length) refuse("add", type);
      else if (now.length === before.length && !semanticEqual(now, before)) {
        refuse("modify", type, `\n${diffText(before, now)}`);
      }
    }
  }
  const before = old.status?.certificate ?? "";
  if ((next.status?.certificate ?? "") === before) return;
  const at = "status.certificate";
  if (subresource !== "status") forbidden(out, at, "updates may not set certificate content");
  else if (before !== "") {
    forbidden(out, at, "updates may not modify existing certificate content");
  }
}
