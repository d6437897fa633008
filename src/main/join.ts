// How a machine becomes a node: it checks whom it talks to by the token, then asks for a certificate of its own.
import { createHash, generateKeyPairSync, sign, X509Certificate } from "node:crypto";
import { request as httpsRequest } from "node:https";
import type { Client } from "../client/client.ts";
import { httpClient } from "../client/http.ts";
import { type Clock, sleep } from "../lib/clock.ts";
import { makeSigningRequest, type Subject, toPem } from "../lib/x509.ts";
import { certificateSigningRequests } from "../schema/resources.ts";
import { StatusError } from "../schema/status-error.ts";
import { httpsApi } from "./https-api.ts";
import type { Vault } from "./pki/cluster-pki.ts";
import type { Issued } from "./pki/keys.ts";
import { Refusal } from "./refusal.ts";

export type JoinOptions = {
  server: string;
  token?: string;
  nodeName: string;
  vault: Vault;
  clock: Clock;
};

export type Joined = { authority: string; client: Issued };

const approvalMsMax = 60_000;
const pollMs = 200;

/** Uses the certificate of an earlier time when there is one; else the token is needed. Throws a `Refusal`. */
export async function join({
  server,
  token,
  nodeName,
  vault,
  clock,
}: JoinOptions): Promise<Joined> {
  const known = {
    authority: vault.read("ca.crt"),
    certificate: vault.read("kubelet-client.crt"),
    key: vault.read("kubelet-client.key"),
  };
  if (
    known.authority &&
    known.certificate &&
    known.key &&
    isValid(known.certificate, clock.now())
  ) {
    return {
      authority: known.authority,
      client: { certificate: known.certificate, key: known.key },
    };
  }
  const [id = "", secret = "", fingerprint = ""] = (token ?? "").split(".");
  if (
    !/^[a-z0-9]{6}$/.test(id) ||
    !/^[a-z0-9]{16}$/.test(secret) ||
    !/^[0-9a-f]{64}$/.test(fingerprint)
  ) {
    const what =
      token === undefined ? "is needed to join for the first time" : "is not a whole one";
    throw new Refusal(2, `--token ${what}; print one on the server with: coxswain token`);
  }
  const authority = await trustedAuthority(server, fingerprint);
  const { api, close } = httpsApi({ server, authority, token: `${id}.${secret}` });
  try {
    const subject = { commonName: `system:node:${nodeName}`, organizations: ["system:nodes"] };
    const client = await requestCertificate(httpClient(api), {
      subject,
      signer: "kubernetes.io/kube-apiserver-client-kubelet",
      usage: "client auth",
      nodeName,
      clock,
    });
    vault.write("ca.crt", authority);
    vault.write("kubelet-client.key", client.key);
    vault.write("kubelet-client.crt", client.certificate);
    return { authority, client };
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    const why = error.code === 401 ? "the token is unknown or has ended" : error.message;
    throw new Refusal(1, `${server} does not let this node join: ${why}`, { cause: error });
  } finally {
    close();
  }
}

function isValid(pem: string, nowMs: number): boolean {
  const certificate = new X509Certificate(pem);
  return certificate.validFromDate.getTime() <= nowMs && nowMs < certificate.validToDate.getTime();
}

/** Asks anybody who answers at `server` who the cluster is, and believes it when the fingerprint fits. */
async function trustedAuthority(server: string, fingerprint: string): Promise<string> {
  const info = await readUnverified(
    `${server}/api/v1/namespaces/kube-public/configmaps/cluster-info`,
  );
  const { data } = JSON.parse(info) as { data?: Record<string, string> };
  const config = JSON.parse(data?.["kubeconfig"] ?? "{}") as {
    clusters?: { cluster: Record<string, string> }[];
  };
  const encoded = config.clusters?.[0]?.cluster["certificate-authority-data"] ?? "";
  const authority = Buffer.from(encoded, "base64").toString();
  const seen =
    authority === ""
      ? ""
      : createHash("sha256").update(new X509Certificate(authority).raw).digest("hex");
  if (seen === fingerprint) return authority;
  throw new Refusal(
    1,
    `${server} is not the cluster that the token was made for: its authority is ${seen || "unknown"}`,
  );
}

function readUnverified(url: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const request = httpsRequest(url, { rejectUnauthorized: false, timeout: 10_000 }, (answer) => {
    const parts: Buffer[] = [];
    answer.on("data", (part: Buffer) => parts.push(part));
    answer.on("end", () => resolve(Buffer.concat(parts).toString()));
  });
  request.on("timeout", () => request.destroy(new Error("no answer within 10 s")));
  request.on("error", (error) =>
    reject(new Refusal(1, `cannot reach ${url}: ${error.message}`, { cause: error })),
  );
  request.end();
  return promise;
}

export type CertificateWish = {
  subject: Subject;
  signer: string;
  usage: "client auth" | "server auth";
  nodeName: string;
  ipAddresses?: readonly string[];
  dnsNames?: readonly string[];
  clock: Clock;
};

/** A new key, and the certificate that the cluster gives for it. */
export async function requestCertificate(client: Client, wish: CertificateWish): Promise<Issued> {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const bytes = makeSigningRequest(
    {
      subject: wish.subject,
      publicKey: new Uint8Array(pair.publicKey.export({ type: "spki", format: "der" })),
      dnsNames: wish.dnsNames ?? [],
      ipAddresses: (wish.ipAddresses ?? []).map((a) => Uint8Array.from(a.split("."), Number)),
    },
    (signed) => new Uint8Array(sign("sha256", signed, pair.privateKey)),
  );
  const made = await client.create(certificateSigningRequests, {
    metadata: { generateName: "node-csr-" },
    spec: {
      request: btoa(toPem("CERTIFICATE REQUEST", bytes)),
      signerName: wish.signer,
      usages: ["digital signature", wish.usage],
    },
  });
  const certificate = await approved(client, made.metadata.name ?? "", wish.clock);
  return { certificate, key: pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}

async function approved(client: Client, name: string, clock: Clock): Promise<string> {
  const end = clock.monotonic() + approvalMsMax;
  while (clock.monotonic() < end) {
    const { status } = await client.get(certificateSigningRequests, { name });
    if (status?.certificate) return atob(status.certificate);
    const refused = status?.conditions?.find((c) => c.type === "Denied" || c.type === "Failed");
    if (refused)
      throw new Refusal(
        1,
        `the cluster refused the node's certificate: ${refused.message ?? refused.reason}`,
      );
    await sleep(clock, pollMs);
  }
  throw new Refusal(
    4,
    `the signing request ${name} was not approved within ${approvalMsMax / 1000} s`,
  );
}
