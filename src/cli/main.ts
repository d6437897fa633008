// The command line: words in, exit code out.
import { Refusal } from "../main/refusal.ts";
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

try {
  process.exitCode = await parse(commands, terminal, process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  terminal.report(`coxswain: ${error.message}`);
  process.exitCode = error.exitCode;
}
