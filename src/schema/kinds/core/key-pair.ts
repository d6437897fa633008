// Whether the data of a TLS secret looks like a certificate and its key: PEM blocks of the right types. What is in
// the blocks is not read here.

import { pemBlocks } from "../pem.ts";

/** At most one, in the words of Go's library. `certificate`, `key`: base64, as in `data`. */
export function keyPairWarnings(certificate = "", key = ""): string[] {
  const problem = certificateProblem(typesIn(certificate)) ?? keyProblem(typesIn(key));
  return problem === undefined ? [] : [`tls: ${problem}`];
}

const typesIn = (base64: string): string[] => pemBlocks(atob(base64)).map(({ type }) => type);

const isKey = (type: string): boolean => type === "PRIVATE KEY" || type.endsWith(" PRIVATE KEY");

function certificateProblem(types: readonly string[]): string | undefined {
  if (types.includes("CERTIFICATE")) return undefined;
  if (types.length === 0) return "failed to find any PEM data in certificate input";
  if (types.length === 1 && types[0]!.endsWith("PRIVATE KEY")) {
    return "failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched";
  }
  return `failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [${types.join(" ")}]`;
}

function keyProblem(types: readonly string[]): string | undefined {
  if (types.some(isKey)) return undefined;
  if (types.length === 0) return "failed to find any PEM data in key input";
  if (types.length === 1 && types[0] === "CERTIFICATE") {
    return "found a certificate rather than a key in the PEM for the private key";
  }
  return `failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [${types.join(" ")}]`;
}
