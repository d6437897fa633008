// Commands as a user may type them, for the texts that say what to do next.
import { resolve } from "node:path";
import { serveDefaults } from "../main/options.ts";
import type { Terminal, Values } from "./command.ts";
import { nameOf, text } from "./flags.ts";

/** `coxswain down`, with what else tells this cluster from others, and as it was called. */
export function words({ environment }: Terminal, command: string, flags: Values): string {
  const name = nameOf(flags);
  const folder = text(flags, "dataDir");
  return [
    // npm runs the program of a checkout, which is on nobody's path.
    environment["npm_execpath"] === undefined ? "coxswain" : "npx coxswain",
    command,
    ...(name === serveDefaults.name ? [] : ["--name", name]),
    ...(folder === undefined ? [] : ["--data-dir", resolve(folder)]),
  ].join(" ");
}
