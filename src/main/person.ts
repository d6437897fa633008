// Access for a person: a new key, and a certificate for it that the cluster gives through its own API.
import { sign } from "node:crypto";
import type { Client } from "../client/client.ts";
import { type Clock, sleep } from "../lib/clock.ts";
import { makeSigningRequest, toPem } from "../lib/x509.ts";
import { certificateSigningRequests } from "../schema/resources.ts";
import type { CertificateSigningRequest } from "../schema/types/certificates-v1.ts";
import { type Issued, makePersonKey } from "./pki/keys.ts";
import { Refusal } from "./refusal.ts";

export type Person = {
  readonly user: string;
  readonly groups: readonly string[];
  readonly seconds: number;
};

const signerName = "kubernetes.io/kube-apiserver-client";
const waitMsMax = 30_000;
const pollMs = 100;

/** Throws a StatusError for what the API refuses, a `Refusal` when nobody signs. */
export async function issueFor(person: Person, client: Client, clock: Clock): Promise<Issued> {
  const pair = await makePersonKey();
  const bytes = makeSigningRequest(
    {
      algorithm: "rsa",
      subject: { commonName: person.user, organizations: [...person.groups] },
      publicKey: new Uint8Array(pair.publicKey.export({ type: "spki", format: "der" })),
      dnsNames: [],
      ipAddresses: [],
    },
    (signed) => new Uint8Array(sign("sha256", signed, pair.privateKey)),
  );
  const made = await client.create<CertificateSigningRequest>(certificateSigningRequests, {
    metadata: { generateName: "person-" },
    spec: {
      request: btoa(toPem("CERTIFICATE REQUEST", bytes)),
      signerName,
      usages: ["digital signature", "client auth"],
      expirationSeconds: person.seconds,
    },
  });
  const name = made.metadata.name ?? "";
  await client.update(certificateSigningRequests, approved(made), { subresource: "approval" });
  const certificate = await signed(client, name, clock);
  return { certificate, key: pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}

const approved = (made: CertificateSigningRequest): CertificateSigningRequest => ({
  ...made,
  status: {
    ...made.status,
    conditions: [
      {
        type: "Approved",
        status: "True",
        reason: "CoxswainKubeconfig",
        message: "asked for by the administrator of this machine",
      },
    ],
  },
});

async function signed(client: Client, name: string, clock: Clock): Promise<string> {
  const end = clock.monotonic() + waitMsMax;
  while (clock.monotonic() < end) {
    const { status } = await client.get(certificateSigningRequests, { name });
    if (status?.certificate) return atob(status.certificate);
    const failed = status?.conditions?.find((c) => c.type === "Failed" || c.type === "Denied");
    if (failed) throw new Refusal(1, `the certificate was refused: ${failed.message ?? ""}`);
    await sleep(clock, pollMs);
  }
  throw new Refusal(4, `the signing request ${name} was not signed within ${waitMsMax / 1000} s`);
}
