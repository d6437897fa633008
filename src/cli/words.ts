// Commands as a user may type them, for the texts that say what to do next.
import { resolve } from "node:path";
import { hasCluster } from "../main/data-dir.ts";
import { type Running, serveDefaults } from "../main/options.ts";
import { programWord } from "../main/program-word.ts";
import { Refusal } from "../main/refusal.ts";
import { readRunning } from "../main/running.ts";
import type { Terminal, Values } from "./command.ts";
import { dirOf, nameOf, text } from "./flags.ts";

/** `coxswain down`, with what else tells this cluster from others, and as it was called. */
export function words({ environment }: Terminal, command: string, flags: Values): string {
  const name = nameOf(flags);
  const folder = text(flags, "dataDir");
  return [
    programWord(environment),
    command,
    ...(name === serveDefaults.name ? [] : ["--name", name]),
    ...(folder === undefined ? [] : ["--data-dir", resolve(folder)]),
  ].join(" ");
}

export const missing = (terminal: Terminal, flags: Values): Refusal =>
  new Refusal(
    3,
    `there is no cluster "${nameOf(flags)}" in ${dirOf(flags).root}; make it with: ${words(terminal, "up", flags)}`,
  );

/** What runs the cluster. Throws a `Refusal` that tells a stopped cluster from none. */
export function runningOf(terminal: Terminal, flags: Values): Running {
  const dir = dirOf(flags);
  if (!hasCluster(dir)) throw missing(terminal, flags);
  const running = readRunning(dir);
  if (running) return running;
  throw new Refusal(
    3,
    `cluster "${nameOf(flags)}" is not running; start it with: ${words(terminal, "up", flags)}`,
  );
}
