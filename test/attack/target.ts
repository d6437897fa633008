// A server under attack, as its attackers see it, and what it tells its owner.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRandom } from "../../src/lib/system.ts";
import { type ClusterPki, folderVault, openPki } from "../../src/main/pki/cluster-pki.ts";
import { type Issued, issue } from "../../src/main/pki/keys.ts";
import type { StaticToken } from "../../src/server/auth/tokens.ts";

export const issuer = "https://kubernetes.default.svc.cluster.local";

const person = (user: string, ...groups: string[]): [string, StaticToken] => [
  user,
  { token: `token-of-${user}`, user, groups },
];

/** `mallory` owns the namespace `evil`, `quinn` the namespace `quiet`; `val` may do nothing. */
export const tokens: ReadonlyMap<string, StaticToken> = new Map([
  person("admin", "system:masters"),
  person("mallory"),
  person("quinn"),
  person("val"),
]);

/** What one attack did to the process. */
export type Told = {
  /** After a collection of garbage. */
  readonly heapBytes: number;
  /** Longest work without a turn for others, ms of CPU. */
  readonly stallMs: number;
  /** What a fixed piece of work takes, ms of CPU. */
  readonly paceMs: number;
  /** Errors that nobody caught. */
  readonly faults: readonly string[];
  /** Names written to the prototype of all objects. */
  readonly polluted: readonly string[];
  readonly log: readonly string[];
};

/** Who asks: one of `tokens`, a bearer token, a certificate, or nobody. */
export type As = string | { readonly bearer: string } | Issued | undefined;

export type Answer = {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at answers of all kinds
  readonly body: any;
};

export type AskOptions = {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly as?: As;
};

export type Target = AsyncDisposable & {
  readonly port: number;
  readonly pki: ClusterPki;
  /** `ask("POST /api/v1/…", { body, as })`: over HTTP/1.1. Texts and bytes are sent as they are, all else as JSON. */
  ask(what: string, options?: AskOptions): Promise<Answer>;
  /** The same in the administrator's name; throws for anything but success. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  done(what: string, body?: unknown): Promise<any>;
  /** What was since the last question. `measure` collects garbage first. */
  told(is: "told" | "measure"): Promise<Told>;
  certificateFor(user: string, ...groups: string[]): Issued;
};

const program = join(import.meta.dirname, "victim.ts");

/** `ATTACK_PROFILE=folder` leaves there what the server did with its time. */
const profileFolder = process.env["ATTACK_PROFILE"];
const profiled =
  profileFolder === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileFolder}`];
const askMsMax = 60_000;

export async function startTarget(): Promise<Target> {
  const { folder, pki } = makePki();
  const child = fork(program, [folder], {
    execArgv: ["--expose-gc", "--max-semi-space-size=16", ...profiled],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const end = (): boolean => child.kill("SIGKILL");
  process.once("exit", end);
  const early = once(child, "exit").then(([code]) => Promise.reject(new Error(`ended: ${code}`)));
  early.catch(() => {});
  const [{ port }] = (await Promise.race([once(child, "message"), early])) as [{ port: number }];
  const asker = askerOf(port, pki);
  return {
    ...asker,
    async told(is) {
      child.send({ is });
      const [told] = (await Promise.race([once(child, "message"), early])) as [Told];
      return told;
    },
    async [Symbol.asyncDispose]() {
      asker.close();
      const gone = once(child, "exit");
      child.send({ is: "stop" });
      await gone;
      process.off("exit", end);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Keys and certificates in a folder of their own. */
export function makePki(): { readonly folder: string; readonly pki: ClusterPki } {
  const folder = mkdtempSync(join(tmpdir(), "cox-attack-"));
  const pki = openPki(folderVault(folder), {
    dnsNames: ["localhost"],
    ipAddresses: ["127.0.0.1"],
    nowMs: Date.now(),
    random: systemRandom,
  });
  return { folder, pki };
}

type Asker = Omit<Target, "told" | typeof Symbol.asyncDispose> & { close(): void };

/** How any server at that port of loopback is asked. */
export function askerOf(port: number, pki: ClusterPki): Asker {
  const agents = new Map<As, Agent>();
  const asker: Asker = {
    port,
    pki,
    ask: (what, options = {}) => ask({ port, pki, agents }, what, options),
    async done(what, body) {
      const answer = await asker.ask(what, { body, as: "admin" });
      if (answer.status < 300) return answer.body;
      throw new Error(`${what}: ${answer.status} ${answer.text}`);
    },
    certificateFor: (commonName, ...organizations) =>
      issue(
        pki.authority,
        { subject: { commonName, organizations }, usages: ["clientAuth"] },
        { nowMs: Date.now(), random: systemRandom },
      ),
    close() {
      for (const agent of agents.values()) agent.destroy();
    },
  };
  return asker;
}

type Place = { port: number; pki: ClusterPki; agents: Map<As, Agent> };

function ask(
  { port, pki, agents }: Place,
  what: string,
  { body, headers = {}, as }: AskOptions,
): Promise<Answer> {
  const space = what.indexOf(" ");
  const [method, path] = [what.slice(0, space), what.slice(space + 1)];
  const isRaw = typeof body === "string" || body instanceof Uint8Array;
  const bytes = Buffer.from(body === undefined ? "" : isRaw ? body : JSON.stringify(body));
  let agent = agents.get(as);
  if (agent === undefined) {
    const pair = typeof as === "object" && "key" in as ? { cert: as.certificate, key: as.key } : {};
    agent = new Agent({ ca: pki.authority.certificate, keepAlive: true, maxSockets: 16, ...pair });
    agents.set(as, agent);
  }
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const sent = httpsRequest(
    {
      ...{ host: "127.0.0.1", port, agent, method, path },
      timeout: askMsMax,
      headers: {
        ...credentials(as),
        ...(body === undefined
          ? {}
          : { "content-type": typeOf(method), "content-length": bytes.length }),
        ...headers,
      },
    },
    (answer) => {
      const parts: Buffer[] = [];
      answer.on("data", (part: Buffer) => parts.push(part));
      answer.on("error", reject);
      answer.on("end", () => {
        const text = Buffer.concat(parts).toString();
        const isJson = String(answer.headers["content-type"]).startsWith("application/json");
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          text,
          body: isJson ? JSON.parse(text) : undefined,
        });
      });
    },
  );
  sent.on("timeout", () => sent.destroy(new Error(`${what}: no answer in ${askMsMax} ms`)));
  sent.on("error", reject);
  sent.end(bytes);
  return promise;
}

function credentials(as: As): Record<string, string> {
  if (as === undefined) return {};
  if (typeof as === "string") return { authorization: `Bearer ${tokens.get(as)!.token}` };
  return "bearer" in as ? { authorization: `Bearer ${as.bearer}` } : {};
}

const typeOf = (method: string): string =>
  method === "PATCH" ? "application/merge-patch+json" : "application/json";
