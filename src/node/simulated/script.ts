// What a simulated container does, read from its command: as much of a shell as tests and examples use.
//
//   ["sh", "-c", "echo hi; sleep 3; exit 1"]   writes "hi", ends after 3 s with code 1
//   ["python3", "train.py"]                    runs for ever, as everything that is not known
import type { ContainerConfig, SandboxConfig } from "../runtime.ts";

export type Script = {
  /** Absent: runs until it is stopped. */
  readonly runMs?: number;
  readonly exitCode: number;
  readonly lines: readonly string[];
};

/** Annotations of a pod that say what its containers do, before their commands. */
export const runSeconds = "simulation.coxswain.dev/run-seconds";
export const exitCode = "simulation.coxswain.dev/exit-code";

const forEver: Script = Object.freeze({ exitCode: 0, lines: [] });

export function scriptOf(config: ContainerConfig, sandbox: SandboxConfig): Script {
  const seconds = sandbox.annotations[runSeconds];
  if (seconds !== undefined) {
    const code = Number(sandbox.annotations[exitCode] ?? 0);
    return { runMs: Number(seconds) * 1000, exitCode: code, lines: [] };
  }
  const words = [...config.command, ...config.args];
  return words.length === 0 ? forEver : commandScript(words);
}

/** The same for a command that is run in a container. */
export function commandScript(words: readonly string[]): Script {
  const name = words[0]?.split("/").at(-1) ?? "";
  if (/^(ba|da|a)?sh$/.test(name) && /^-[a-z]*c$/.test(words[1] ?? "")) {
    return shellScript(words[2] ?? "");
  }
  return step(words, []) ?? forEver;
}

function shellScript(text: string): Script {
  let runMs = 0;
  let code = 0;
  const lines: string[] = [];
  for (const part of text.split(/\s*(?:;|&&|\n)\s*/)) {
    const words = part.trim().split(/\s+/);
    if (words[0] === "" || words[0] === undefined) continue;
    if (words[0] === "exit") return { runMs, exitCode: Number(words[1] ?? code), lines };
    const done = step(words, lines);
    if (done?.runMs === undefined) return { exitCode: 0, lines };
    runMs += done.runMs;
    code = done.exitCode;
  }
  return { runMs, exitCode: code, lines };
}

/** One simple command; undefined for one that is not known. */
function step(words: readonly string[], lines: string[]): Script | undefined {
  const [command, ...args] = words;
  switch (command?.split("/").at(-1)) {
    case "true":
    case ":":
      return { runMs: 0, exitCode: 0, lines };
    case "false":
      return { runMs: 0, exitCode: 1, lines };
    case "echo":
      lines.push(args.join(" ").replace(/^(["'])(.*)\1$/, "$2"));
      return { runMs: 0, exitCode: 0, lines };
    case "sleep": {
      const seconds = Number(args[0]);
      return Number.isFinite(seconds) ? { runMs: seconds * 1000, exitCode: 0, lines } : undefined;
    }
    default:
      return undefined;
  }
}
