// A containerd of our own below one folder: started when none answers there, taken over when one does. It outlives
// this process, so that containers keep their logs while we are away.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, constants, openSync } from "node:fs";
import { access, mkdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { delimiter, dirname, join } from "node:path";
import { type Clock, sleep } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import {
  type ContainerdPaths,
  containerdConfig,
  type MachineTraits,
  registryHostFiles,
} from "./containerd-config.ts";

export type ContainerdOptions = {
  /** Folder of this node; everything is below it (but sockets, when its path is too long for them). */
  dir: string;
  registryMirrors: Readonly<Record<string, string>>;
  sandboxImage: string;
  clock: Clock;
  log: Log;
};

export type Containerd = {
  /** `unix:///…` */
  readonly endpoint: string;
  readonly socket: string;
  readonly paths: ContainerdPaths;
  /** Of the process that runs now: one that dies is started again. */
  readonly pid: number;
  /** It answered already when it was looked for. */
  readonly adopted: boolean;
  /** Ends containerd; containers go on running. */
  stop(): Promise<void>;
};

/** A machine lacks what containers need. `program` is what is missing. */
export class MissingProgram extends Error {
  readonly program: string;

  constructor(program: string, message: string) {
    super(message);
    this.name = "MissingProgram";
    this.program = program;
  }
}

/** A socket's path ends here, its terminating zero and containerd's suffix ".ttrpc" counted. */
const socketPathMax = 107 - ".ttrpc".length;
const startMsMax = 20_000;
const stopMsMax = 10_000;
const pollMs = 20;
/** So often it is looked whether containerd still lives; a dead one is started again. */
const guardMs = 500;
const systemFolders = [
  "/usr/local/sbin",
  "/usr/local/bin",
  "/usr/sbin",
  "/usr/bin",
  "/sbin",
  "/bin",
];
const cniFolders = ["/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni", "/usr/local/lib/cni"];

/** Where a private containerd of the node in `dir` keeps its things. */
export function containerdPaths(dir: string): ContainerdPaths {
  const at = (name: string): string => join(dir, "containerd", name);
  const run = at("run");
  const short = join("/run/coxswain", createHash("sha256").update(dir).digest("hex").slice(0, 12));
  const socket = join(run, "containerd.sock");
  return {
    root: at("root"),
    state: at("state"),
    run,
    socket: socket.length > socketPathMax ? join(short, "containerd.sock") : socket,
    cniConfigs: join(dir, "net.d"),
    registryHosts: at("certs.d"),
  };
}

/** Rejects with MissingProgram, or an Error with the end of containerd's log when it does not come up. */
export async function startContainerd(options: ContainerdOptions): Promise<Containerd> {
  const { clock, log } = options;
  const dir = await realFolder(options.dir);
  const paths = containerdPaths(dir);
  const files = { config: join(dir, "containerd/config.toml"), pid: join(dir, "containerd/pid") };
  for (const folder of [
    paths.root,
    paths.state,
    paths.run,
    dirname(paths.socket),
    paths.cniConfigs,
  ])
    await mkdir(folder, { recursive: true, mode: 0o711 });
  await forgetStateOfEarlierBoot(dir, paths);
  await writeRegistryHosts(paths.registryHosts, options.registryMirrors);

  const config = containerdConfig(paths, await machineTraits(), options.sandboxImage);
  const before = await readIfThere(files.config);
  const running = await runningPid(files.pid, files.config);
  if (running !== undefined && (await answers(paths.socket)) && before === config) {
    log.info("took over the running containerd", { pid: running });
    return guarded({ dir, paths, files, pid: running, adopted: true }, options);
  }
  if (running !== undefined) await end(running, clock);
  await writeFile(files.config, config);
  const pid = await bringUp(dir, paths, files, clock);
  log.info("started containerd", { pid });
  return guarded({ dir, paths, files, pid, adopted: false }, options);
}

type Files = { config: string; pid: string };
type Started = { dir: string; paths: ContainerdPaths; files: Files; pid: number; adopted: boolean };

/** Resolves when it answers. */
async function bringUp(
  dir: string,
  paths: ContainerdPaths,
  files: Files,
  clock: Clock,
): Promise<number> {
  const pid = await launch(dir, files, await programPath("containerd"));
  const startedAt = clock.monotonic();
  while (!(await answers(paths.socket))) {
    if (!isAlive(pid) || clock.monotonic() - startedAt > startMsMax) {
      const tail = ((await readIfThere(join(dir, "containerd/log"))) ?? "").slice(-2000);
      throw new Error(`containerd did not start (pid ${pid}); the end of its log:\n${tail}`);
    }
    await sleep(clock, pollMs);
  }
  return pid;
}

/** Starts it again whenever it dies, until it is stopped. */
function guarded(
  { dir, paths, files, pid: first, adopted }: Started,
  { clock, log }: ContainerdOptions,
): Containerd {
  let pid = first;
  let isStopped = false;
  let starting: Promise<void> = Promise.resolve();
  let cancel = (): void => {};
  const look = (): void => {
    if (isStopped) return;
    starting = again().finally(() => {
      if (!isStopped) cancel = clock.after(guardMs, look);
    });
  };
  const again = async (): Promise<void> => {
    if (isAlive(pid)) return;
    log.warn("containerd has died; it is started again", { pid });
    try {
      pid = await bringUp(dir, paths, files, clock);
    } catch (error) {
      log.error("containerd cannot be started again", { error });
    }
  };
  cancel = clock.after(guardMs, look);
  return {
    endpoint: `unix://${paths.socket}`,
    socket: paths.socket,
    paths,
    get pid() {
      return pid;
    },
    adopted,
    async stop() {
      isStopped = true;
      cancel();
      await starting;
      await end(pid, clock);
    },
  };
}

async function launch(dir: string, files: Files, program: string): Promise<number> {
  const logFile = openSync(join(dir, "containerd/log"), "a", 0o600);
  try {
    const child = spawn(program, ["--config", files.config], {
      detached: true,
      stdio: ["ignore", logFile, logFile],
      cwd: "/",
      env: { ...process.env, PATH: searchPath() },
    });
    const pid = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("spawn", () => resolve(child.pid as number));
    });
    child.unref();
    await writeFile(files.pid, String(pid));
    return pid;
  } finally {
    closeSync(logFile);
  }
}

/** Tasks of an earlier boot are dead, and what containerd knows of them misleads it. */
async function forgetStateOfEarlierBoot(dir: string, paths: ContainerdPaths): Promise<void> {
  const file = join(dir, "containerd/boot");
  const boot = await readIfThere("/proc/sys/kernel/random/boot_id");
  if (boot === undefined) return;
  const known = await readIfThere(file);
  if (known !== undefined && known !== boot) {
    await rm(paths.state, { recursive: true, force: true });
    await rm(paths.run, { recursive: true, force: true });
    await mkdir(paths.state, { recursive: true, mode: 0o711 });
    await mkdir(paths.run, { recursive: true, mode: 0o711 });
  }
  if (known !== boot) await writeFile(file, boot);
}

async function writeRegistryHosts(
  folder: string,
  mirrors: Readonly<Record<string, string>>,
): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [name, content] of registryHostFiles(mirrors)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

async function machineTraits(): Promise<MachineTraits> {
  const cniPlugins = await firstThere(cniFolders.map((f) => [f, join(f, "bridge")] as const));
  if (cniPlugins === undefined) {
    throw new MissingProgram("containernetworking-plugins", 'no CNI plugin "bridge" was found');
  }
  const crun = await findProgram("crun");
  return {
    cniPlugins,
    runc: await programPath("runc"),
    ...(crun === undefined ? {} : { crun }),
    mayLowerOomScore: await hasCapability(24),
    apparmor: await enforcesAppArmor(),
  };
}

/** Profiles are loaded by a program that not every machine has. */
export async function enforcesAppArmor(): Promise<boolean> {
  const enabled = await readIfThere("/sys/module/apparmor/parameters/enabled");
  return enabled?.startsWith("Y") === true && (await findProgram("apparmor_parser")) !== undefined;
}

async function hasCapability(bit: number): Promise<boolean> {
  const status = (await readIfThere("/proc/self/status")) ?? "";
  const mask = /^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1];
  return mask !== undefined && (BigInt(`0x${mask}`) & (1n << BigInt(bit))) !== 0n;
}

const searchPath = (): string =>
  [...new Set([...(process.env["PATH"] ?? "").split(delimiter), ...systemFolders])].join(delimiter);

/** Absolute path of a program of the machine, also of those that only root's PATH shows. */
export async function findProgram(name: string): Promise<string | undefined> {
  const folders = searchPath().split(delimiter);
  return firstThere(folders.map((f) => [join(f, name), join(f, name)] as const));
}

async function programPath(name: string): Promise<string> {
  const path = await findProgram(name);
  if (path === undefined) throw new MissingProgram(name, `the program "${name}" was not found`);
  return path;
}

async function firstThere(
  candidates: readonly (readonly [answer: string, file: string])[],
): Promise<string | undefined> {
  for (const [answer, file] of candidates) {
    try {
      await access(file, constants.X_OK);
      return answer;
    } catch {
      // Not there: the next one may be.
    }
  }
  return undefined;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function realFolder(dir: string): Promise<string> {
  await mkdir(dir, { recursive: true, mode: 0o711 });
  return realpath(dir);
}

/** The process of the pid file, when it lives and is a containerd with this configuration. */
async function runningPid(pidFile: string, config: string): Promise<number | undefined> {
  const pid = Number(await readIfThere(pidFile));
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  const command = (await readIfThere(`/proc/${pid}/cmdline`)) ?? "";
  return command.split("\0").includes(config) ? pid : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function end(pid: number, clock: Clock): Promise<void> {
  if (!isAlive(pid)) return;
  process.kill(pid, "SIGTERM");
  const since = clock.monotonic();
  while (isAlive(pid)) {
    if (clock.monotonic() - since > stopMsMax) {
      process.kill(pid, "SIGKILL");
      return;
    }
    await sleep(clock, pollMs);
  }
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const attempt = connect(socket);
    attempt.once("connect", () => {
      attempt.destroy();
      resolve(true);
    });
    attempt.once("error", () => resolve(false));
  });
}
