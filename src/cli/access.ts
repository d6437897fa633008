// certs and kubeconfig: who may get in, and until when.
import { X509Certificate } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { httpClient } from "../client/http.ts";
import { systemClock } from "../lib/system.ts";
import { certificatesIn } from "../lib/x509.ts";
import { httpsApi } from "../main/https-api.ts";
import { kubeconfigText, makeKubeconfig } from "../main/kubeconfig.ts";
import { issueFor } from "../main/person.ts";
import { folderVault, rotateTokenKey } from "../main/pki/cluster-pki.ts";
import { adminTarget } from "../main/ready.ts";
import { Refusal } from "../main/refusal.ts";
import { readRunning } from "../main/running.ts";
import type { Terminal, Values } from "./command.ts";
import { dirOf, nameOf, text, whole } from "./flags.ts";
import { missing, runningOf } from "./words.ts";

const dayMs = 24 * 3600 * 1000;

type Listed = {
  readonly name: string;
  readonly subject: string;
  readonly issuer: string;
  readonly expires: string;
  readonly daysLeft: number;
};

/** The certificates of the cluster's data directory, that which ends first on top. */
export async function runCerts(terminal: Terminal, flags: Values): Promise<void> {
  const folder = pkiFolder(terminal, flags);
  const names = readdirSync(folder).filter((file) => file.endsWith(".crt"));
  const found = names.flatMap((file) => listed(join(folder, file), file.slice(0, -".crt".length)));
  found.sort((a, b) => a.daysLeft - b.daysLeft || (a.name < b.name ? -1 : 1));
  const rows = found.map((c) => [c.name, c.subject, c.issuer, c.expires, `${c.daysLeft}`]);
  terminal.print(table([["NAME", "SUBJECT", "ISSUER", "EXPIRES", "DAYS LEFT"], ...rows]), found);
}

function listed(file: string, name: string): Listed[] {
  return certificatesIn(readFileSync(file, "utf8")).map((pem) => {
    const certificate = new X509Certificate(pem);
    const left = certificate.validToDate.getTime() - systemClock.now();
    return {
      name,
      subject: oneLine(certificate.subject),
      issuer: oneLine(certificate.issuer),
      expires: certificate.validToDate.toISOString().slice(0, 19).concat("Z"),
      daysLeft: Math.floor(left / dayMs),
    };
  });
}

/** `O=a\nCN=b` → `O=a, CN=b`. */
const oneLine = (name: string): string => name.split("\n").join(", ");

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => cell.padEnd(widths[at]!))
      .join("   ")
      .trimEnd();
  return rows.map(line).join("\n");
}

/** Another key signs the tokens of service accounts; a running server takes it within a minute. */
export async function runRotateTokenKey(terminal: Terminal, flags: Values): Promise<void> {
  rotateTokenKey(folderVault(pkiFolder(terminal, flags)));
  const when = readRunning(dirOf(flags)) ? "within a minute" : "from the next start on";
  terminal.print(`a new key signs service-account tokens ${when}; earlier tokens stay good`, {
    rotated: true,
  });
}

function pkiFolder(terminal: Terminal, flags: Values): string {
  const { pki, cluster } = dirOf(flags);
  if (existsSync(join(pki, "ca.crt"))) return pki;
  if (!existsSync(cluster)) throw missing(terminal, flags);
  throw new Refusal(
    3,
    `cluster "${nameOf(flags)}" keeps no certificates in ${pki}: it was not started yet, ` +
      "or they are in the store that its servers share",
  );
}

/** A kubeconfig for a person, with a certificate that the cluster signs. */
export async function runKubeconfig(terminal: Terminal, flags: Values): Promise<void> {
  const user = text(flags, "user") ?? "";
  if (user === "") throw new Refusal(2, "--user is needed: the name that the person has in rules");
  const groups = (flags["group"] ?? []) as string[];
  const name = nameOf(flags);
  const days = whole(flags, "days", 1, 365);
  runningOf(terminal, flags);
  const target = adminTarget(dirOf(flags));
  const { api, close } = httpsApi(target);
  try {
    const person = { user, groups, seconds: (days * dayMs) / 1000 };
    const client = await issueFor(person, httpClient(api), systemClock);
    const { server, authority } = target;
    const config = kubeconfigText(makeKubeconfig({ name, server, authority, client, user }));
    terminal.print(config.trimEnd(), JSON.parse(config));
  } finally {
    close();
  }
}
