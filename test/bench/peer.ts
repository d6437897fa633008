// The peer under the same load: kube-apiserver with etcd, from a folder of binaries (`--peers`).
import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Target } from "../../src/main/https-api.ts";
import {
  connections,
  cpuMsOf,
  endsWithUs,
  freshFolder,
  type Measured,
  pause,
  rssMbOf,
  type StartOptions,
} from "./process.ts";

const token = "bench-administrator";

/** Longest wait for the peer to be ready. */
const startMsMax = 60_000;

export async function startPeer(
  binaries: string,
  { folder: given }: StartOptions,
): Promise<Measured> {
  const folder = given ?? freshFolder();
  const port = await freePort();
  const since = performance.now();
  const etcd = await startEtcd(binaries, join(folder, "etcd"));
  const server = startApiServer(binaries, folder, { port, etcd: etcd.url });
  const processes = [server, etcd.process];
  const stop = async (): Promise<void> => {
    for (const one of processes) await end(one);
    if (given === undefined) rmSync(folder, { recursive: true, force: true });
  };
  const url = `https://127.0.0.1:${port}`;
  const cert = join(folder, "apiserver.crt");
  const target = (): Target => ({
    server: url,
    serverName: "kubernetes",
    authority: readFileSync(cert, "utf8"),
    token,
  });
  try {
    await until(async () => server.exitCode !== null || (await statusOf(target())) === 200);
    if (server.exitCode !== null) throw new Error(`the peer ended with ${server.exitCode}`);
  } catch (error) {
    await stop();
    throw error;
  }
  const readyMs = performance.now() - since;
  const sum = (of: (pid: number) => number): number =>
    processes.reduce((all, { pid }) => all + of(pid!), 0);
  return {
    target: target(),
    readyMs,
    upMs: readyMs,
    cpuMs: () => sum(cpuMsOf),
    rssMb: () => sum(rssMbOf),
    stop,
  };
}

export type Etcd = { readonly url: string; readonly process: ChildProcess };

/** One member on loopback. */
export async function startEtcd(binaries: string, dataDir: string): Promise<Etcd> {
  const name = readdirSync(binaries).find((file) => /^etcd(-[\d.]+)?$/.test(file));
  if (name === undefined) throw new Error(`there is no etcd in ${binaries}`);
  const url = `http://127.0.0.1:${await freePort()}`;
  const peers = `http://127.0.0.1:${await freePort()}`;
  const flags = {
    name: "b",
    "data-dir": dataDir,
    "listen-client-urls": url,
    "advertise-client-urls": url,
    "listen-peer-urls": peers,
    "initial-advertise-peer-urls": peers,
    "initial-cluster": `b=${peers}`,
    "quota-backend-bytes": "8589934592",
    "log-level": "error",
  };
  return { url, process: run(join(binaries, name), flags) };
}

function startApiServer(
  binaries: string,
  folder: string,
  { port, etcd }: { port: number; etcd: string },
): ChildProcess {
  mkdirSync(folder, { recursive: true });
  const key = join(folder, "accounts.key");
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  writeFileSync(key, privateKey.export({ type: "sec1", format: "pem" }), { mode: 0o600 });
  const tokens = join(folder, "tokens.csv");
  writeFileSync(tokens, `${token},admin,1,"system:masters"\n`, { mode: 0o600 });
  return run(join(binaries, "kube-apiserver"), {
    "etcd-servers": etcd,
    "bind-address": "127.0.0.1",
    "secure-port": String(port),
    "cert-dir": folder,
    "token-auth-file": tokens,
    "service-account-key-file": key,
    "service-account-signing-key-file": key,
    "service-account-issuer": "https://kubernetes.default.svc",
    "service-cluster-ip-range": "10.96.0.0/16",
    "authorization-mode": "Node,RBAC",
    "allow-privileged": "true",
  });
}

function run(binary: string, flags: Readonly<Record<string, string>>): ChildProcess {
  const texts = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  const child = spawn(binary, texts, { stdio: "ignore" });
  endsWithUs(child);
  return child;
}

export async function end(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null) return;
  const ended = new Promise((r) => process.once("exit", r));
  process.kill("SIGTERM");
  await ended;
}

async function statusOf(target: Measured["target"]): Promise<number> {
  const [connection] = connections(target, 1);
  try {
    const { status } = await connection!.api({
      method: "GET",
      path: "/readyz",
      query: "",
      headers: {},
      body: async () => new Uint8Array(),
      peer: { address: "" },
      signal: new AbortController().signal,
    });
    return status;
  } finally {
    connection!.close();
  }
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const before = performance.now() + startMsMax;
  let cause: unknown;
  while (performance.now() < before) {
    try {
      if (await holds()) return;
    } catch (error) {
      cause = error;
    }
    await pause(50);
  }
  throw new Error("the peer does not come up", { cause });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
