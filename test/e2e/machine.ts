// What the end-to-end tests stand on: the real program, the real kubectl, a registry on loopback, images of our own.
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { makeImages } from "../../tools/images/make.ts";
import { pushArchive } from "../../tools/images/push.ts";

export type Output = { code: number; stdout: string; stderr: string };

/** Other than the defaults, so that a cluster that runs on this machine is left in peace. */
const ownNetworks = [
  ...["--pod-cidr", "10.200.0.0/16"],
  ...["--service-cidr", "10.112.0.0/16", "--dns-ip", "10.112.0.10"],
];

const root = resolve(import.meta.dirname, "../..");
const program = join(root, "bin/coxswain.mjs");

/** Why real containers cannot run here; undefined when they can. */
export function whyNoContainers(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root";
  const missing = ["containerd", "runc", "nft", "docker-registry"].filter((p) => !onPath(p));
  return missing.length === 0 ? undefined : `needs ${missing.join(", ")}; run: coxswain doctor`;
}

/** The kubectl to use; undefined when there is none. */
export const whyNoKubectl = (): string | undefined =>
  onPath("kubectl") ? undefined : "needs kubectl on the PATH";

function onPath(name: string): boolean {
  const folders = `${process.env["PATH"]}${delimiter}/usr/sbin${delimiter}/sbin`.split(delimiter);
  return folders.some((folder) => existsSync(join(folder, name)));
}

export function run(
  command: string,
  args: readonly string[],
  options: { input?: string; timeoutMs?: number; env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Promise<Output> {
  return new Promise((done) => {
    const child = execFile(
      command,
      args,
      {
        timeout: options.timeoutMs ?? 120_000,
        maxBuffer: 64 * 1024 * 1024,
        env: { ...process.env, ...options.env },
        cwd: options.cwd,
      },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
        done({ code, stdout, stderr });
      },
    );
    // A program that ends without reading its input is no failure; its exit code tells.
    child.stdin?.on("error", () => {});
    child.stdin?.end(options.input ?? "");
  });
}

export type Typing = { after: RegExp; type: string };

export type Machine = {
  readonly folder: string;
  readonly dataDir: string;
  readonly name: string;
  coxswain(...args: string[]): Promise<Output>;
  /** `up` with the flags of this machine and `more`. Throws with both outputs when it fails. */
  up(...more: string[]): Promise<void>;
  /** Throws when kubectl fails. */
  kubectl(...args: string[]): Promise<string>;
  /** The same without a throw, with `input` on its standard input. */
  tryKubectl(args: readonly string[], input?: string): Promise<Output>;
  /**
   * Writes `input` to a kubectl whose standard input stays open, resolves with its output once
   * `wanted` is in it, and ends it. Throws with the output when it ends or takes too long before.
   */
  talk(args: readonly string[], input: string, wanted: RegExp): Promise<string>;
  /** A kubectl that goes on until `end`; `said` resolves with the first match in what it prints. */
  start(args: readonly string[]): { said(wanted: RegExp): Promise<RegExpExecArray>; end(): void };
  /**
   * The same on a terminal of its own, 99 columns wide and 33 lines high: each step waits for `after` in the output
   * that came since the last one and then types `type`. Resolves when kubectl has ended.
   */
  type(args: readonly string[], steps: readonly Typing[]): Promise<Output>;
  apply(manifest: unknown): Promise<string>;
  /** Asks again until `wanted` holds of the output. Throws with the last output after `seconds`. */
  until(
    args: readonly string[],
    wanted: (output: string) => boolean,
    seconds?: number,
  ): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** `space`: network namespace in which the program runs. */
export function makeMachine(name: string, flags: readonly string[] = [], space?: string): Machine {
  const folder = mkdtempSync(join(tmpdir(), `cox-${name}-`));
  const dataDir = join(folder, "d");
  const place = ["--name", name, "--data-dir", dataDir];
  const env = { HOME: folder, KUBECONFIG: join(dataDir, "kubeconfig") };
  const coxswain = (...args: string[]) =>
    space === undefined
      ? run(process.execPath, [program, ...args, ...place], { env, timeoutMs: 300_000 })
      : run(
          "nsenter",
          [`--net=/run/netns/${space}`, process.execPath, program, ...args, ...place],
          {
            env,
            timeoutMs: 300_000,
          },
        );
  const tryKubectl = (args: readonly string[], input = "") => run("kubectl", args, { env, input });
  const kubectl = async (...args: string[]) => {
    const { code, stdout, stderr } = await tryKubectl(args);
    if (code !== 0)
      throw new Error(`kubectl ${args.join(" ")} ended with ${code}: ${stderr}${stdout}`);
    return stdout;
  };
  return {
    folder,
    dataDir,
    name,
    coxswain,
    async up(...more) {
      const { code, stdout, stderr } = await coxswain(
        "up",
        "--port",
        "0",
        "--no-kubeconfig",
        ...ownNetworks,
        ...flags,
        ...more,
      );
      if (code !== 0) throw new Error(`coxswain up ended with ${code}: ${stderr}${stdout}`);
    },
    kubectl,
    tryKubectl,
    talk: (args, input, wanted) => talk(args, { env, input, wanted }),
    start: (args) => started(args, env),
    type: (args, steps) => typed(args, steps, env),
    async apply(manifest) {
      const { code, stdout, stderr } = await tryKubectl(
        ["apply", "-f", "-"],
        JSON.stringify(manifest),
      );
      if (code !== 0) throw new Error(`kubectl apply ended with ${code}: ${stderr}`);
      return stdout;
    },
    async until(args, wanted, seconds = 60) {
      const end = Date.now() + seconds * 1000;
      for (;;) {
        const { stdout, stderr } = await tryKubectl(args);
        if (wanted(stdout)) return stdout;
        if (Date.now() > end)
          throw new Error(`not within ${seconds} s: kubectl ${args.join(" ")}\n${stdout}${stderr}`);
        await new Promise((r) => setTimeout(r, 200));
      }
    },
    async [Symbol.asyncDispose]() {
      await coxswain("delete");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function talk(
  args: readonly string[],
  { env, input, wanted }: { env: NodeJS.ProcessEnv; input: string; wanted: RegExp },
): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn("kubectl", args, { env: { ...process.env, ...env }, timeout: 60_000 });
    let output = "";
    const take = (bytes: Buffer): void => {
      output += bytes;
      if (!wanted.test(output)) return;
      done(output);
      child.stdin.end();
      child.kill();
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.stdin.on("error", () => {});
    child.stdin.write(input);
    child.on("close", () => fail(new Error(`no ${wanted}: kubectl ${args.join(" ")}\n${output}`)));
  });
}

function started(args: readonly string[], env: NodeJS.ProcessEnv): ReturnType<Machine["start"]> {
  const child = spawn("kubectl", args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 120_000,
  });
  let output = "";
  let look = (): void => {};
  const take = (bytes: Buffer): void => {
    output += bytes;
    look();
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  return {
    said: (wanted) =>
      new Promise((done, fail) => {
        look = () => {
          const found = wanted.exec(output);
          if (found) done(found);
        };
        child.once("close", () =>
          fail(new Error(`no ${wanted}: kubectl ${args.join(" ")}\n${output}`)),
        );
        look();
      }),
    end: () => void child.kill(),
  };
}

/** Longest that a conversation by keyboard may take. */
const typingMsMax = 90_000;

function typed(
  args: readonly string[],
  steps: readonly Typing[],
  env: NodeJS.ProcessEnv,
): Promise<Output> {
  const words = args.map((word) => `'${word}'`).join(" ");
  const command = `stty rows 33 cols 99; exec kubectl ${words}`;
  const child = spawn("script", ["-qec", command, "/dev/null"], {
    env: { ...process.env, ...env, SHELL: "/bin/sh" },
    timeout: typingMsMax,
  });
  let stdout = "";
  let seen = 0;
  const left = [...steps];
  child.stdout.on("data", (bytes: Buffer) => {
    stdout += bytes;
    const [next] = left;
    if (!next?.after.test(stdout.slice(seen))) return;
    seen = stdout.length;
    left.shift();
    child.stdin.write(next.type);
  });
  child.stdin.on("error", () => {});
  return new Promise((done) => {
    child.on("close", (code) => done({ code: code ?? 1, stdout, stderr: "" }));
  });
}

/** Archives of our images, made once for all tests of this machine. */
export function testImages(wanted: readonly string[]): string[] {
  const folder = process.env["COXSWAIN_TEST_IMAGES"] ?? join(tmpdir(), "coxswain-test-images");
  mkdirSync(folder, { recursive: true });
  const missing = wanted.filter((name) => !existsSync(join(folder, `${name}.tar`)));
  if (missing.length > 0) makeImages(folder, missing, join(folder, "packages"));
  return wanted.map((name) => join(folder, `${name}.tar`));
}

/** Debian's registry on a free port of loopback, holding the images of `archives`. */
export async function startRegistry(
  archives: readonly string[],
): Promise<{ url: string; stop(): void }> {
  const folder = mkdtempSync(join(tmpdir(), "cox-registry-"));
  const port = await freePort();
  const config = join(folder, "config.yml");
  writeFileSync(
    config,
    `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ${folder}/data}}\n` +
      `http: {addr: "127.0.0.1:${port}"}\n`,
  );
  const child = spawn("docker-registry", ["serve", config], { stdio: "ignore" });
  const url = `http://127.0.0.1:${port}`;
  for (let left = 100; ; left--) {
    const isUp = await fetch(`${url}/v2/`).then(
      (a) => a.ok,
      () => false,
    );
    if (isUp) break;
    if (left === 0) throw new Error(`docker-registry does not answer at ${url}`);
    await new Promise((r) => setTimeout(r, 50));
  }
  for (const file of archives) await pushArchive(url, file);
  return {
    url,
    stop() {
      child.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  const { promise, resolve: done, reject } = Promise.withResolvers<number>();
  const server = createServer();
  server.once("error", reject);
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    server.close(() => done(typeof address === "object" && address ? address.port : 0));
  });
  return promise;
}
