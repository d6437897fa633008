// The rules of a bundle of certificates to trust. Whether a certificate is one of an authority is not judged here.
import { tooLong } from "../../field-error.ts";
import { nameIsDnsSubdomain } from "../../names.ts";
import type { Cause } from "../../status-error.ts";
import type { ClusterTrustBundle } from "../../types/certificates-v1.ts";
import { checkUnchanged, invalid, type Out, refuse } from "../checks.ts";
import { isSequence, pemBlocks } from "../pem.ts";
import { checkSignerName } from "./signer-name.ts";

const bundleBytesMax = 1024 * 1024;

export function validateTrustBundle(
  { metadata, spec }: ClusterTrustBundle,
  old: ClusterTrustBundle | undefined,
): Cause[] {
  const out: Out = [];
  const { signerName = "", trustBundle = "" } = spec;
  for (const field of ["generateName", "name"] as const) {
    const name = metadata[field] ?? "";
    const problems = () => nameProblems(name, signerName, field === "generateName");
    if (name !== "") refuse(out, `metadata.${field}`, name, problems());
  }
  if (signerName !== "") checkSignerName(out, "spec.signerName", signerName);
  if (trustBundle !== old?.spec.trustBundle) checkBundle(out, "spec.trustBundle", trustBundle);
  if (old) checkUnchanged(out, "spec.signerName", signerName, old.spec.signerName ?? "");
  return out;
}

function nameProblems(name: string, signerName: string, isPrefix: boolean): string[] {
  if (signerName === "") {
    if (!name.includes(":")) return nameIsDnsSubdomain(name, isPrefix);
    return ['ClusterTrustBundle without signer name must not have ":" in its name'];
  }
  const prefix = `${signerName.replaceAll("/", ":")}:`;
  if (name.startsWith(prefix)) return nameIsDnsSubdomain(name.slice(prefix.length), isPrefix);
  return [`ClusterTrustBundle for signerName ${signerName} must be named with prefix ${prefix}`];
}

function checkBundle(out: Out, at: string, bundle: string): void {
  if (bundle.length > bundleBytesMax) {
    out.push(tooLong(at, bundleBytesMax));
    return;
  }
  const problem = (detail: string) => invalid(out, at, "<value omitted>", detail);
  const places = new Map<string, number[]>();
  const before = out.length;
  for (const [i, { type, hasHeaders, base64 }] of pemBlocks(bundle).entries()) {
    if (type !== "CERTIFICATE") problem(`entry ${i} has bad block type: ${type}`);
    else if (hasHeaders) problem(`entry ${i} has PEM block headers`);
    else if (!isSequence(base64)) problem(`entry ${i} does not parse as X.509`);
    else places.set(base64, [...(places.get(base64) ?? []), i]);
  }
  if (out.length > before) return;
  if (places.size === 0) problem("at least one trust anchor must be provided");
  for (const indexes of places.values()) {
    if (indexes.length > 1) problem(`duplicate trust anchor (indices [${indexes.join(" ")}])`);
  }
}
