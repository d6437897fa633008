// certs and kubeconfig: who may get in, and until when.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { httpClient } from "../client/http.ts";
import { systemClock } from "../lib/system.ts";
import { certificatesOf, type Listed } from "../main/certificates.ts";
import { certificatesPath, tokenKeyPath } from "../main/cluster-pages.ts";
import { httpsApi } from "../main/https-api.ts";
import { kubeconfigText, makeKubeconfig } from "../main/kubeconfig.ts";
import { issueFor } from "../main/person.ts";
import { folderVault, rotateTokenKey } from "../main/pki/cluster-pki.ts";
import { adminTarget } from "../main/ready.ts";
import { Refusal } from "../main/refusal.ts";
import { readRunning } from "../main/running.ts";
import { askServer } from "./ask.ts";
import type { Terminal, Values } from "./command.ts";
import { dirOf, nameOf, text, whole } from "./flags.ts";
import { runningOf } from "./words.ts";

const dayMs = 24 * 3600 * 1000;

/** The certificates of the cluster, that which ends first on top. */
export async function runCerts(terminal: Terminal, flags: Values): Promise<void> {
  const found = keepsItsKeys(flags)
    ? certificatesIn(dirOf(flags).pki)
    : await sharedCertificates(terminal, flags);
  found.sort((a, b) => a.daysLeft - b.daysLeft || (a.name < b.name ? -1 : 1));
  const rows = found.map((c) => [c.name, c.subject, c.issuer, c.expires, `${c.daysLeft}`]);
  terminal.print(table([["NAME", "SUBJECT", "ISSUER", "EXPIRES", "DAYS LEFT"], ...rows]), found);
}

function certificatesIn(folder: string): Listed[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names
    .filter((file) => file.endsWith(".crt"))
    .flatMap((file) =>
      certificatesOf(file, readFileSync(join(folder, file), "utf8"), systemClock.now()),
    );
}

/** Those in the store, as the server tells them, and what only this server has. */
async function sharedCertificates(terminal: Terminal, flags: Values): Promise<Listed[]> {
  runningOf(terminal, flags);
  const shared = await askServer(dirOf(flags), { method: "GET", path: certificatesPath });
  return [...certificatesIn(dirOf(flags).pki), ...(shared as Listed[])];
}

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
  let when = "now, at every server";
  if (keepsItsKeys(flags)) {
    rotateTokenKey(folderVault(dirOf(flags).pki));
    when = readRunning(dirOf(flags)) ? "within a minute" : "from the next start on";
  } else {
    runningOf(terminal, flags);
    await askServer(dirOf(flags), { method: "POST", path: tokenKeyPath });
  }
  terminal.print(`a new key signs service-account tokens ${when}; earlier tokens stay good`, {
    rotated: true,
  });
}

/** False: they are in the store that its servers share. */
const keepsItsKeys = (flags: Values): boolean => existsSync(join(dirOf(flags).pki, "ca.crt"));

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
