// The control plane that Coxswain wants to be equal to, on loopback: its API server on a real etcd. The program
// `kube-apiserver` (v1.37) is that of the folder $COXSWAIN_TEST_TOOLS or of the PATH.
import { type ChildProcess, spawn } from "node:child_process";
import { createPublicKey } from "node:crypto";
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { Agent, request as httpsRequest } from "node:https";
import { delimiter, join } from "node:path";
import { silent } from "../../src/lib/log.ts";
import { systemClock, systemRandom } from "../../src/lib/system.ts";
import { makeControlPlane } from "../../src/main/control-plane.ts";
import { serveDefaults } from "../../src/main/options.ts";
import { folderVault, memoryVault, openPki } from "../../src/main/pki/cluster-pki.ts";
import type { ApiRequest, ApiResponse } from "../../src/schema/api-request.ts";
import { stampOffset } from "../../src/server/codec.ts";
import type { EdgeOptions } from "../../src/server/edge.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import { findEtcd, freePorts, startEtcd, whyNoEtcd } from "../store/etcd-cluster.ts";

// biome-ignore lint/suspicious/noExplicitAny: tests look at answers of all kinds
export type Answer = { readonly status: number; readonly body: any; readonly warnings: string[] };

/** In whose name it is asked: by the administrator, or by `hal`, a user of both clusters in the group `helpers`. */
export type Who = {
  readonly user: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, string>>;
  readonly byHal?: boolean;
};

const tokens = { admin: "peer-administrator", hal: "peer-helper" };

/** As both clusters get them; several groups stand in several headers. */
function headersFor(who: Who | undefined): Record<string, string | string[]> {
  const { user = "", groups = [], uid, extra = {}, byHal } = who ?? {};
  return {
    authorization: `Bearer ${byHal ? tokens.hal : tokens.admin}`,
    ...(user === "" ? {} : { "impersonate-user": user }),
    ...(groups.length === 0 ? {} : { "impersonate-group": [...groups] }),
    ...(uid === undefined ? {} : { "impersonate-uid": uid }),
    ...Object.fromEntries(
      Object.entries(extra).map(([key, value]) => [`impersonate-extra-${key}`, value]),
    ),
  };
}

/** One of the two clusters that are compared. Without `who` the administrator asks. */
export type Side = {
  readonly name: string;
  /** `ask("POST /api/v1/namespaces/a/pods?dryRun=All", {…})`. */
  ask(what: string, body?: object, who?: Who): Promise<Answer>;
  [Symbol.asyncDispose](): Promise<void>;
};

const folders = [
  process.env["COXSWAIN_TEST_TOOLS"] ?? "",
  ...(process.env["PATH"] ?? "").split(delimiter),
];
const program = folders.map((f) => join(f, "kube-apiserver")).find((f) => existsSync(f));

/** Why there is nothing to compare with; false when there is. */
export const whyNoPeer: string | false =
  program === undefined
    ? "needs kube-apiserver 1.37 on the PATH or in $COXSWAIN_TEST_TOOLS"
    : findEtcd() === undefined && whyNoEtcd;

const startMsMax = 90_000;

/** Resolves when it is ready. `flags` are added to its command line. */
export async function startPeer(flags: readonly string[] = []): Promise<Side> {
  const etcd = await startEtcd(findEtcd()!, { members: 1 });
  const folder = join(etcd.folder, "api");
  mkdirSync(folder, { mode: 0o700 });
  const pki = openPki(folderVault(folder), {
    dnsNames: ["localhost"],
    ipAddresses: ["127.0.0.1"],
    nowMs: systemClock.now(),
    random: systemRandom,
  });
  const file = (name: string): string => join(folder, name);
  writeFileSync(
    file("tokens.csv"),
    `${tokens.admin},admin,1,"system:masters"\n${tokens.hal},hal,2,"helpers"\n`,
    { mode: 0o600 },
  );
  const publicKey = createPublicKey(pki.tokenKeys[0]!).export({ type: "spki", format: "pem" });
  writeFileSync(file("sa.pub"), publicKey);
  const [port = 0] = await freePorts(1);
  const words = [
    ...["--bind-address=127.0.0.1", `--secure-port=${port}`, `--cert-dir=${folder}`],
    ...["--tls-cert-file", file("apiserver.crt"), "--tls-private-key-file", file("apiserver.key")],
    ...["--client-ca-file", file("ca.crt"), "--token-auth-file", file("tokens.csv")],
    ...["--service-account-key-file", file("sa.pub")],
    ...["--service-account-signing-key-file", file("sa.key")],
    ...["--service-account-issuer", "https://kubernetes.default.svc.cluster.local"],
    ...["--service-cluster-ip-range", "10.96.0.0/16", "--authorization-mode", "Node,RBAC"],
    ...["--etcd-servers", etcd.endpoints.join(","), "--etcd-cafile", etcd.files.ca],
    ...[
      "--allow-privileged=true",
      "--etcd-certfile",
      etcd.files.certificate,
      "--etcd-keyfile",
      etcd.files.key,
    ],
    ...flags,
  ];
  const log = openSync(file("apiserver.log"), "a");
  const child = spawn(program!, words, { stdio: ["ignore", log, log] });
  const agent = new Agent({ ca: pki.authority.certificate, keepAlive: true, maxSockets: 16 });
  const side: Side = {
    name: "peer",
    ask: (what, body, who) => askPeer({ port, agent }, what, body, who),
    async [Symbol.asyncDispose]() {
      await ended(child);
      agent.destroy();
      await etcd[Symbol.asyncDispose]();
    },
  };
  try {
    await ready(side, child, file("apiserver.log"));
    return side;
  } catch (error) {
    await side[Symbol.asyncDispose]();
    throw error;
  }
}

async function ready(side: Side, child: ChildProcess, log: string): Promise<void> {
  const end = systemClock.monotonic() + startMsMax;
  while (systemClock.monotonic() < end) {
    if (child.exitCode !== null) break;
    const answer = await side.ask("GET /readyz").catch(() => undefined);
    if (answer?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`kube-apiserver is not ready:\n${readFileSync(log, "utf8").slice(-2000)}`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

function askPeer(
  { port, agent }: { port: number; agent: Agent },
  what: string,
  body: object | undefined,
  who: Who | undefined,
): Promise<Answer> {
  const { method, target, type } = splitUp(what);
  const text = body === undefined ? "" : JSON.stringify(body);
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const sent = httpsRequest(
    {
      host: "127.0.0.1",
      port,
      agent,
      method,
      path: target,
      headers: {
        ...headersFor(who),
        ...(text === "" ? {} : { "content-type": type, "content-length": Buffer.byteLength(text) }),
      },
    },
    (answer) => {
      const parts: Buffer[] = [];
      answer.on("data", (part: Buffer) => parts.push(part));
      answer.on("error", reject);
      answer.on("end", () =>
        resolve({
          status: answer.statusCode ?? 0,
          body: parsed(Buffer.concat(parts).toString()),
          warnings: warningsIn(answer.headers["warning"]),
        }),
      );
    },
  );
  sent.on("error", reject);
  sent.end(text);
  return promise;
}

function splitUp(what: string): { method: string; target: string; type: string } {
  const [method = "", target = ""] = what.split(" ");
  const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  return { method, target, type };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not every answer is JSON.
    return text;
  }
}

/** Texts of `299 - "…"` headers. */
function warningsIn(header: string | readonly string[] | undefined): string[] {
  const all = (Array.isArray(header) ? header : [header ?? ""]).join(", ");
  return [...all.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map((m) => m[1]!.replace(/\\(.)/g, "$1"));
}

/** Our own, in this process, without controllers, as the peer has none. `edge`: what flags ask for. */
export async function startOurs(edge: Partial<EdgeOptions> = {}): Promise<Side> {
  const world = { clock: systemClock, random: systemRandom, log: silent };
  const store = openMemoryStore({ clock: systemClock, stamp: stampOffset });
  const pki = openPki(memoryVault(), {
    dnsNames: ["localhost"],
    ipAddresses: ["127.0.0.1"],
    nowMs: systemClock.now(),
    random: systemRandom,
  });
  const endpoint = { address: "192.0.2.1", port: 6443 };
  const plane = makeControlPlane({
    ...serveDefaults,
    ...world,
    store,
    authority: pki.authority.certificate,
    edge: {
      ...edge,
      staticTokens: [
        { token: tokens.admin, user: "admin", uid: "1", groups: ["system:masters"] },
        { token: tokens.hal, user: "hal", uid: "2", groups: ["helpers"] },
      ],
      clientAuthorities: pki.authority.certificate,
      serviceAccounts: {
        keys: pki.tokenKeys,
        issuer: `https://kubernetes.default.svc.${serveDefaults.clusterDomain}`,
      },
      address: () => `${endpoint.address}:${endpoint.port}`,
    },
    endpoint: () => endpoint,
    connectNode: () => Promise.reject(new Error("there are no nodes")),
    controllers: false,
  });
  await plane.start();
  const never = new AbortController().signal;
  return {
    name: "ours",
    async ask(what, body, who) {
      const { method, target, type } = splitUp(what);
      const [path = "", query = ""] = target.split("?");
      const bytes = Buffer.from(body === undefined ? "" : JSON.stringify(body));
      const given = Object.entries({
        ...headersFor(who),
        ...(body === undefined ? {} : { "content-type": type }),
      });
      const request: ApiRequest = {
        method,
        path,
        query,
        // Headers that came several times are joined, as the listener does.
        headers: Object.fromEntries(given.map(([k, v]) => [k, [v].flat().join(", ")])),
        body: () => Promise.resolve(bytes),
        peer: { address: "127.0.0.1" },
        signal: never,
      };
      const answer = await plane.server.api(request);
      return {
        status: answer.status,
        body: parsed(await textOf(answer)),
        warnings: warningsIn(answer.headers["warning"]),
      };
    },
    async [Symbol.asyncDispose]() {
      await plane.stop(0);
      await store.close();
    },
  };
}

async function textOf({ body }: ApiResponse): Promise<string> {
  if (body.is === "bytes") return Buffer.concat(body.chunks).toString();
  if (body.is !== "stream") return "";
  const chunks: Uint8Array[] = [];
  for await (const batch of body.batches) chunks.push(...batch);
  return Buffer.concat(chunks).toString();
}
