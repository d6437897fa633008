// From the table of commands to commander, and from its complaints to exit code 2.
import { CommanderError, Option, Command as Parser } from "commander";
import { version } from "../main/version.ts";
import type { Command, Flag, Terminal } from "./command.ts";

/** Resolves with the exit code. Throws what the command throws. */
export async function parse(
  table: readonly Command[],
  terminal: Terminal,
  words: readonly string[],
): Promise<number> {
  const top = quiet(new Parser("coxswain"), terminal).description(
    "A complete Kubernetes-compatible cluster in one program",
  );
  top.option("--json", "print results as JSON");
  top.version(version, "--version", "print the version");
  top.commandsGroup("Shell:").helpCommand("help [command]", "what a command takes");
  for (const command of table) add(top, command, terminal);
  try {
    await top.parseAsync([...words], { from: "user" });
    return 0;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
}

function quiet(parser: Parser, terminal: Terminal): Parser {
  return parser
    .exitOverride()
    .showHelpAfterError("(what there is: add --help)")
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd(), { help: text }),
      writeErr: (text) => terminal.report(text.trimEnd()),
    });
}

function add(top: Parser, command: Command, terminal: Terminal): void {
  const words = command.name.split(" ");
  const last = words.pop() ?? "";
  const parent = words.reduce((at, word) => groupOf(at, word, command.room, terminal), top);
  const parser = quiet(parent.command(last), terminal).description(command.summary);
  if (parent === top) parser.helpGroup(`${command.room}:`);
  if (command.argument !== undefined) parser.argument(command.argument);
  parser.option("--json", "print the result as JSON");
  for (const flag of command.flags) parser.addOption(optionOf(flag));
  parser.action(async () => {
    const given = parser.args;
    await command.run(terminal, parser.opts(), given);
  });
}

function optionOf({ flags, summary, fallback, many, room }: Flag): Option {
  const option = new Option(flags, summary);
  if (fallback !== undefined) option.default(fallback);
  if (many) option.argParser((value: string, all: string[] = []) => [...all, value]);
  return room === undefined ? option : option.helpGroup(`${room}:`);
}

/** Of first words that have commands behind them. */
export const groupSummaries: Readonly<Record<string, string>> = {
  image: "images of this machine's node",
  rotate: "new keys in the place of old ones",
  snapshot: "all of a cluster in one file",
};

function groupOf(at: Parser, word: string, room: string, terminal: Terminal): Parser {
  const known = at.commands.find((c) => c.name() === word);
  if (known) return known;
  const group = quiet(at.command(word), terminal).description(groupSummaries[word] ?? "");
  return group.helpGroup(`${room}:`);
}
