// The certificates and keys of one cluster: made at the first start, read at each later one, renewed before they end.
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "../../lib/random.ts";
import { writePrivate } from "../data-dir.ts";
import { Refusal } from "../refusal.ts";
import type { Authority, Issued, Wish } from "./keys.ts";
import { issue, makeAuthority, makePersonKey, makeTokenKey } from "./keys.ts";

export type ClusterPki = {
  authority: Authority;
  /** Signs what the aggregation layer shows to extension servers. */
  frontProxyAuthority: Authority;
  frontProxyClient: Issued;
  serving: Issued;
  /** What the API server shows to node agents. */
  nodeClient: Issued;
  /** PEM of the key that signs service-account tokens, then the public keys of those that did so before. */
  tokenKeys: readonly string[];
};

export type PkiWish = {
  /** Names and dotted addresses under which clients reach the API server. */
  dnsNames: readonly string[];
  ipAddresses: readonly string[];
  nowMs: number;
  random: Random;
};

/** Where texts are kept under a name; a folder of the data directory, or memory in tests. */
export type Vault = {
  read(name: string): string | undefined;
  write(name: string, text: string): void;
};

export const folderVault = (folder: string): Vault => ({
  read(name) {
    const file = join(folder, name);
    return existsSync(file) ? readFileSync(file, "utf8") : undefined;
  },
  write: (name, text) => writePrivate(join(folder, name), text),
});

export function memoryVault(): Vault {
  const texts = new Map<string, string>();
  return { read: (name) => texts.get(name), write: (name, text) => void texts.set(name, text) };
}

/** A certificate is made anew when less than this share of its life is left. */
const renewBelow = 1 / 3;

export function openPki(vault: Vault, wish: PkiWish): ClusterPki {
  const authority = openAuthority(vault, "ca", "coxswain-ca", wish);
  const frontProxyAuthority = openAuthority(
    vault,
    "front-proxy-ca",
    "coxswain-front-proxy-ca",
    wish,
  );
  const { dnsNames, ipAddresses } = wish;
  const serving: Wish = {
    ...client("kube-apiserver"),
    usages: ["serverAuth"],
    dnsNames,
    ipAddresses,
  };
  const open = (name: string, issuer: Authority, w: Wish) =>
    openIssued(vault, name, issuer, w, wish);
  return {
    authority,
    frontProxyAuthority,
    frontProxyClient: open("front-proxy-client", frontProxyAuthority, client("front-proxy-client")),
    serving: open("apiserver", authority, serving),
    nodeClient: open("apiserver-kubelet-client", authority, client(nodeClientUser)),
    tokenKeys: [
      vault.read(tokenKeyFile) ?? kept(vault, tokenKeyFile, makeTokenKey()),
      ...earlierTokenKeys(vault),
    ],
  };
}

/** Whom node agents see in the API server. It is in no group: a role binding gives it leave for nodes, and no more. */
export const nodeClientUser = "kube-apiserver-kubelet-client";

const client = (commonName: string, ...organizations: string[]): Wish => ({
  subject: { commonName, organizations },
  usages: ["clientAuth"],
});

/** The certificate of the administrator's kubeconfig. Apart from the others, since its key takes time to make. */
export async function openAdmin(
  vault: Vault,
  authority: Authority,
  { nowMs, random }: Pick<PkiWish, "nowMs" | "random">,
): Promise<Issued> {
  const wish = client("kubernetes-admin", "system:masters");
  const found = readPair(vault, "admin");
  if (found && isGood(found.certificate, wish, authority, nowMs)) return found;
  const made = issue(authority, wish, { nowMs, random }, await makePersonKey());
  keep(vault, "admin", made);
  return made;
}

const tokenKeyFile = "sa.key";
/** Public keys that signed tokens before, the newest first. */
const earlierFile = "sa-earlier.pub";

/** Each change of the key makes one; tokens that it signed are believed for so many changes. */
const earlierMax = 8;

function earlierTokenKeys(vault: Vault): string[] {
  const blocks = /-----BEGIN PUBLIC KEY-----[\s\S]*?-----END PUBLIC KEY-----\n?/g;
  return vault.read(earlierFile)?.match(blocks) ?? [];
}

/** From now on another key signs; tokens of the one before are still believed. */
export function rotateTokenKey(vault: Vault): void {
  const old = vault.read(tokenKeyFile);
  if (old !== undefined) {
    const earlier = [publicPem(old), ...earlierTokenKeys(vault)].slice(0, earlierMax);
    // First: a process that reads between the two writes knows one key twice, and none too few.
    vault.write(earlierFile, earlier.join(""));
  }
  vault.write(tokenKeyFile, makeTokenKey());
}

const publicPem = (pem: string): string =>
  createPublicKey(pem).export({ type: "spki", format: "pem" }).toString();

function openAuthority(vault: Vault, name: string, commonName: string, wish: PkiWish): Authority {
  const found = readPair(vault, name);
  if (found) return { ...found, subject: { commonName, organizations: [] } };
  const made = makeAuthority(commonName, wish);
  keep(vault, name, made);
  return made;
}

function openIssued(
  vault: Vault,
  name: string,
  issuer: Authority,
  wish: Wish,
  { nowMs, random }: PkiWish,
): Issued {
  const found = readPair(vault, name);
  if (found && isGood(found.certificate, wish, issuer, nowMs)) return found;
  const made = issue(issuer, wish, { nowMs, random });
  keep(vault, name, made);
  return made;
}

/** Issued by this authority to the wanted subject, with every wanted name, and with enough life left. */
function isGood(pem: string, wish: Wish, issuer: Authority, nowMs: number): boolean {
  const certificate = new X509Certificate(pem);
  const from = certificate.validFromDate.getTime();
  const to = certificate.validToDate.getTime();
  if (nowMs < from || to - nowMs < (to - from) * renewBelow) return false;
  if (!certificate.verify(new X509Certificate(issuer.certificate).publicKey)) return false;
  if (certificate.subject !== subjectText(wish.subject)) return false;
  const names = new Set((certificate.subjectAltName ?? "").split(", "));
  const wanted = [
    ...(wish.dnsNames ?? []).map((n) => `DNS:${n}`),
    ...(wish.ipAddresses ?? []).map((a) => `IP Address:${a}`),
  ];
  return wanted.every((name) => names.has(name));
}

/** As the runtime prints it, in the order in which certificates have it. */
const subjectText = ({ commonName, organizations }: Wish["subject"]): string =>
  [...organizations.map((name) => `O=${name}`), `CN=${commonName}`].join("\n");

function readPair(vault: Vault, name: string): Issued | undefined {
  const certificate = vault.read(`${name}.crt`);
  const key = vault.read(`${name}.key`);
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined) {
    const lost = certificate === undefined ? "crt" : "key";
    throw new Refusal(
      5,
      `${name}.${lost} of the cluster's certificates is missing; restore it from a backup`,
    );
  }
  checked(`${name}.crt`, () => new X509Certificate(certificate));
  checked(`${name}.key`, () => createPrivateKey(key));
  return { certificate, key };
}

function checked(file: string, read: () => unknown): void {
  try {
    read();
  } catch (error) {
    throw new Refusal(
      5,
      `${file} of the cluster's certificates is damaged (${(error as Error).message}); restore it from a backup`,
      { cause: error },
    );
  }
}

function keep(vault: Vault, name: string, made: Issued): void {
  vault.write(`${name}.key`, made.key);
  vault.write(`${name}.crt`, made.certificate);
}

function kept(vault: Vault, name: string, text: string): string {
  vault.write(name, text);
  return text;
}
