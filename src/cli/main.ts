// The command line: words in, exit code out.
import { Refusal } from "../main/refusal.ts";
import { StatusError } from "../schema/status-error.ts";
import type { Terminal } from "./command.ts";
import { commands } from "./commands.ts";
import { parse } from "./parse.ts";

const json = process.argv.includes("--json");

const terminal: Terminal = {
  print: (text, record) => process.stdout.write(json ? `${JSON.stringify(record)}\n` : `${text}\n`),
  report: (text) => process.stderr.write(`${text}\n`),
  environment: process.env,
  program: process.argv[1] ?? "",
};

/** What the machine refuses, in its own words: no space, a disk that is read-only or broken, no rights. */
const diskCodes = new Set(["ENOSPC", "EDQUOT", "EROFS", "EIO", "EACCES", "EPERM"]);

try {
  process.exitCode = await parse(commands, terminal, process.argv.slice(2));
} catch (error) {
  const isExpected = error instanceof Refusal || error instanceof StatusError;
  const isDisk = diskCodes.has((error as NodeJS.ErrnoException)?.code ?? "");
  terminal.report(
    `coxswain: ${isExpected || isDisk ? (error as Error).message : errorText(error)}`,
  );
  // What was begun may still hold timers and sockets; nothing of it matters any more.
  process.exit(error instanceof Refusal ? error.exitCode : isDisk ? 5 : 1);
}

/** Nobody foresaw it: the stack helps whoever mends it. */
function errorText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : `${error}`;
}
