// up, down, delete, status, doctor: the cluster as a whole.
import { rmSync } from "node:fs";
import { claim, hasCluster } from "../main/data-dir.ts";
import { examine, installMissing, whyNoRealNode } from "../main/doctor.ts";
import { unmergeKubeconfig, userKubeconfig } from "../main/kubeconfig.ts";
import { launch } from "../main/launch.ts";
import { removeNodeLeftovers } from "../main/leftovers.ts";
import type { Running, ServeAsk } from "../main/options.ts";
import { askOverview } from "../main/overview.ts";
import { askReady } from "../main/ready.ts";
import { Refusal } from "../main/refusal.ts";
import { ended, readRunning, userOfData } from "../main/running.ts";
import type { Terminal, Values } from "./command.ts";
import { dirOf, nameOf, serveOptions, serveWords, whole } from "./flags.ts";
import { missing, words } from "./words.ts";

/** A cluster with pods to stop needs their grace; beyond this it is told what hangs. */
const stopWaitMs = 60_000;

export async function runUp(terminal: Terminal, flags: Values): Promise<void> {
  const options = serveOptions(flags);
  const dir = dirOf(flags);
  const waitMs = whole(flags, "timeout", 1, 3600) * 1000;
  claim(dir, options.name);
  const already = readRunning(dir);
  if (already) {
    const ready = await askReady(dir, already);
    if (!ready.ok) throw deaf(terminal, flags, already, ready.why);
    const text = `Cluster ${options.name} is running already, at ${already.server}`;
    terminal.print([text, ...nextSteps(terminal, flags, options)].join("\n"), already);
    return;
  }
  if (flags["installMissing"] && options.node !== "none" && process.getuid?.() === 0) {
    await installMissing(terminal.report);
  }
  const args = ["server", ...serveWords(options)];
  const { program, report } = terminal;
  const running = await launch({ dir, program, arguments: args, report, waitMs });
  const text = `Cluster ${options.name} is ready at ${running.server}`;
  terminal.print([text, ...nextSteps(terminal, flags, options)].join("\n"), running);
}

/** What to type next. */
function nextSteps(terminal: Terminal, flags: Values, options: ServeAsk): string[] {
  const { kubeconfig } = dirOf(flags);
  const use = options.mergeKubeconfig
    ? `kubectl --context coxswain-${options.name}`
    : `kubectl --kubeconfig ${kubeconfig}`;
  return [
    `Use it:   ${use} get nodes`,
    `Stop it:  ${words(terminal, "down", flags)} (keeps the data), ${words(terminal, "delete", flags)} (removes it)`,
  ];
}

export async function runDown(terminal: Terminal, flags: Values): Promise<void> {
  const name = nameOf(flags);
  const stopped = await stop(flags);
  if (!stopped && !hasCluster(dirOf(flags))) throw missing(terminal, flags);
  const text = stopped
    ? `cluster ${name} is stopped; its data is kept`
    : `cluster ${name} was not running`;
  terminal.print(text, { name, stopped });
}

export async function runDelete(terminal: Terminal, flags: Values): Promise<void> {
  const dir = dirOf(flags);
  const name = nameOf(flags);
  if (!hasCluster(dir)) throw missing(terminal, flags);
  await stop(flags);
  await removeNodeLeftovers(dir, terminal.report);
  rmSync(dir.root, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  await unmergeKubeconfig(userKubeconfig(terminal.environment), name).catch((error: Error) =>
    terminal.report(`the context coxswain-${name} stays: ${error.message}`),
  );
  terminal.print(`cluster ${name} is deleted`, { name, deleted: true });
}

export async function runStatus(terminal: Terminal, flags: Values): Promise<void> {
  const dir = dirOf(flags);
  const name = nameOf(flags);
  if (!hasCluster(dir)) throw missing(terminal, flags);
  const running = readRunning(dir);
  if (!running) {
    const lines = [
      `cluster ${name} is stopped; start it with: ${words(terminal, "up", flags)}`,
      `data:     ${dir.root}`,
      `log:      ${dir.log}`,
    ];
    const stopped = { name, running: false, dataDir: dir.root, log: dir.log };
    terminal.print(lines.join("\n"), stopped);
    return;
  }
  const ready = await askReady(dir, running);
  const state = ready.ok ? "ready" : `not ready: ${ready.why}`;
  const runs = `cluster ${name} runs at ${running.server} (process ${running.pid}), ${state}`;
  const record = { ...running, running: true, ready: ready.ok, dataDir: dir.root, log: dir.log };
  if (!ready.ok) {
    terminal.print(`${runs}\nlog:      ${dir.log}`, record);
    return;
  }
  const { nodes, pods } = await askOverview(dir);
  terminal.print(
    [
      runs,
      `nodes:    ${nodes.ready} of ${nodes.all} ready${simulatedNote(running)}`,
      `pods:     ${pods.ready} of ${pods.all} ready`,
      `data:     ${dir.root}`,
      `log:      ${dir.log}`,
    ].join("\n"),
    { ...record, nodes, pods },
  );
}

const simulatedNote = ({ simulatedNodes }: Running): string =>
  simulatedNodes === 0 ? "" : `, ${simulatedNodes} simulated`;

export async function runDoctor(terminal: Terminal, flags: Values): Promise<void> {
  if (flags["installMissing"]) await installMissing(terminal.report);
  const findings = examine();
  const lines = findings.map((f) =>
    f.found
      ? `ok       ${f.name}`
      : `missing  ${f.name} (${f.purpose})${f.fix ? `: ${f.fix}` : ""}`,
  );
  terminal.print(lines.join("\n"), findings);
  if (findings.some((f) => !f.found))
    throw new Refusal(5, `no real node can run here: ${whyNoRealNode()}`);
}

async function stop(flags: Values): Promise<boolean> {
  const dir = dirOf(flags);
  const running = readRunning(dir);
  if (!running) {
    const pid = await userOfData(dir);
    if (pid === undefined) return false;
    throw new Refusal(
      1,
      `process ${pid} uses the data in ${dir.root}, though no cluster answers yet: a start, or another command; wait for it, or end it with: kill ${pid}`,
    );
  }
  process.kill(running.pid, "SIGTERM");
  if (await ended(running, stopWaitMs)) return true;
  throw new Refusal(
    4,
    `process ${running.pid} still runs ${stopWaitMs / 1000} s after it was told to stop; see ${dir.log}, or end it with: kill -9 ${running.pid}`,
  );
}

/** It lives, but does not answer: a start beside it would harm its data. */
const deaf = (terminal: Terminal, flags: Values, { pid, server }: Running, why: string): Refusal =>
  new Refusal(
    1,
    `process ${pid} runs the cluster, but ${server} does not answer (${why}); see ${dirOf(flags).log}, or begin again with: ${words(terminal, "down", flags)}`,
  );
