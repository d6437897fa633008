// token and image load: what needs the running cluster.
import { createHash, X509Certificate } from "node:crypto";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { httpClient } from "../client/http.ts";
import { systemClock, systemRandom } from "../lib/system.ts";
import { outwardAddress } from "../main/addresses.ts";
import { httpsApi } from "../main/https-api.ts";
import { loadImages } from "../main/load-images.ts";
import { adminTarget } from "../main/ready.ts";
import { Refusal } from "../main/refusal.ts";
import { secrets } from "../schema/resources.ts";
import type { Terminal, Values } from "./command.ts";
import { dirOf, whole } from "./flags.ts";
import { runningOf, words } from "./words.ts";

const hourMs = 3_600_000;
const letters = "abcdefghijklmnopqrstuvwxyz0123456789";

/** A bootstrap token, with the authority's fingerprint behind it so that a node knows whom it may trust. */
export async function runToken(terminal: Terminal, flags: Values): Promise<void> {
  const hours = whole(flags, "ttl", 1, 24 * 365);
  const running = runningOf(terminal, flags);
  const target = adminTarget(dirOf(flags));
  const { api, close } = httpsApi(target);
  const [id, secret] = [randomLetters(6), randomLetters(16)];
  const expires = new Date(systemClock.now() + hours * hourMs)
    .toISOString()
    .replace(/\.\d+Z$/, "Z");
  try {
    await httpClient(api).create(secrets, {
      metadata: { name: `bootstrap-token-${id}`, namespace: "kube-system" },
      type: "bootstrap.kubernetes.io/token",
      stringData: {
        "token-id": id,
        "token-secret": secret,
        expiration: expires,
        "usage-bootstrap-authentication": "true",
        "usage-bootstrap-signing": "true",
        "auth-extra-groups": "system:bootstrappers:coxswain:nodes",
      },
    });
  } finally {
    close();
  }
  const authority = new X509Certificate(target.authority);
  const token = `${id}.${secret}.${createHash("sha256").update(authority.raw).digest("hex")}`;
  const { server, isOwn } = seenFromElsewhere(running.server);
  terminal.report(`a node joins with: coxswain agent --server ${server} --token ${token}`);
  if (isOwn)
    terminal.report(
      `the server must listen there, which it does when started with: ${words(terminal, "up", flags)} --bind 0.0.0.0`,
    );
  terminal.print(token, { token, server: running.server, expires });
}

/** The address of loopback means nothing to another machine. */
function seenFromElsewhere(server: string): { server: string; isOwn: boolean } {
  const { hostname, port } = new URL(server);
  if (!hostname.startsWith("127.")) return { server, isOwn: false };
  return { server: `https://${outwardAddress()}:${port}`, isOwn: true };
}

/** Each letter is equally likely: values beyond a whole multiple of their number are drawn again. */
function randomLetters(count: number): string {
  let text = "";
  while (text.length < count) {
    for (const byte of systemRandom.bytes(count)) {
      if (byte < 252 && text.length < count) text += letters[byte % letters.length];
    }
  }
  return text;
}

export async function runImageLoad(
  terminal: Terminal,
  flags: Values,
  files: readonly string[],
): Promise<void> {
  const missing = files.find((file) => !existsSync(file));
  if (missing !== undefined) throw new Refusal(3, `there is no file ${resolve(missing)}`);
  const loaded = await loadImages(
    dirOf(flags),
    files.map((f) => resolve(f)),
  );
  terminal.print(loaded.join("\n"), loaded);
}
