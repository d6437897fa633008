// What a command is: one row of the table from which parsing, help, completion and docs come.
import type { Progress } from "../main/options.ts";

export type Flag = {
  /** `--port <number>`, `--json`; commander's notation. */
  readonly flags: string;
  readonly summary: string;
  readonly fallback?: string | number | boolean;
  /** May be given several times. */
  readonly many?: boolean;
  /** Heading of the help under which it stands; absent: with what every command has. */
  readonly room?: string;
};

/** The same flags, all under one heading. */
export const inRoom = (room: string, flags: readonly Flag[]): readonly Flag[] =>
  flags.map((flag) => ({ ...flag, room }));

export type Values = Readonly<Record<string, unknown>>;

export type Command = {
  /** Words as typed: `image load`. */
  readonly name: string;
  readonly summary: string;
  /** Heading of the overview under which it stands. */
  readonly room: string;
  /** `<file...>`, commander's notation. */
  readonly argument?: string;
  readonly flags: readonly Flag[];
  readonly run: (terminal: Terminal, flags: Values, words: readonly string[]) => Promise<void>;
};

/** The two ways out, and what the shell has set. */
export type Terminal = {
  /** A result: text, or with `--json` the record itself. */
  readonly print: (text: string, record: unknown) => void;
  /** Progress and warnings, on stderr. */
  readonly report: Progress;
  readonly environment: NodeJS.ProcessEnv;
  /** The file that started the program. */
  readonly program: string;
};
