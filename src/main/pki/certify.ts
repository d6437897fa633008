// Signs other people's requests with the cluster's authority.
import { createPublicKey, verify } from "node:crypto";
import type { Clock } from "../../lib/clock.ts";
import type { Random } from "../../lib/random.ts";
import { type ExtendedUsage, readSigningRequest } from "../../lib/x509.ts";
import { type Authority, certify } from "./keys.ts";

const usageNames: Readonly<Record<string, ExtendedUsage>> = {
  "client auth": "clientAuth",
  "server auth": "serverAuth",
};

/** As the certificate controller wants it: undefined when the request was not signed with its own key. */
export function certifier(
  authority: Authority,
  { clock, random }: { clock: Clock; random: Random },
) {
  return (bytes: Uint8Array, usages: readonly string[], seconds: number): string | undefined => {
    const request = readSigningRequest(bytes);
    const key = createPublicKey({
      key: Buffer.from(request.publicKey),
      format: "der",
      type: "spki",
    });
    // P-256, P-384 and RSA requests are all signed over SHA-256 by the tools in use.
    if (!verify("sha256", request.signed, key, request.signature)) return undefined;
    const nowMs = clock.now();
    return certify(
      authority,
      {
        subject: request.subject,
        publicKey: request.publicKey,
        usages: usages.flatMap((u) => usageNames[u] ?? []),
        dnsNames: request.dnsNames,
        ipAddresses: request.ipAddresses.filter((a) => a.length === 4).map((a) => a.join(".")),
        notAfterMs: nowMs + seconds * 1000,
      },
      { nowMs, random },
    );
  };
}
