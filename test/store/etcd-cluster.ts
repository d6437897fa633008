// A real etcd on loopback, with TLS on every connection. The program is that of $COXSWAIN_TEST_ETCD, of the folder
// $COXSWAIN_TEST_TOOLS or of the PATH; else it is built from its Go module where Go is present.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { systemClock, systemRandom } from "../../src/lib/system.ts";
import { type Authority, issue, makeAuthority } from "../../src/main/pki/keys.ts";
import { connectMembers, type EtcdTls } from "../../src/store/etcd/members.ts";

/** What is built when no etcd is there. */
const goModule = "go.etcd.io/etcd/server/v3@v3.6.6";

let found: string | undefined | "none";

/** The program; undefined when there is none and none can be built. */
export function findEtcd(): string | undefined {
  found ??= lookForEtcd() ?? buildEtcd() ?? "none";
  return found === "none" ? undefined : found;
}

export const whyNoEtcd =
  "needs etcd 3.5 or later: in $COXSWAIN_TEST_ETCD, on the PATH, or Go to build it";

function lookForEtcd(): string | undefined {
  const folders = [
    process.env["COXSWAIN_TEST_TOOLS"] ?? "",
    ...(process.env["PATH"] ?? "").split(delimiter),
  ];
  const files = [process.env["COXSWAIN_TEST_ETCD"], ...folders.map((f) => join(f, "etcd"))];
  return files.find((file) => file !== undefined && existsSync(file) && isNew(file));
}

function isNew(file: string): boolean {
  const text = execFileSync(file, ["--version"], { encoding: "utf8" });
  const [, major, minor] = /etcd Version: (\d+)\.(\d+)/.exec(text) ?? [];
  return Number(major) > 3 || (Number(major) === 3 && Number(minor) >= 5);
}

function buildEtcd(): string | undefined {
  const folder = join(homedir(), ".cache", "coxswain-test", goModule.replaceAll("/", "_"));
  const file = join(folder, "server");
  if (existsSync(file)) return file;
  try {
    mkdirSync(folder, { recursive: true });
    console.error(`building etcd from ${goModule}`);
    const env = { ...process.env, GOBIN: folder, CGO_ENABLED: "0" };
    execFileSync("go", ["install", goModule], { env, stdio: ["ignore", "inherit", "inherit"] });
    return existsSync(file) ? file : undefined;
  } catch {
    // Without Go, or without a way to the module, the tests are skipped and say so.
    return undefined;
  }
}

export type Member = {
  readonly endpoint: string;
  readonly folder: string;
  start(): void;
  /** Ends it at once; resolves when it is gone. */
  kill(): Promise<void>;
  /** It keeps its connections and says nothing; resolves when it has stopped. */
  freeze(): Promise<void>;
  thaw(): void;
};

export type EtcdCluster = {
  readonly endpoints: string[];
  readonly tls: EtcdTls;
  readonly folder: string;
  readonly members: readonly Member[];
  /** A client certificate and key in files, for the command line. */
  readonly files: { ca: string; certificate: string; key: string };
  [Symbol.asyncDispose](): Promise<void>;
};

export type ClusterOptions = {
  members?: number;
  flags?: readonly string[];
};

type Ports = { client: number; peer: number };

/** Resolves when a write could be done. */
export async function startEtcd(
  program: string,
  { members: count = 3, flags = [] }: ClusterOptions = {},
): Promise<EtcdCluster> {
  const folder = mkdtempSync(join(tmpdir(), "coxswain-etcd-"));
  const files = writeCertificates(folder);
  const free = await freePorts(count * 2);
  const ports = Array.from({ length: count }, (_, i) => ({
    client: free[i * 2]!,
    peer: free[i * 2 + 1]!,
  }));
  const members = ports.map((_, i) => makeMember({ program, folder, files, ports, at: i, flags }));
  const endpoints = members.map(({ endpoint }) => endpoint);
  const cluster: EtcdCluster = {
    endpoints,
    tls: files.tls,
    folder,
    members,
    files: { ca: files.ca, certificate: files.certificate, key: files.key },
    async [Symbol.asyncDispose]() {
      await Promise.all(members.map((member) => member.kill()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
  for (const member of members) member.start();
  const client = await connectMembers({ endpoints, tls: files.tls, clock: systemClock });
  try {
    await client.call("range", { key: Buffer.from("a") }, { timeoutMs: 60_000 });
    return cluster;
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  } finally {
    client.close();
  }
}

type Files = { ca: string; certificate: string; key: string; tls: EtcdTls };

function writeCertificates(folder: string): Files {
  const context = { nowMs: systemClock.now(), random: systemRandom };
  const authority: Authority = makeAuthority("etcd-ca", context);
  const pair = issue(
    authority,
    {
      subject: { commonName: "coxswain", organizations: [] },
      usages: ["clientAuth", "serverAuth"],
      dnsNames: ["localhost"],
      ipAddresses: ["127.0.0.1"],
    },
    context,
  );
  const put = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  return {
    ca: put("ca.crt", authority.certificate),
    certificate: put("tls.crt", pair.certificate),
    key: put("tls.key", pair.key),
    tls: { ca: authority.certificate, certificate: pair.certificate, key: pair.key },
  };
}

type Plan = {
  program: string;
  folder: string;
  files: Files;
  ports: readonly Ports[];
  at: number;
  flags: readonly string[];
};

function makeMember({ program, folder, files, ports, at, flags }: Plan): Member {
  const name = `m${at}`;
  const client = `https://127.0.0.1:${ports[at]!.client}`;
  const peer = (i: number): string => `https://127.0.0.1:${ports[i]!.peer}`;
  const words = [
    ...["--name", name, "--data-dir", join(folder, name)],
    ...["--listen-client-urls", client, "--advertise-client-urls", client],
    ...["--listen-peer-urls", peer(at), "--initial-advertise-peer-urls", peer(at)],
    ...["--initial-cluster", ports.map((_, i) => `m${i}=${peer(i)}`).join(",")],
    ...["--cert-file", files.certificate, "--key-file", files.key],
    ...["--client-cert-auth", "--trusted-ca-file", files.ca],
    ...["--peer-cert-file", files.certificate, "--peer-key-file", files.key],
    ...["--peer-client-cert-auth", "--peer-trusted-ca-file", files.ca],
    ...["--heartbeat-interval", "50", "--election-timeout", "500", "--logger", "zap"],
    ...flags,
  ];
  let child: ChildProcess | undefined;
  const log = openSync(join(folder, `${name}.log`), "a");
  return {
    endpoint: client,
    folder: join(folder, name),
    start() {
      child = spawn(program, words, { stdio: ["ignore", log, log] });
    },
    async kill() {
      const running = child;
      child = undefined;
      if (!running || running.exitCode !== null || running.signalCode !== null) return;
      const gone = new Promise((resolve) => running.once("exit", resolve));
      running.kill("SIGKILL");
      await gone;
    },
    async freeze() {
      child?.kill("SIGSTOP");
      const stopped = /^\d+ \(.*\) T /;
      while (child && !stopped.test(readFileSync(`/proc/${child.pid}/stat`, "utf8")))
        await new Promise((resolve) => setTimeout(resolve, 5));
    },
    thaw: () => void child?.kill("SIGCONT"),
  };
}

/** Ports that were free just now, all open at the same time so that none is given twice. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
