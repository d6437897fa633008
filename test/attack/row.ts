// One hostile input and the answer that it must get.
import type { Answer, AskOptions, Target } from "./target.ts";

export type Row = {
  readonly name: string;
  /** Attacks; the answer in one line, as `told` writes it. */
  run(target: Target): Promise<string>;
  /** What that line must be, or begin with. */
  readonly answer: string | RegExp;
  /** Left out of a quick run, for it takes long. */
  readonly slow?: boolean;
};

export type Table = { readonly title: string; readonly rows: readonly Row[] };

const shownMax = 140;

/** `403 Forbidden: configmaps "same" is forbidden: …`. */
export function told({ status, text, body }: Answer): string {
  const isStatus = body?.kind === "Status" && body.status !== "Success";
  const words = isStatus
    ? ` ${body.reason ?? ""}: ${body.message}`
    : status < 300
      ? ""
      : ` ${text}`;
  return `${status}${words}`.replace(/[\s\u0000]+/g, " ").trim();
}

export const shown = (line: string): string =>
  line.length > shownMax ? `${line.slice(0, shownMax)}…` : line;

/** A row that is one request. */
export const asks = (
  name: string,
  what: string,
  options: AskOptions | (() => AskOptions),
  answer: Row["answer"],
): Row => ({
  name,
  answer,
  run: async (target) =>
    told(await target.ask(what, typeof options === "function" ? options() : options)),
});

export const matches = ({ answer }: Row, line: string): boolean =>
  typeof answer === "string" ? line.startsWith(answer) : answer.test(line);
