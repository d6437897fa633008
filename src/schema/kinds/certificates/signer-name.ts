// Names of signers: a domain and a path, `example.com/signer`.
import { invalidValue, required, tooLong } from "../../field-error.ts";
import { checkDnsLabel, checkDnsSubdomain } from "../../names.ts";
import { type Out, refuse } from "../checks.ts";

const domainBytesMax = 253;
const pathBytesMax = domainBytesMax + 63 + 1;

export function isKubernetesSigner(signerName: string): boolean {
  const host = signerName.split("/")[0]!;
  return host === "kubernetes.io" || host.endsWith(".kubernetes.io");
}

export function checkSignerName(out: Out, at: string, signerName: string | undefined): void {
  if (!signerName) {
    out.push(required(at));
    return;
  }
  const [domain = "", path = "", ...rest] = signerName.split("/");
  if (rest.length > 0 || !signerName.includes("/")) {
    const detail =
      "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    out.push(invalidValue(at, signerName, detail));
    return;
  }
  if (domain.length > domainBytesMax) out.push(tooLong(at, domainBytesMax));
  const labels = domain.split(".");
  checkFirstBad(out, at, domain, { labels, check: checkDnsLabel });
  if (labels.length < 2) {
    const detail = "should be a domain with at least two segments separated by dots";
    out.push(invalidValue(at, domain, detail));
  }
  checkFirstBad(out, at, path, { labels: path.split("."), check: checkDnsSubdomain });
  const bytesMax = domainBytesMax + pathBytesMax + 1;
  if (signerName.length > bytesMax) out.push(tooLong(at, bytesMax));
}

function checkFirstBad(
  out: Out,
  at: string,
  value: string,
  { labels, check }: { labels: readonly string[]; check: (text: string) => string[] },
): void {
  const bad = labels.find((label) => check(label).length > 0);
  if (bad === undefined) return;
  const problems = check(bad).map((p) => `validating label ${JSON.stringify(bad)}: ${p}`);
  refuse(out, at, value, problems);
}
