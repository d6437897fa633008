// snapshot, fork, rewind, history: the past of a cluster, and copies of its present.
import { rmSync } from "node:fs";
import { inspectBackup, restoreBackup, saveBackup, told } from "../main/backup.ts";
import { type HistoryVersion, historyPath } from "../main/cluster-pages.ts";
import { dataDir, defaultRoot } from "../main/data-dir.ts";
import { forkCluster, rewindCluster, type Target } from "../main/fork.ts";
import { launch } from "../main/launch.ts";
import { Refusal } from "../main/refusal.ts";
import { askServer } from "./ask.ts";
import { changesBetween } from "./changes.ts";
import type { Flag, Terminal, Values } from "./command.ts";
import { dirOf, files, nameOf, text, whole } from "./flags.ts";
import { runningOf, words } from "./words.ts";

/** Longest wait for a fork to be ready. */
const forkMsMax = 60_000;

export const historyFlags: readonly Flag[] = [
  { flags: "--namespace <name>", summary: "of the object", fallback: "default" },
  { flags: "--diff", summary: "what each version changed" },
];

export async function runSnapshotSave(
  terminal: Terminal,
  flags: Values,
  [file = ""]: readonly string[],
): Promise<void> {
  const saved = await told(() => saveBackup(dirOf(flags), file, encryptionOf(flags)));
  terminal.print(
    `snapshot of cluster ${saved.cluster} at revision ${saved.revision} in ${saved.file} ` +
      `(${saved.bytes} bytes); it holds the cluster's keys: keep it safe`,
    saved,
  );
}

export async function runSnapshotInspect(
  terminal: Terminal,
  _flags: Values,
  [file = ""]: readonly string[],
): Promise<void> {
  const found = await told(() => inspectBackup(file));
  const lines = [
    `cluster   ${found.cluster}`,
    `revision  ${found.revision}`,
    `time      ${found.time}`,
    `written   by coxswain ${found.program}, ${found.bytes} bytes, every record's checksum is right`,
    `keys      ${found.keys}, and ${found.files.length} files of the cluster`,
    ...found.resources.map((r) => `  ${r.resource.padEnd(60)} ${r.keys} keys, ${r.bytes} bytes`),
  ];
  terminal.print(lines.join("\n"), found);
}

export async function runSnapshotRestore(
  terminal: Terminal,
  flags: Values,
  [file = ""]: readonly string[],
): Promise<void> {
  const options = { name: nameOf(flags), store: text(flags, "store") ?? "file:", ...files(flags) };
  const restored = await told(() => restoreBackup(file, dirOf(flags), options));
  const start = words(terminal, options.store === "file:" ? "up" : "server", flags);
  terminal.print(
    `${restored.keys} keys of cluster ${restored.cluster} are in ${restored.into}, ` +
      `at revision ${restored.revision}; start it with: ${start}`,
    restored,
  );
}

export async function runFork(
  terminal: Terminal,
  flags: Values,
  [name = ""]: readonly string[],
): Promise<void> {
  nameOf({ name });
  const from = dirOf(flags);
  const to = dataDir(defaultTarget(flags, name));
  const forked = await told(() => forkCluster(from, to, name));
  if (flags["start"] === false) {
    terminal.print(`fork ${name} of cluster ${nameOf(flags)} is in ${to.root}`, {
      name,
      dataDir: to.root,
      ...forked,
    });
    return;
  }
  const port = whole(flags, "port", 0, 65_535);
  const serverWords = [
    ...["server", "--name", name, "--data-dir", to.root, "--node", "none", "--port", `${port}`],
    "--no-kubeconfig",
  ];
  const { program, report } = terminal;
  const running = await launch({
    dir: to,
    program,
    arguments: serverWords,
    report,
    waitMs: forkMsMax,
  });
  terminal.print(
    [
      `Fork ${name} of cluster ${nameOf(flags)} is ready at ${running.server}`,
      `Use it:     kubectl --kubeconfig ${to.kubeconfig} get all -A`,
      `Remove it:  ${words(terminal, "delete", { name, dataDir: text(flags, "into") })}`,
    ].join("\n"),
    { ...running, dataDir: to.root, ...forked },
  );
}

function defaultTarget(flags: Values, name: string): string {
  return text(flags, "into") ?? defaultRoot(name, process.getuid?.() === 0, process.platform);
}

export async function runRewind(terminal: Terminal, flags: Values): Promise<void> {
  const target = targetOf(text(flags, "to"));
  const fork = text(flags, "fork");
  let dir = dirOf(flags);
  let started = flags;
  if (fork !== undefined) {
    nameOf({ name: fork });
    const from = dir;
    dir = dataDir(defaultTarget(flags, fork));
    started = { name: fork, dataDir: text(flags, "into") };
    await told(() => forkCluster(from, dir, fork));
  }
  const done = await told(() => rewindCluster(dir, target, encryptionOf(flags))).catch((error) => {
    if (fork !== undefined) rmSync(dir.root, { recursive: true, force: true });
    throw error;
  });
  terminal.print(
    `cluster in ${dir.root} shows revision ${done.to} again: ${done.written} keys written, ` +
      `${done.deleted} deleted; it is now at revision ${done.revision}. Start it with: ${words(terminal, "up", started)}`,
    { ...done, dataDir: dir.root },
  );
}

const encryptionOf = (flags: Values): string | undefined => text(flags, "encryptionProviderConfig");

function targetOf(given: string | undefined): Target {
  if (given === undefined) throw new Refusal(2, "--to is needed: a revision or a time");
  if (/^\d{1,15}$/.test(given)) return { revision: Number(given) };
  const timeMs = Date.parse(given);
  if (/^\d{4}-\d\d-\d\dT/.test(given) && !Number.isNaN(timeMs)) return { timeMs };
  throw new Refusal(
    2,
    `--to ${given}: a revision such as 1234, or a time such as 2026-11-23T16:00:00Z`,
  );
}

export async function runHistory(
  terminal: Terminal,
  flags: Values,
  [object = ""]: readonly string[],
): Promise<void> {
  const [kind = "", name = "", more] = object.split("/");
  if (kind === "" || name === "" || more !== undefined)
    throw new Refusal(2, `${object}: KIND/NAME such as deployment/web`);
  runningOf(terminal, flags);
  const versions = await ask(flags, kind, name);
  const shown = versions.map((version, i) => {
    const { object: now, ...rest } = version;
    const before = versions[i + 1]?.object;
    return flags["diff"] ? { ...rest, changes: changesBetween(before, now) } : rest;
  });
  const lines = shown.flatMap((version) => [
    [
      `${version.revision}`.padEnd(10),
      (version.time || "-").padEnd(22),
      (version.operation || "-").padEnd(8),
      (version.manager || "-").padEnd(28),
      version.user || "-",
    ].join(" "),
    ...("changes" in version ? version.changes.map((change) => `    ${change}`) : []),
  ]);
  const head = `${"REVISION".padEnd(10)} ${"TIME".padEnd(22)} ${"HOW".padEnd(8)} ${"MANAGER".padEnd(28)} USER`;
  terminal.print([head, ...lines].join("\n"), shown);
}

async function ask(flags: Values, kind: string, name: string): Promise<HistoryVersion[]> {
  const path = `${historyPath}${encodeURIComponent(kind)}/${encodeURIComponent(name)}`;
  const query = `namespace=${encodeURIComponent(text(flags, "namespace") ?? "default")}`;
  const answer = await askServer(dirOf(flags), { method: "GET", path, query });
  return answer as HistoryVersion[];
}
