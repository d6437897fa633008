// Shell completion scripts, made from the table of commands.
import { Refusal } from "../main/refusal.ts";
import type { Command } from "./command.ts";
import { groupSummaries } from "./parse.ts";

export function completion(shell: string, table: readonly Command[]): string {
  if (shell === "bash") return bash(table);
  if (shell === "zsh") return `autoload -U +X bashcompinit && bashcompinit\n${bash(table)}`;
  if (shell === "fish") return fish(table);
  throw new Refusal(
    2,
    `no completion for shell ${JSON.stringify(shell)}; known are bash, zsh and fish`,
  );
}

const flagWords = (command: Command): string[] => [
  ...command.flags.map((f) => f.flags.split(" ")[0] ?? ""),
  "--json",
  "--help",
];

function bash(table: readonly Command[]): string {
  const cases = table.map((c) => `    "${c.name}"*) words="${flagWords(c).join(" ")}" ;;`);
  const first = [...new Set(table.map((c) => c.name.split(" ")[0]))].join(" ");
  return [
    "_coxswain() {",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the shell
    '  local current="${COMP_WORDS[COMP_CWORD]}" words=""',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the shell
    '  local typed="${COMP_WORDS[*]:1:COMP_CWORD-1}"',
    '  case "$typed" in',
    `    "") words="${first}" ;;`,
    ...groups(table).map(([group, rest]) => `    "${group}") words="${rest.join(" ")}" ;;`),
    ...cases,
    "  esac",
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    "}",
    "complete -o default -F _coxswain coxswain cox",
  ].join("\n");
}

function fish(table: readonly Command[]): string {
  const firsts = new Map(
    table.map(({ name, summary }) => {
      const [first = "", second] = name.split(" ");
      return [first, second === undefined ? summary : (groupSummaries[first] ?? "")];
    }),
  );
  return [
    ...[...firsts].map(
      ([first, summary]) =>
        `complete -c coxswain -f -n __fish_use_subcommand -a ${first} -d ${quoted(summary)}`,
    ),
    ...groups(table).map(
      ([group, rest]) =>
        `complete -c coxswain -f -n '__fish_seen_subcommand_from ${group}; and not __fish_seen_subcommand_from ${rest.join(" ")}' -a '${rest.join(" ")}'`,
    ),
    ...table.flatMap((command) => {
      const seen = command.name.split(" ").map((word) => `__fish_seen_subcommand_from ${word}`);
      return flagWords(command).map(
        (flag) => `complete -c coxswain -n '${seen.join("; and ")}' -l ${flag.slice("--".length)}`,
      );
    }),
    "complete -c cox -w coxswain",
  ].join("\n");
}

/** One word of the shell, whatever it holds. */
const quoted = (text: string): string =>
  `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

/** Words behind a first word: `image` → [`load`]. */
function groups(table: readonly Command[]): [string, string[]][] {
  const found = new Map<string, string[]>();
  for (const { name } of table) {
    const [first = "", second] = name.split(" ");
    if (second !== undefined) found.set(first, [...(found.get(first) ?? []), second]);
  }
  return [...found];
}
